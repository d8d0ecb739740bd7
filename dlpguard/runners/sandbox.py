"""Where content is read: in worker processes, which can crash, hang or lie and harm nothing.

    parent ── control socket ──▶ zygote ──fork──▶ worker, worker, …
       ├────── one channel and one pidfd each ──────┘
       └── channel ──▶ converter (`_converter`), started when a worker first asks for it

Every worker reads one message at a time.  The parent alone measures the wall clock, and kills a
worker that takes too long, breaks the protocol or is no longer wanted; a killed worker is replaced
at once.  What became of a message whose worker ended is data (`Stopped`), never silence.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from types import MappingProxyType

from dlpguard import telemetry
from dlpguard.document import Gap, Unread
from dlpguard.errors import TemporaryError
from dlpguard.evidence import encode
from dlpguard.facts import Facts
from dlpguard.mail import Envelope, MessageId
from dlpguard.runners import _confine, _isolate, _wire
from dlpguard.runners._channel import Content
from dlpguard.runners._converter import Converter
from dlpguard.runners._nursery import Nursery, Worker, ZygoteLostError
from dlpguard.setup import Setup

PROTECTIONS = (*_confine.EVERYTHING, _isolate.CAPABILITIES, _isolate.LANDLOCK_SCOPES)
"""The names of all protections; `Sandbox.protections` has those that this machine gives."""

_NOTHING: Mapping[str, Gap] = MappingProxyType({})

_PARTS = 20_000
"""Progress reports one message may cause: far more than parts and members it may have."""

_LONGEST_START = 60.0
"""Seconds from asking for a worker to its being ready, imports on a slow machine included."""

_TRIES = 3
"""How often a message is given to another worker when the one it had ended through no fault of
the message: killed while idle, or with its zygote.  A message that ends zygotes is stopped here."""

_LONGEST_GREETING = 1024
"""Bytes of the names of all protections, and more."""

_LONGEST_DEATH = 5.0
"""Seconds in which a zygote has to say how a killed worker ended.  One that does not is ill."""

_HOPELESS = 5
"""Failed starts of every worker in a row after which callers are told, instead of waiting."""

_SHORTEST_WAIT, _DOUBLINGS = 0.05, 8
"""Seconds after a failed start before the next; how often it is doubled: up to 13 seconds."""

_NO_WORKER = "no worker can be started; standard error says why"


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one message may cost.

    `seconds` of wall clock for a message and `document_seconds` for one of its parts (its members
    included), `document_cpu` seconds of CPU for a part, `memory` in bytes beyond what an idle
    worker has, `frame` bytes of message or of answer.  These end the worker: extractors' own
    limits had better be reached before, because then what was read until then is kept.
    """

    seconds: float = 60.0
    document_seconds: float = 30.0
    document_cpu: float = 15.0
    memory: int = 1 << 30
    frame: int = 256 << 20


@dataclass(frozen=True, slots=True)
class Inspected:
    """What a worker found: the facts, and what it saw, still packed (`evidence.unpack`)."""

    facts: Facts
    evidence: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Stopped:
    """The worker was stopped or died while it read `where`.

    `where` is the place of the part that was last begun, "" before the first.  `detail` is for an
    administrator and holds no content.
    """

    why: Unread
    where: str = field(repr=False)
    detail: str


class Sandbox:
    """A pool of workers.  All methods are for one event loop."""

    def __init__(
        self,
        workers: int,
        limits: Limits,
        setup: Setup,
        messages_per_worker: int = 500,
        hook: str = "",
        converter: Converter | None = None,
    ) -> None:
        """`hook` ("file.py:function") is for tests: called in the worker with each part.

        `messages_per_worker` is 1 where no message may meet a worker that another might have
        taken over; a new worker for each costs 10 ms.  `converter` reads the formats that no
        extractor reads (None: the one that comes with dlpguard).
        """
        self._limits = limits
        self._messages_per_worker = messages_per_worker
        begin = _wire.Begin(setup, limits.memory, limits.document_cpu, limits.frame, hook)
        self._nursery = Nursery(begin)
        self._converter = converter or Converter(limits.frame)
        self.largest = setup.limits.message
        """Bytes of the largest message that is read; of a larger one the beginning is enough."""
        self._size = workers
        self._numbers = count(1)
        self._idle: deque[Worker] = deque()
        self._waiting: deque[asyncio.Future[Worker]] = deque()
        self._keepers: tuple[asyncio.Task[None], ...] = ()
        self._failures = 0
        self._protections: tuple[str, ...] = ()

    async def start(self) -> None:
        """Begin to fork workers.  Returns at once; `inspect` waits until one is ready."""
        self._nursery.start()
        self._keepers = tuple(asyncio.create_task(self._keep()) for _ in range(self._size))

    async def stop(self) -> None:
        """Kill all workers and wait until they are gone.  Who is waiting gets a TemporaryError."""
        keepers, self._keepers = self._keepers, ()
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)
        while self._idle:
            worker = self._idle.popleft()
            worker.channel.unasked = None
            worker.close()
        self._give_up("the sandbox has been stopped")
        await self._converter.close()
        await self._nursery.close()

    async def ready(self) -> tuple[str, ...]:
        """The protections that are active, as soon as a worker has started behind them.

        TemporaryError when none can be started.
        """
        self._give_back(await self._borrow(), healthy=True)
        return self._protections

    @property
    def protections(self) -> tuple[str, ...]:
        """The protections that are active, of `PROTECTIONS`; () until a worker has started."""
        return self._protections

    async def inspect(
        self,
        id: MessageId,
        raw: bytes | Content,
        envelope: Envelope,
        unread: Mapping[str, Gap] = _NOTHING,
        size: int | None = None,
    ) -> Inspected | Stopped:
        """What a worker finds in a message; parts whose place is in `unread` are not opened.

        `size` is that of the message when `raw` is only its beginning (`inspection.read`).
        Calls queue in the order in which they came.  Cancelling one kills its worker.
        TemporaryError when no worker can be started, or the sandbox is stopped.
        """
        if len(raw) > self._limits.frame:
            return Stopped(Unread.TOO_LARGE, "", f"more than {self._limits.frame} bytes")
        for _ in range(_TRIES):
            worker = await self._borrow()
            job = _wire.Job(
                next(self._numbers), id, envelope, dict(unread), len(raw), size or len(raw)
            )
            healthy = False
            try:
                answer = await self._read(worker, job, raw)
                if answer is not None:
                    healthy = isinstance(answer, Inspected) and not worker.retired.is_set()
                    return answer
            finally:
                self._give_back(worker, healthy=healthy)
        return Stopped(Unread.CRASHED, "", f"{_TRIES} workers were lost over it")

    async def _read(
        self, worker: Worker, job: _wire.Job, raw: bytes | Content
    ) -> Inspected | Stopped | None:
        """The answer of one worker; None when it ended and the message had no part in that."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._limits.seconds
        worker.where = ""
        try:
            async with asyncio.timeout_at(deadline) as timer:
                return await self._converse(worker, job, raw, timer, deadline)
        except TimeoutError:
            seconds = self._limits.seconds
            if loop.time() < deadline:
                seconds = self._limits.document_seconds
            return self._stopped(Unread.TOO_SLOW, worker.where, f"longer than {seconds:g} s")
        except _wire.Lie as lie:
            detail = f"the worker broke the protocol: {lie}"
            return self._stopped(Unread.CRASHED, worker.where, detail)
        except (EOFError, OSError):
            return await self._autopsy(worker)

    async def _converse(
        self,
        worker: Worker,
        job: _wire.Job,
        raw: bytes | Content,
        timer: asyncio.Timeout,
        deadline: float,
    ) -> Inspected | Stopped | None:
        """Hand over a job and follow its progress.  `timer` goes off when a part takes too long."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._limits.document_seconds
        timer.reschedule(min(deadline, until))
        try:
            await worker.channel.hand_over(_wire.frame(encode(job)), raw)
        except OSError:
            return None  # it was gone before it had the message
        room = self._limits.frame
        for _ in range(_PARTS):
            said, length = await worker.channel.hear(room)
            room -= length
            match said:
                case _wire.Progress(where):
                    worker.where = where
                    until = loop.time() + self._limits.document_seconds
                    timer.reschedule(min(deadline, until))
                case _wire.Convert():
                    # The converter has its own limit, and others may be before us.
                    timer.reschedule(deadline)
                    until -= loop.time()
                    await worker.channel.send(
                        _wire.frame(encode(await self._converter.convert(said)))
                    )
                    until += loop.time()
                    timer.reschedule(min(deadline, until))
                case _wire.Result(job.number):
                    return self._accept(worker, said)
                case _wire.Failed(why, detail):
                    return self._stopped(why, worker.where, detail)
                case _:
                    raise _wire.Lie("an answer to what was not asked")
        raise _wire.Lie("progress without end")

    def _accept(self, worker: Worker, result: _wire.Result) -> Inspected:
        """The inspection in a result.  A worker that has done its share is replaced."""
        worker.served += 1
        if result.worn or worker.served >= self._messages_per_worker:
            worker.retired.set()
        return Inspected(result.facts, result.evidence)

    async def _autopsy(self, worker: Worker) -> Stopped | None:
        """Why a worker ended that was not stopped; None when the message had no part in it."""
        worker.kill()  # one that only hung up is still there
        try:
            async with asyncio.timeout(_LONGEST_DEATH):
                await worker.ended.wait()
        except TimeoutError:
            self._nursery.kill()
        status = worker.status
        if status is None or not self._keepers:  # its zygote went first, or all of us are going
            return None
        if not os.WIFSIGNALED(status):
            code = os.waitstatus_to_exitcode(status)
            return self._stopped(Unread.CRASHED, worker.where, f"the worker ended with code {code}")
        number = os.WTERMSIG(status)
        if number == signal.SIGXCPU:
            detail = f"more than {self._limits.document_cpu:g} s of CPU"
            return self._stopped(Unread.TOO_SLOW, worker.where, detail, number)
        if number == signal.SIGKILL and not worker.where:
            return None  # killed from outside while idle: it had not begun to read
        name = signal.Signals(number).name
        return self._stopped(Unread.CRASHED, worker.where, f"the worker died of {name}", number)

    def _stopped(self, why: Unread, where: str, detail: str, number: int = 0) -> Stopped:
        telemetry.worker_died(why, number)
        return Stopped(why, where, detail)

    async def _borrow(self) -> Worker:
        """The next idle worker, first come, first served."""
        while self._idle:
            worker = self._idle.popleft()
            worker.channel.unasked = None
            if worker.channel.is_quiet():
                return worker
            worker.close()
        if not self._keepers:
            raise TemporaryError("the sandbox is not running")
        if self._failures >= _HOPELESS * self._size:
            raise TemporaryError(_NO_WORKER)
        turn: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._offer(turn.result())
            raise

    def _give_back(self, worker: Worker, *, healthy: bool) -> None:
        if healthy and self._keepers:
            self._offer(worker)
        else:
            worker.close()

    def _offer(self, worker: Worker) -> None:
        """Give a worker to whoever waits longest, or keep it until somebody comes."""
        if worker.retired.is_set() or not worker.channel.is_quiet():
            worker.close()
            return
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(worker)
                return
        self._idle.append(worker)
        worker.channel.unasked = partial(self._disturbed, worker)
        worker.channel.watch()

    def _disturbed(self, worker: Worker) -> None:
        """An idle worker ended, or spoke without being asked."""
        self._idle.remove(worker)
        worker.close()

    def _give_up(self, because: str) -> None:
        """Tell everybody who waits that no worker will come."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_exception(TemporaryError(because))

    async def _keep(self) -> None:
        """Keep one worker alive, and replace it when it has been retired or has died."""
        while True:
            try:
                worker = await self._fork()
            except (ZygoteLostError, TimeoutError, EOFError, OSError, _wire.Lie):
                self._failures += 1
                telemetry.worker_died("start", 0)
                if self._failures >= _HOPELESS * self._size:
                    self._give_up(_NO_WORKER)
                rounds = (self._failures - 1) // self._size
                await asyncio.sleep(_SHORTEST_WAIT * 2 ** min(rounds, _DOUBLINGS))
                continue
            self._failures = 0
            telemetry.worker_started()
            self._offer(worker)
            try:
                await worker.retired.wait()
            finally:
                worker.kill()
                telemetry.worker_ended()

    async def _fork(self) -> Worker:
        """A worker that has started."""
        try:
            async with asyncio.timeout(_LONGEST_START):
                worker = await self._nursery.fork()
                said = await self._greeting(worker)
        except TimeoutError:
            self._nursery.kill()
            raise
        if isinstance(said, _wire.Started):
            self._protections = said.protections
            return worker
        worker.close()
        raise _wire.Lie("no greeting")

    async def _greeting(self, worker: Worker) -> _wire.Said:
        """What a worker says first."""
        try:
            return (await worker.channel.hear(_LONGEST_GREETING))[0]
        except BaseException:
            worker.close()
            raise
