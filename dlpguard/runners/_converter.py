"""The parent's side of the converter: one process, started when first needed, one file at a time.

A file that makes it crash, hang or grow costs the process and gives a gap; the next file gets a
new process.  Where there can be none, every file is a gap UNSUPPORTED that says why.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from dlpguard import telemetry
from dlpguard.document import Unread
from dlpguard.evidence import encode
from dlpguard.runners import _wire
from dlpguard.runners._nursery import Worker

_PROGRAM = ("-m", "dlpguard.runners._tika")

_LOOK = 0.1
"""Seconds between two looks at how much memory the process uses."""

_LONGEST_START = 60.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost: seconds of wall clock and of CPU, bytes of memory.

    `memory` is both what may be writable and what may be in use.  `files` is after how many the
    process is replaced.
    """

    seconds: float = 20.0
    cpu: int = 20
    memory: int = 1 << 30
    files: int = 200


class Converter:
    """Converts files that workers ask for.  All methods are for one event loop."""

    def __init__(
        self, frame: int, limits: Limits = Limits(), program: tuple[str, ...] = _PROGRAM
    ) -> None:
        """`frame`: bytes of a file or an answer.  `program`: what Python runs; tests run others."""
        self._frame = frame
        self._limits = limits
        self._program = program
        self._process: _Process | None = None
        self._turn = asyncio.Lock()
        self._never: _wire.Converted | None = None
        self.protections: tuple[str, ...] = ()
        """Those of the process; () before it was first needed."""

    async def convert(self, request: _wire.Convert) -> _wire.Converted:
        """The answer for a file, or why there is none.  Calls queue in the order they came.

        Cancelling one kills the process: nobody knows what it would say next.
        """
        async with self._turn:
            if self._never is not None:
                return self._never
            try:
                answer = await self._answer(request)
            except BaseException:
                self._end()
                raise
            if answer.why in {Unread.CRASHED, Unread.TOO_SLOW, Unread.TOO_LARGE}:
                self._end()
                telemetry.worker_died(answer.why or "", 0)
            elif self._process is not None and self._process.worker.served >= self._limits.files:
                self._end()
            return answer

    async def close(self) -> None:
        """End the process, whatever it does; who waits for it gets a gap."""
        self._never = _why_not(Unread.UNSUPPORTED, "the converter has been stopped")
        if self._process is not None:
            self._process.kill()
        async with self._turn:
            self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.close()

    async def _answer(self, request: _wire.Convert) -> _wire.Converted:
        try:
            if self._process is None:
                await self._start()
            return self._never or await self._ask(self._process, request)
        except TimeoutError:
            return _why_not(Unread.TOO_SLOW, f"longer than {self._limits.seconds:g} s")
        except _TooLargeError:
            return _why_not(Unread.TOO_LARGE, f"more than {self._limits.memory} bytes of memory")
        except _wire.Lie as lie:
            return _why_not(Unread.CRASHED, f"the converter broke the protocol: {lie}")
        except (EOFError, OSError):
            return self._autopsy()

    async def _ask(self, process: _Process | None, request: _wire.Convert) -> _wire.Converted:
        """The process's answer."""
        assert process is not None
        async with asyncio.timeout(self._limits.seconds):
            await process.worker.channel.send(_wire.frame(encode(request)))
            said = await process.hear(self._frame, self._limits.memory)
        process.worker.served += 1
        if isinstance(said, _wire.Converted):
            return said
        raise _wire.Lie("an answer to what was not asked")

    def _autopsy(self) -> _wire.Converted:
        """Why the process ended that was not stopped."""
        number = self._process.death() if self._process else 0
        if number == signal.SIGXCPU:
            return _why_not(Unread.TOO_SLOW, f"more than {self._limits.cpu} s of CPU")
        return _why_not(Unread.CRASHED, f"the converter died of signal {number}")

    async def _start(self) -> None:
        """Have a process; or know why there will never be one."""
        self._process = process = _Process(self._program, self._limits, self._frame)
        async with asyncio.timeout(_LONGEST_START):
            said = await process.hear(self._frame, self._limits.memory)
        if isinstance(said, _wire.Started):
            self.protections = said.protections
        elif isinstance(said, _wire.Failed) and said.why is Unread.UNSUPPORTED:
            self._never = _why_not(said.why, said.detail)
            self._end()
        else:
            raise _wire.Lie("no greeting")


class _TooLargeError(Exception):
    """The process uses more memory than it may."""


class _Process:
    """The running process.  `worker` is its channel."""

    def __init__(self, program: tuple[str, ...], limits: Limits, frame: int) -> None:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with theirs:
            numbers = (theirs.fileno(), os.getpid(), limits.memory, limits.cpu, frame)
            self._process = subprocess.Popen(
                [sys.executable, "-I", *program, *map(str, numbers)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                cwd="/",
                env={"LC_ALL": "C.UTF-8"},
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        self.worker = Worker(ours)

    async def hear(self, limit: int, memory: int) -> _wire.Said:
        """What it says next.  `_TooLargeError` as soon as it uses more memory than it may."""
        hearing = asyncio.create_task(self.worker.channel.hear(limit))
        try:
            while not (await asyncio.wait((hearing,), timeout=_LOOK))[0]:
                if self._in_use() > memory:
                    raise _TooLargeError
            return hearing.result()[0]
        finally:
            hearing.cancel()
            await asyncio.wait((hearing,))  # the socket may be closed only when nobody listens

    def death(self) -> int:
        """The signal that it died of, 0 when it was none; it is killed if it is still there."""
        self.close()
        return max(0, -self._process.returncode)

    def kill(self) -> None:
        """End it, whatever it does."""
        self._process.kill()

    def close(self) -> None:
        """Kill it and let go of it.  Nobody may be hearing any more."""
        if self._process.returncode is None:
            self.kill()
            self._process.wait()  # returns at once: it has been killed
            self.worker.close()

    def _in_use(self) -> int:
        """Bytes of memory that are its own; 0 when it has just ended."""
        try:
            statm = Path(f"/proc/{self._process.pid}/statm").read_text("ascii")
        except OSError:
            return 0
        resident, shared = map(int, statm.split()[1:3])
        return (resident - shared) * os.sysconf("SC_PAGE_SIZE")


def _why_not(why: Unread, detail: str) -> _wire.Converted:
    return _wire.Converted(why=why, detail=detail)
