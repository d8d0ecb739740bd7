"""The parts of the relay: one for each role that a process can have, and one for keeping house.

Parts know of each other only by the states of messages: whoever moves some leaves them to the part
that works on the state they are in now.  It looks when it hears of a commit, or has kept a seat and
need not look (`runners.loop.Seat`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dlpguard import telemetry
from dlpguard.commands import _opening, _wiring
from dlpguard.commands._in_force import InForce
from dlpguard.config import Settings
from dlpguard.errors import ConfigurationError
from dlpguard.health import Running
from dlpguard.lifecycle import State
from dlpguard.mail import Envelope, MessageId
from dlpguard.runners.courier import Courier
from dlpguard.runners.inspector import Inspector
from dlpguard.runners.janitor import Janitor, Waits
from dlpguard.runners.judging import Judging
from dlpguard.runners.loop import Loop, Seat
from dlpguard.runners.parcels import Parcel
from dlpguard.runners.reading import Reading, read
from dlpguard.runners.reception import Reception
from dlpguard.runners.sandbox import PROTECTIONS
from dlpguard.smtp.client import Pool
from dlpguard.smtp.receipts import Receipts
from dlpguard.smtp.server import Edge
from dlpguard.store import verdicts
from dlpguard.store.deliveries import Load
from dlpguard.store.opening import Store

if TYPE_CHECKING:
    from dlpguard.web.serving import Serving

GRACE = 10.0
"""Seconds that work in hand gets to finish when dlpguard stops; what remains is taken up again
at the next start, or by another node."""

ALONE, SHARED = 16, 4
"""Messages worked on at once for each worker that reads: most of them wait for a commit, and the
more wait for the same one the cheaper it is.  Measured: 16 in place of one and a half pass on twice
as much for three quarters of the CPU.  Of a shared database's work nobody takes much more than they
can do."""

CLIENTS_WAIT = 1.0
"""Seconds for which a client waits for its 250 until what it sent can be read at once.  It sends
the next message later then, and what came before it is done sooner."""

READ_WAIT = 0.1
"""The same for what was read and could be sent at once; not long, because it is in the way of what
waits to be read, and a next hop may be slow."""

TRYING = 1
"""Workers of a process that only shows: they read what somebody tries on a page."""


@dataclass(slots=True)
class Seats:
    """With whom in this process a message finds a seat; with nobody where another has the role.

    What is handed over takes a fifth fewer statements than what has to be found and read.  So where
    all seats are taken, to wait for one passes on more, whoever has to wait.
    """

    reader: Loop[Load] | None = None
    sender: Loop[Parcel] | None = None

    async def reading(self) -> Seat[Load]:
        """For one that is about to be accepted."""
        return await self.reader.seat(CLIENTS_WAIT) if self.reader else Seat()

    async def sending(self) -> Seat[Parcel]:
        """For one that is about to pass."""
        return await self.sender.seat(READ_WAIT) if self.sender else Seat()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part works: `node` is by which name this process has leases."""

    settings: Settings
    store: Store
    node: str
    seats: Seats


class Part:
    """A part of the relay.  Started, run, closed, ended: in this order."""

    works_on: State | None = None
    """The state of the messages that are its work."""

    async def start(self) -> None:
        """Be ready for work; `ConfigurationError` when that cannot be."""

    def tasks(self) -> Iterator[Coroutine[Any, Any, None]]:
        """What runs until it is cancelled."""
        yield from ()

    def look(self) -> None:
        """There may be work."""

    async def close(self) -> None:
        """Take nothing new from outside.  Its tasks still run."""

    async def end(self) -> None:
        """Finish what is in hand, for `GRACE` seconds.  Its tasks were cancelled."""


class Accepting(Part):
    """Takes mail in (`edge`)."""

    def __init__(self, place: Place, next_hop: Callable[[], Collection[str] | None]) -> None:
        """`next_hop` gives what the next hop offers, None where nobody knows."""
        settings, store, seats = place.settings, place.store, place.seats
        self._listen = settings.listen
        receipts = Receipts()
        self._reception = Reception(store, receipts, seats.reading)
        self.edge = Edge(
            _wiring.edge_rules(settings, store.keys.installation),
            self._reception.open,
            self._reception.backlog,
            receipts=receipts,
            next_hop=next_hop,
        )

    async def start(self) -> None:
        """Open the ports."""
        await self._reception.look()
        if self._listen.smtps:
            await self._open("smtps", self._listen.smtps)
        await self._open("smtp", self._listen.smtp)

    def tasks(self) -> Iterator[Coroutine[Any, Any, None]]:
        """Whether mail can be taken."""
        yield self._reception.watch()

    async def close(self) -> None:
        """Let clients finish."""
        await self.edge.stop(GRACE)
        await self._reception.acknowledge()

    async def _open(self, key: str, endpoint: str) -> None:
        host, _, port = endpoint.rpartition(":")
        try:
            await self.edge.start(host.strip("[]"), int(port), tls_first=key == "smtps")
        except OSError as error:
            raise ConfigurationError(
                f"listen.{key}: {endpoint} cannot be opened ({error.strerror}); "
                "is another program using it?"
            ) from None


class Reader:
    """The sandbox of this process; started when it is first needed."""

    def __init__(self, settings: Settings, workers: int | None = None, hook: str = "") -> None:
        """`hook` is for tests (`Sandbox`)."""
        self.sandbox = _wiring.sandbox(settings, workers, hook)
        self._starting = asyncio.Lock()
        self._runs = False

    async def start(self) -> None:
        """Have workers start."""
        async with self._starting:
            if not self._runs:
                await self.sandbox.start()
                self._runs = True

    async def stop(self) -> None:
        """End them."""
        if self._runs:
            await self.sandbox.stop()


class Inspecting(Part):
    """Reads and judges (`inspect`)."""

    works_on = State.RECEIVED

    def __init__(self, place: Place, rules: InForce, reader: Reader) -> None:
        self._reader = reader
        workers = place.settings.inspect.workers
        self._inspector = Inspector(
            place.store,
            reader.sandbox,
            rules.judging,
            place.node,
            workers * (SHARED if place.store.database.is_shared else ALONE),
            workers + 1,
            place.seats.sending,
        )
        place.seats.reader = self._inspector.loop
        rules.changed = self._judge_by

    async def start(self) -> None:
        """Workers take seconds to start; mail is taken meanwhile."""
        await self._reader.start()

    def tasks(self) -> Iterator[Coroutine[Any, Any, None]]:
        """Reading what comes."""
        yield self._run()

    def look(self) -> None:
        """Something came."""
        self._inspector.loop.wake()

    async def end(self) -> None:
        """What is being read is read to its end."""
        await self._inspector.loop.drain(GRACE)

    async def _run(self) -> None:
        # A claim without a result counts against the message: none before it can be read.
        telemetry.protected(await self._reader.sandbox.ready(), PROTECTIONS)
        await self._inspector.loop.run()

    def _judge_by(self, judging: Judging) -> None:
        self._inspector.judging = judging


class Delivering(Part):
    """Passes mail on (`deliver`)."""

    works_on = State.READY

    def __init__(self, place: Place) -> None:
        settings = place.settings
        self.pool = Pool(_wiring.target(settings), settings.next_hop.connections)
        self._courier = Courier(
            place.store,
            self.pool,
            _opening.letterhead(settings),
            _wiring.backoff(settings),
            place.node,
            settings.next_hop.connections,
            settings.policies.mode,
        )
        place.seats.sender = self._courier.loop

    def tasks(self) -> Iterator[Coroutine[Any, Any, None]]:
        """Delivering what may go."""
        yield self._courier.loop.run()

    def look(self) -> None:
        """Something may go."""
        self._courier.loop.wake()

    async def end(self) -> None:
        """What is on its way gets there, or will be tried again."""
        await self._courier.loop.drain(GRACE)
        await self.pool.close()


class Keeping(Part):
    """Does what is due and nobody's work in particular: retries, returns, reminders, forgetting."""

    def __init__(self, place: Place) -> None:
        settings = place.settings
        self._janitor = Janitor(
            place.store,
            _opening.letterhead(settings),
            Waits(settings.queue.give_up, settings.queue.tell_delay),
        )
        self._secretary = _wiring.secretary(settings, place.store)

    def tasks(self) -> Iterator[Coroutine[Any, Any, None]]:
        """Both go round."""
        yield self._janitor.run()
        yield self._secretary.run()


class Showing(Part):
    """The review site (`web`)."""

    def __init__(self, place: Place, rules: InForce, reader: Reader, running: Running) -> None:
        self._place = place
        self._rules = rules
        self._reader = reader
        self._running = running
        self.serving: Serving | None = None

    async def start(self) -> None:
        """Half a second of imports, which mail does not wait for: its ports are open by now."""
        store, settings = self._place.store, self._place.settings
        await store.database.write(verdicts.write_missing_lines)
        rulebook = self._rules.rulebook(self._read)

        def make() -> Serving:
            from dlpguard.web.serving import Serving

            return Serving(_wiring.site(settings, store, self._running, rulebook))

        self.serving = await asyncio.to_thread(make)
        await self.serving.start(settings.listen.web)

    async def close(self) -> None:
        """Answer what was asked."""
        if self.serving:
            await self.serving.stop()

    async def _read(self, raw: bytes, envelope: Envelope) -> Reading:
        await self._reader.start()
        ours = self._rules.judging.organisation
        tried = MessageId("tried")
        return await read(self._reader.sandbox, tried, raw, envelope, ours, size=len(raw))
