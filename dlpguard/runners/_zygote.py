"""The process that workers are forked from, with everything that inspection needs imported.

Started by the parent as `python -I -m dlpguard.runners._zygote CONTROL BRIEF PARENT`: the
descriptor of its socket to the parent, one of a file with what it is told (`_wire.Begin`), and
the parent's process id.  It reads no content itself.  It ends, with all workers, when the parent
hangs up or dies.
"""

from __future__ import annotations

import gc
import importlib
import os
import runpy
import select
import signal
import socket
import sys
import time
import traceback
from pathlib import Path

import dlpguard
from dlpguard import faults, inspection
from dlpguard.evidence import encode
from dlpguard.mail import Envelope, MessageId, Recipient
from dlpguard.runners import _confine, _isolate, _wire, _worker

PARSERS = ("docx", "lxml.etree", "olefile", "openpyxl", "pdfminer.high_level", "pypdfium2", "re2")
"""Libraries that extractors and detectors import when first needed.

A zygote imports them once: 0.2 s in the background and 35 MB that all workers share.
"""

COLLECT_AFTER = (100_000, 10, 10)
"""Objects made before the garbage collector looks at the young ones, and how often at the others.
Of a list of 50,000 people nothing is garbage; looking after every 700 objects, as is usual, took
a quarter of the time."""

_MESSAGE = 65536
"""Longer than anything the parent asks for."""

_SAMPLE = (
    b"From: Ann Bee <ann@council.example>\r\nTo: Cy Dee <cy@webmail.example>\r\n"
    b"Subject: Visit\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    b"Dear Mr Dee,\r\n\r\nJohn Smith (born 02/03/1971, phone 07700 900123) asked about\r\n"
    b"ILS/2013/04417. He lives at 1 High Street, Plymouth PL1 1AA.\r\n\r\nAnn\r\n"
)
"""Our own words, read once so that a fork finds tables loaded and patterns compiled."""


def main(control: int, brief: int, parent: int) -> None:
    """Fork workers until the parent hangs up."""
    _confine.die_with(parent)
    faults.arm()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent to answer
    with open(brief, "rb") as file:
        begin = _wire.decode_begin(file.read())
    hook = _load(begin.hook) if begin.hook else None
    _warm(begin)
    if hook:
        _worker.watch_parts(hook)
    address_space, calls = _address_space(), _confine.load_filter()  # while it still may
    package = Path(dlpguard.__file__).parent
    protections = (
        _isolate.drop_capabilities(),
        _confine.forbid_privileges(),
        _confine.forbid_files((package,)),
        _isolate.forbid_others(),
    )
    surroundings = _worker.Surroundings(begin, address_space, protections, calls)
    # What exists now is for ever: a collection in a worker would only copy its pages.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    _serve(socket.socket(fileno=control), surroundings)


def _load(hook: str) -> _worker.Hook:
    """The function that a test names as "file.py:function"."""
    file, _, name = hook.rpartition(":")
    function: _worker.Hook = runpy.run_path(file)[name]
    return function


def _warm(begin: _wire.Begin) -> None:
    """Do once what the first message would otherwise do in every worker."""
    for name in PARSERS:
        importlib.import_module(name)
    envelope = Envelope("ann@council.example", (Recipient("cy@webmail.example"),))
    found = inspection.read(MessageId("warm"), _SAMPLE, envelope, begin.setup, clock=time.monotonic)
    _wire.pack(0, found)


def _address_space() -> int:
    """How much this process has mapped, in bytes: what a worker starts with."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _serve(control: socket.socket, surroundings: _worker.Surroundings) -> None:
    """Fork on request and report how workers end; when the parent hangs up, kill what is left."""
    workers: dict[int, tuple[int, int]] = {}  # by pidfd: the worker's number and process id
    poll = select.poll()
    poll.register(control, select.POLLIN)
    try:
        while True:
            for descriptor, _ in poll.poll():
                if descriptor in workers:
                    poll.unregister(descriptor)
                    number, pid = workers.pop(descriptor)
                    os.close(descriptor)
                    ended = _wire.Exited(number, os.waitpid(pid, 0)[1])
                    control.send(encode(ended))
                    continue
                request, channels, _, _ = socket.recv_fds(control, _MESSAGE, 1)
                if not request:
                    return
                number = _wire.decode_fork(request).worker
                pidfd, pid = _fork(channels[0], surroundings)
                workers[pidfd] = number, pid
                poll.register(pidfd, select.POLLIN)
                socket.send_fds(control, [encode(_wire.Forked(number))], [pidfd])
    except ConnectionError:  # the parent has died
        return
    finally:
        _bury(workers)


def _fork(channel: int, surroundings: _worker.Surroundings) -> tuple[int, int]:
    """The pidfd and the process id of a new worker, which never returns from here."""
    zygote = os.getpid()
    pid = os.fork()
    if pid:
        os.close(channel)
        return os.pidfd_open(pid), pid
    status = os.EX_SOFTWARE
    try:
        _confine.die_with(zygote)
        os.setsid()
        os.dup2(channel, _worker.CHANNEL)
        os.closerange(_worker.CHANNEL + 1, os.sysconf("SC_OPEN_MAX"))
        _worker.work(surroundings)
        status = os.EX_OK
    except BaseException:  # noqa: BLE001 - says why a worker cannot start; nobody hears it later
        traceback.print_exc()
    finally:
        os._exit(status)


def _bury(workers: dict[int, tuple[int, int]]) -> None:
    """Kill all workers and wait for them, so that none is left for somebody else to reap."""
    for pidfd in workers:
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    for _, pid in workers.values():
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
