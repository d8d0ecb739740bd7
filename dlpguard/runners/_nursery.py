"""The parent's side: one zygote, the workers it forks, and what is said to them.

Everything here runs in the event loop's thread, which has to live as long as the zygote: the
kernel ties "die with the parent" to the thread that started it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from itertools import count

from dlpguard import faults
from dlpguard.evidence import encode
from dlpguard.runners import _wire
from dlpguard.runners._channel import Channel

_ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "MALLOC_TRIM_THRESHOLD_": str(64 << 20),
    "MALLOC_MMAP_THRESHOLD_": str(64 << 20),
}
"""All that a zygote gets of the environment: settings and passwords stay with the parent.

The thresholds keep glibc from giving every large buffer back to the kernel and asking for it
again, which took more than half of the time of reading a message of 1 MB.
"""

_MESSAGE = 4096
"""Longer than anything a zygote says."""

_PATIENCE = 3.0
"""Seconds that a zygote has to bury its workers when it is told to end."""


class ZygoteLostError(Exception):
    """The zygote ended, and its workers with it; no worker was to blame."""


class Worker:
    """A worker: the parent's end of its `channel`, and the means to kill it.

    `served` counts the messages it has read, `where` is the part it said it would read next.
    `retired`: it is not to be given another message.  `ended`: it is gone, and `status` is what
    `os.waitpid` said about it, or None when its zygote went first.
    """

    def __init__(self, channel: socket.socket) -> None:
        self.served = 0
        self.where = ""
        self.retired = asyncio.Event()
        self.born: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.ended = asyncio.Event()
        self.status: int | None = None
        self.channel = Channel(channel)
        self._pidfd = -1

    def adopt(self, pidfd: int) -> None:
        """Take the descriptor that it can be killed through."""
        self._pidfd = pidfd
        if self.retired.is_set():  # before it was born: whoever asked for it has gone
            self.close()
        if not self.born.done():
            self.born.set_result(None)

    def kill(self) -> None:
        """End it, whatever it does."""
        self.retired.set()
        if self._pidfd >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def close(self) -> None:
        """Kill it and let go of it.  Nobody may be sending or hearing any more."""
        self.kill()
        self.channel.close()
        if self._pidfd >= 0:
            os.close(self._pidfd)
            self._pidfd = -1


class Nursery:
    """Forks workers from a zygote, which is started when first needed and whenever it is gone."""

    def __init__(self, begin: _wire.Begin) -> None:
        self._begin = begin
        self._numbers = count(1)
        self._zygote: _Zygote | None = None

    def start(self) -> None:
        """Have a zygote on its way; it imports in the background.  Takes a few milliseconds."""
        if self._zygote is None or not self._zygote.alive:
            self._zygote = _Zygote(self._begin)

    async def fork(self) -> Worker:
        """A new worker, which has yet to say that it has started.  `ZygoteLostError` if none."""
        self.start()
        assert self._zygote is not None
        return await self._zygote.fork(next(self._numbers))

    def kill(self) -> None:
        """End the zygote and, through the kernel, its workers."""
        if self._zygote is not None:
            self._zygote.kill()

    async def close(self) -> None:
        """End the zygote and all workers, and wait until they are gone."""
        if self._zygote is not None:
            await self._zygote.close()


class _Zygote:
    """One running zygote."""

    def __init__(self, begin: _wire.Begin) -> None:
        self._workers: dict[int, Worker] = {}
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, contextlib.ExitStack() as unless_started:
            unless_started.enter_context(ours)
            self._process = _started(theirs, begin)
            unless_started.pop_all()
        ours.setblocking(False)
        self._control = ours
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(ours, self._hear)
        self.alive = True
        self._gone: asyncio.Future[None] = self._loop.create_future()

    async def fork(self, number: int) -> Worker:
        """The worker with this number.  `ZygoteLostError` or OSError when it cannot be had."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        worker = Worker(ours)
        try:
            with theirs:
                request = encode(_wire.Fork(number))
                socket.send_fds(self._control, [request], [theirs.fileno()])
            self._workers[number] = worker  # only now will anybody be born under this number
            await worker.born
        except OSError:
            worker.close()
            raise ZygoteLostError from None
        except BaseException:
            worker.close()
            raise
        return worker

    def kill(self) -> None:
        """End it at once; the kernel ends its workers."""
        if not self.alive:
            return
        self.alive = False
        self._loop.remove_reader(self._control)
        self._control.close()
        self._process.kill()
        self._process.wait()  # returns at once: it has been killed
        for worker in self._workers.values():
            worker.ended.set()
            if not worker.born.done():
                worker.born.set_exception(ZygoteLostError())
        self._workers.clear()
        self._gone.set_result(None)

    async def close(self) -> None:
        """Let it end its workers and itself; kill it when that takes too long."""
        if self.alive:
            self._control.shutdown(socket.SHUT_WR)
            if not any(w.born.done() for w in self._workers.values()):
                self.kill()  # it is still importing, and has nobody to bury
                return
            await asyncio.wait((self._gone,), timeout=_PATIENCE)
            self.kill()

    def _hear(self) -> None:
        """Take in what it says."""
        while self.alive:
            try:
                payload, descriptors, _, _ = socket.recv_fds(
                    self._control, _MESSAGE, 1, socket.MSG_CMSG_CLOEXEC
                )
            except BlockingIOError:
                return
            except OSError:
                payload, descriptors = b"", []
            if not payload:
                self.kill()
                return
            self._heed(_wire.decode_from_zygote(payload), descriptors)

    def _heed(self, said: _wire.Forked | _wire.Exited, descriptors: list[int]) -> None:
        """Note that a worker has been born, or has died."""
        if isinstance(said, _wire.Forked):
            self._workers[said.worker].adopt(descriptors[0])
        else:
            worker = self._workers.pop(said.worker)
            worker.status = said.status
            worker.ended.set()


def _started(theirs: socket.socket, begin: _wire.Begin) -> subprocess.Popen[bytes]:
    """The zygote's process, which has its end of the channel and what it is to begin with."""
    brief = os.memfd_create("brief")
    with open(brief, "r+b") as file:
        file.write(encode(begin))
        file.flush()
        file.seek(0)
        descriptors = (theirs.fileno(), brief)
        return subprocess.Popen(
            [
                *(sys.executable, "-I", "-m", "dlpguard.runners._zygote"),
                *map(str, (*descriptors, os.getpid())),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            cwd="/",
            env=_ENVIRONMENT | faults.environment(),
            pass_fds=descriptors,
            start_new_session=True,
        )
