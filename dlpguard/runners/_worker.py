"""One worker: reads message after message out of its channel and answers what it found.

It is a fork of the zygote.  It holds no key, no database, no network, and its channel to the
parent is the only thing it can write to.  An exception ends it like a crash does: nobody knows
what a parser that failed has left behind.
"""

from __future__ import annotations

import os
import resource
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from dlpguard import extractors, faults, inspection
from dlpguard.document import Document, Unread
from dlpguard.evidence import encode
from dlpguard.mail import Part
from dlpguard.runners import _calls, _confine, _wire

CHANNEL: Final = 3
"""The descriptor of a worker's channel; 0, 1 and 2 are /dev/null; there are no others."""

_WORN = 4
"""A worker whose peak has grown by this fraction of its memory limit is replaced."""

Hook = Callable[[Part], None]
"""What a test has done with each part before it is opened."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every worker inherits: the settings, what it starts with, how it is confined."""

    begin: _wire.Begin
    address_space: int
    protections: tuple[str, ...]
    filter: Any


def work(surroundings: Surroundings) -> None:
    """Answer jobs until the parent hangs up.  Returns after a failure, too."""
    begin = surroundings.begin
    confined = (
        _confine.limit(surroundings.address_space + begin.memory),
        *surroundings.protections,
        _calls.allow_only(surroundings.filter),
    )
    channel = socket.socket(fileno=CHANNEL)
    # From here on a complaint of a library may quote what it reads.
    os.dup2(0, 2)
    _say(channel, _wire.Started(tuple(name for name in confined if name)))
    peak = _peak()
    while (received := _wire.receive_job(channel, begin.frame)) is not None:
        job, raw = received
        faults.at("worker-reading")
        answer = _answer(channel, job, raw, surroundings, peak)
        del received, job, raw
        if isinstance(answer, _wire.Failed):
            _say(channel, answer)
            return
        if len(answer) > begin.frame:
            _say(channel, _wire.Failed(Unread.TOO_LARGE, "holds more than an answer may carry"))
            return
        _hand_over(channel, answer)


def _answer(
    channel: socket.socket,
    job: _wire.Job,
    raw: bytes,
    surroundings: Surroundings,
    peak: int,
) -> bytes | _wire.Failed:
    """The payload of the result, or why there is none."""
    begin = surroundings.begin

    def progress(where: str) -> None:
        _confine.allow_cpu(time.process_time(), begin.cpu)
        _say(channel, _wire.Progress(where))

    def convert(content: bytes) -> tuple[str, str]:
        _say(channel, _wire.Convert(content))
        answer = _wire.receive_converted(channel, begin.frame)
        if answer is None:  # the parent has hung up: nobody wants to know any more
            os._exit(os.EX_OK)
        if answer.why is not None:
            raise extractors.Unreadable(answer.why, answer.detail)
        return answer.text, answer.properties

    _confine.allow_cpu(time.process_time(), begin.cpu)
    try:
        found = inspection.read(
            job.id,
            raw,
            job.envelope,
            begin.setup,
            clock=time.monotonic,
            progress=progress,
            unread=job.unread,
            convert=convert,
            size=job.whole,
        )
        worn = _peak() - peak > begin.memory // _WORN
        return _wire.pack(job.number, found, worn=worn)
    except MemoryError:
        return _wire.Failed(Unread.TOO_LARGE, "needs more memory than a worker has")
    except RecursionError:
        return _wire.Failed(Unread.TOO_DEEP, "nested deeper than a worker can follow")
    except BaseException as error:  # noqa: BLE001 - a panic in native code is no Exception
        return _wire.Failed(Unread.CRASHED, _place(error))


def watch_parts(hook: Hook) -> None:
    """Have a test's function called with each part before it is opened."""
    extract = extractors.extract

    def extract_watched(part: Part, budget: extractors.Budget | None = None) -> Document:
        hook(part)
        return extract(part, budget)

    extractors.extract = extract_watched


def _say(channel: socket.socket, message: _wire.Said) -> None:
    channel.sendall(_wire.frame(encode(message)))


def _hand_over(channel: socket.socket, answer: bytes) -> None:
    """Say an answer, which may be long, without a copy and without waking the parent twice."""
    head = _wire.LENGTH.pack(len(answer))
    sent = os.writev(channel.fileno(), (head, answer))
    if sent < len(head) + len(answer):  # a signal has cut it short
        channel.sendall(head[sent:])
        channel.sendall(memoryview(answer)[max(0, sent - len(head)) :])


def _peak() -> int:
    """The most memory this process has ever had in use, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _place(error: BaseException) -> str:
    """The exception's class and the line that raised it, never its text, which may be content."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    file = os.path.basename(trace.tb_frame.f_code.co_filename)
    return f"{type(error).__name__} at {file}:{trace.tb_lineno}"[: _wire.LONGEST_DETAIL]
