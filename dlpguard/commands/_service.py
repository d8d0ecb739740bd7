"""Everything that `serve` runs, as one object that starts and stops."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from dlpguard import telemetry
from dlpguard.commands import _opening, _wiring
from dlpguard.config import Settings
from dlpguard.errors import ConfigurationError
from dlpguard.health import Running
from dlpguard.lifecycle import State
from dlpguard.mail import Envelope, MessageId
from dlpguard.runners.attendance import Attendance
from dlpguard.runners.courier import Courier
from dlpguard.runners.inspector import Inspector
from dlpguard.runners.janitor import Janitor, Waits
from dlpguard.runners.judging import Judging
from dlpguard.runners.reading import Reading, read
from dlpguard.runners.reception import Reception
from dlpguard.runners.sandbox import PROTECTIONS
from dlpguard.smtp.client import Pool
from dlpguard.smtp.receipts import Receipts
from dlpguard.smtp.server import Edge
from dlpguard.store import audit, epochs, verdicts, work
from dlpguard.store.opening import Store

if TYPE_CHECKING:
    from dlpguard.web.rulebook import Rulebook
    from dlpguard.web.serving import Serving

GRACE = 10.0
"""Seconds that work in hand gets to finish when dlpguard stops; what remains is taken up again
at the next start."""


class Service:
    """The relay: edge, inspector, courier, janitor, secretary and sandbox, in one event loop."""

    def __init__(self, settings: Settings, store: Store, hook: str = "") -> None:
        """Reads policies and certificates, so that `ConfigurationError` comes before anything is
        opened.  `hook` is for tests (`Sandbox`)."""
        self._settings = settings
        self._store = store
        # Chosen once: while a directory is swapped for another there may be none for a moment, and
        # the shipped policies are no substitute then.
        self._directory = _wiring.policy_directory(settings)
        self._judging = _wiring.judging(settings, self._directory)
        self._rules = _wiring.edge_rules(settings, store.keys.installation)
        self._pool = Pool(_wiring.target(settings), settings.next_hop.connections)
        self._hook = hook
        self._tasks: list[asyncio.Task[None]] = []
        self.web: Serving | None = None
        self._started = False

    async def start(self) -> None:
        """Take up what an earlier run left, then open the port."""
        settings, store = self._settings, self._store
        presence = await asyncio.to_thread(store.lock)
        self._say()
        node = presence.name
        self._attendance = Attendance(store, presence, self._wake)
        await self._attendance.begin()
        epochs.rotate(store)
        await store.database.write(lambda tx: work.recover(tx, node))
        self._noting = asyncio.create_task(self._note(self._judging))
        self._sandbox = _wiring.sandbox(settings, hook=self._hook)
        await self._sandbox.start()
        head = _opening.letterhead(settings)
        self.courier = Courier(
            store,
            self._pool,
            head,
            _wiring.backoff(settings),
            node,
            settings.next_hop.connections,
            settings.policies.mode,
        )
        self.inspector = Inspector(
            store,
            self._sandbox,
            self._judging,
            node,
            settings.inspect.workers + 1,
            self.courier.loop.wake,
        )
        self._started = True
        receipts = Receipts()
        self._reception = Reception(store, self.inspector.loop.wake, receipts)
        janitor = Janitor(
            store,
            head,
            Waits(settings.queue.give_up, settings.queue.tell_delay),
            self._reception.look,
            self.inspector.loop.wake,
        )
        self.edge = Edge(
            self._rules,
            self._reception.open,
            self._reception.backlog,
            receipts=receipts,
            next_hop=lambda: self._pool.extensions or None,
        )
        await self._reception.look()
        await self._listen()
        self._tasks = [
            asyncio.create_task(self._inspect(), name="inspector"),
            asyncio.create_task(self.courier.loop.run(), name="courier"),
            asyncio.create_task(janitor.run(), name="janitor"),
            asyncio.create_task(self._attendance.run(), name="attendance"),
            asyncio.create_task(_wiring.secretary(settings, store).run(), name="secretary"),
        ]
        if settings.listen.web:
            await store.database.write(verdicts.write_missing_lines)
            running = Running(
                lambda: self._judging.policies,
                lambda: self._sandbox.protections,
                lambda: self._pool,
            )
            self.web = await asyncio.to_thread(_site, settings, store, running, self._rulebook())
            await self.web.start(settings.listen.web)

    def _wake(self, state: State) -> None:
        """Another node has left work in this state."""
        if self._started and state is State.RECEIVED:
            self.inspector.loop.wake()
        elif self._started and state is State.READY:
            self.courier.loop.wake()

    async def _inspect(self) -> None:
        # A claim without a result counts against the message: none before it can be read.
        telemetry.protected(await self._sandbox.ready(), PROTECTIONS)
        await self.inspector.loop.run()

    def reload(self) -> None:
        """Read the policies again.  A bad file never replaces good ones.

        May be called before `start`, too.  What is being judged is judged by the old ones to the
        end; nothing is ever judged by some of both.
        """
        try:
            judging = _wiring.judging(self._settings, self._directory)
        except ConfigurationError as error:
            telemetry.not_reloaded(self._judging.policies.digest, str(error).splitlines())
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, the old ones stay in force
            telemetry.crashed("reload policies", error)
            return
        self._judging = judging
        if self._started:
            self.inspector.judging = judging
            self._noting = asyncio.create_task(self._note(judging))
        self._say()

    def _rulebook(self) -> Rulebook:
        """The policies for the site, whose pages are made in other threads."""
        from dlpguard.web.rulebook import Rulebook

        loop, settings = asyncio.get_running_loop(), self._settings

        def reload() -> None:
            loop.call_soon_threadsafe(self.reload)

        def reads(raw: bytes, envelope: Envelope) -> Awaitable[Reading]:
            ours = self._judging.organisation
            return read(self._sandbox, MessageId("tried"), raw, envelope, ours, size=len(raw))

        is_own = self._directory == settings.path(settings.policies.directory)
        return Rulebook(
            lambda: self._judging,
            self._directory,
            is_own,
            reload,
            lambda directory: _wiring.policies(settings, directory),
            reads,
        )

    def _say(self) -> None:
        policies = self._judging.policies
        telemetry.in_force(policies.digest, len(policies.policies), len(policies.flows))

    async def _note(self, judging: Judging) -> None:
        """Say in the audit which policies are in force from now on."""
        policies = judging.policies
        what = f"{len(policies.policies)} policies, {len(policies.flows)} flows"
        try:
            await self._store.database.write(
                lambda tx: audit.note_policies(tx, policies.digest, what)
            )
        except Exception as error:  # noqa: BLE001 - mail goes on; the verdicts name them too
            telemetry.crashed("note policies", error)

    async def wait(self) -> None:
        """Until a runner ends, which none should: its exception is raised."""
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    async def stop(self) -> None:
        """Stop taking mail, finish what is in hand, and close."""
        await self.edge.stop(GRACE)
        if self.web:
            await self.web.stop()
        await self._reception.acknowledge()
        await self._noting
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(self.inspector.loop.drain(GRACE), self.courier.loop.drain(GRACE))
        await self._sandbox.stop()
        await self._pool.close()
        await self._attendance.end()

    async def _listen(self) -> None:
        listen = self._settings.listen
        if listen.smtps:
            await self._open("smtps", listen.smtps)
        await self._open("smtp", listen.smtp)

    async def _open(self, key: str, endpoint: str) -> None:
        host, _, port = endpoint.rpartition(":")
        try:
            await self.edge.start(host.strip("[]"), int(port), tls_first=key == "smtps")
        except OSError as error:
            await self._sandbox.stop()
            raise ConfigurationError(
                f"listen.{key}: {endpoint} cannot be opened ({error.strerror}); "
                "is another program using it?"
            ) from None


def _site(settings: Settings, store: Store, running: Running, rules: Rulebook) -> Serving:
    """The review site: half a second of imports, which mail does not wait for."""
    from dlpguard.web.serving import Serving

    return Serving(_wiring.site(settings, store, running, rules))
