"""Everything that `serve` runs in one process, as one object that starts and stops."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, TypeVar

from dlpguard.commands import _reload
from dlpguard.commands._in_force import InForce
from dlpguard.commands._observing import Observing
from dlpguard.commands._parts import (
    TRYING,
    Accepting,
    Delivering,
    Inspecting,
    Keeping,
    Part,
    Place,
    Reader,
    Seats,
    Showing,
)
from dlpguard.commands._roles import Role
from dlpguard.config import Settings
from dlpguard.errors import ConfigurationError
from dlpguard.health import Running
from dlpguard.lifecycle import State
from dlpguard.runners.attendance import Attendance
from dlpguard.store import epochs, work
from dlpguard.store.opening import Store
from dlpguard.store.presences import Card

if TYPE_CHECKING:
    from dlpguard.smtp.server import Edge
    from dlpguard.web.serving import Serving

P = TypeVar("P", bound=Part)


class Service:
    """The relay, or the roles of it that are this process's."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        roles: Collection[Role] = tuple(Role),
        hook: str = "",
    ) -> None:
        """Reads policies and certificates, so that `ConfigurationError` comes before anything is
        opened.  `hook` is for tests (`Sandbox`)."""
        self._settings = settings
        self._store = store
        self._roles = _checked(settings, store, frozenset(roles))
        self._reader, self._rules = None, None
        if self._roles & {Role.INSPECT, Role.WEB}:
            workers = None if Role.INSPECT in self._roles else TRYING
            self._reader = Reader(settings, workers, hook)
            self._rules = InForce(settings, store)
        self._parts: tuple[Part, ...] = ()
        self._tasks: list[asyncio.Task[None]] = []
        self._attendance: Attendance | None = None

    @property
    def edge(self) -> Edge:
        """What listens, once `start` has returned; `LookupError` where it is not ours to do."""
        return self._part(Accepting).edge

    @property
    def web(self) -> Serving | None:
        """The site, None where there is none."""
        return next((part.serving for part in self._parts if isinstance(part, Showing)), None)

    async def start(self) -> None:
        """Take up what an earlier run left, then open the ports."""
        store = self._store
        presence = await asyncio.to_thread(store.lock)
        place = Place(self._settings, store, presence.name, Seats())
        self._parts = tuple(self._made(place))
        self._attendance = Attendance(store, presence, self._card, self._wake)
        try:
            await self._attendance.begin()
            epochs.rotate(store)
            await store.database.write(lambda tx: work.recover(tx, presence.name))
            if self._rules:
                self._rules.begin()
            for part in self._parts:
                # In its order: the site comes last, and what runs does not wait for it.
                await part.start()
                self._tasks += [asyncio.create_task(task) for task in part.tasks()]
            self._tasks.append(asyncio.create_task(self._attendance.run()))
        except BaseException:
            await self.stop()
            raise

    def reload(self) -> None:
        """Read settings, logins, certificates and policies again, as far as they can change while
        mail flows (`_reload.renew`, `InForce.reload`)."""
        edge = next((part.edge for part in self._parts if isinstance(part, Accepting)), None)
        pool = next((part.pool for part in self._parts if isinstance(part, Delivering)), None)
        keys = self._store.keys
        self._settings = _reload.renew(self._settings, keys.installation, edge, pool)
        if self._rules:
            self._rules.reload(self._settings)

    async def wait(self) -> None:
        """Until a runner ends, which none should: its exception is raised."""
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    async def stop(self) -> None:
        """Stop taking mail, finish what is in hand, and close."""
        for part in self._parts:
            await part.close()
        if self._rules:
            await self._rules.end()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(part.end() for part in self._parts))
        if self._reader:
            await self._reader.stop()
        if self._attendance:
            await self._attendance.end()

    def _made(self, place: Place) -> Iterator[Part]:
        """The parts, in the order in which they start."""
        reader, rules, roles = self._reader, self._rules, self._roles
        if reader and rules and Role.INSPECT in roles:
            yield Inspecting(place, rules, reader)
        if Role.EDGE in roles:
            yield Accepting(place, self._next_hop)
        if Role.DELIVER in roles:
            yield Delivering(place)
        if roles & {Role.INSPECT, Role.DELIVER}:
            yield Keeping(place)
        if reader and rules and Role.WEB in roles:
            yield Showing(place, rules, reader, self._running())
        yield Observing(place, self._running())

    def _running(self) -> Running:
        """What can be said of this process."""
        rules, reader = self._rules, self._reader
        reads, sends = Role.INSPECT in self._roles, Role.DELIVER in self._roles
        return Running(
            lambda: rules.judging.policies if rules else None,
            lambda: reader.sandbox.protections if reader and reads else None,
            lambda: self._part(Delivering).pool if sends else None,
        )

    def _wake(self, state: State) -> None:
        """Somebody has left work in this state: a part of ours, or another node."""
        for part in self._parts:
            if part.works_on is state:
                part.look()

    def _next_hop(self) -> Collection[str] | None:
        """What the next hop offers, as this node or another saw it last."""
        if Role.DELIVER in self._roles:
            return self._part(Delivering).pool.extensions or None
        return self._attendance.next_hop if self._attendance else None

    def _card(self) -> Card:
        """What other nodes are told of this one."""
        seen = self._part(Delivering).pool.extensions if Role.DELIVER in self._roles else ()
        return Card(tuple(str(role) for role in Role if role in self._roles), tuple(seen))

    def _part(self, kind: type[P]) -> P:
        for part in self._parts:
            if isinstance(part, kind):
                return part
        raise LookupError(f"{kind.__name__}: not done by this process")


def _checked(settings: Settings, store: Store, roles: frozenset[Role]) -> frozenset[Role]:
    """The roles that this process can have."""
    mail = {Role.EDGE, Role.INSPECT, Role.DELIVER}
    if not store.database.is_shared and not mail <= roles:
        raise ConfigurationError(
            "--role: nodes with roles of their own share a PostgreSQL database; store.url names an "
            "embedded one, which one process uses, with all roles"
        )
    if Role.WEB in roles and not settings.listen.web:
        if roles == {Role.WEB}:
            raise ConfigurationError(
                "listen.web: says nowhere to listen, and --role web does nothing else; "
                'an example is "127.0.0.1:8080"'
            )
        return roles - {Role.WEB}
    return roles
