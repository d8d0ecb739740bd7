"""Named places where a test can make the machine fail: a power cut, a full disk, a hang.

    DLPGUARD_FAULT=after-354:1                 kill -9 at the first passing
    DLPGUARD_FAULT=before-accept:3:enospc      the third commit that accepts finds the disk full
    DLPGUARD_FAULT=dot-sent:1:stop,before-outcome:2

Nothing happens while the variable is not set, which is always but in tests: `at` then asks one
global and returns.  Each process counts its own passings, and acts once for each fault.
"""

from __future__ import annotations

import errno
import os
import signal
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from dlpguard.errors import ConfigurationError

VARIABLE = "DLPGUARD_FAULT"

CHANGES: Mapping[str, str] = {
    "accept": "a client's message is RECEIVED",
    "issue": "a notice or DSN of our own is queued",
    "claim": "a lease is taken",
    "give-back": "a lease ends without a move",
    "recover": "the leases and attempts of a run that died are ended",
    "pass": "a verdict lets a message go",
    "ask": "a verdict, or a reviewer, asks the sender",
    "hold": "a verdict holds a message",
    "refuse": "a verdict returns a message",
    "split": "a verdict makes two rows of a message",
    "crash": "an inspection that crashed is recorded",
    "retry": "what was set aside is to be inspected again",
    "recall": "a copy's verdict holds what was READY",
    "escalate": "a copy's verdict holds what waited for its sender",
    "attempt": "an attempt is opened, before DATA",
    "dot": "the final dot is about to be sent",
    "outcome": "what the next hop said is recorded",
    "finish": "a message whose last recipient has an outcome is DONE",
    "stop": "what was returned while an attempt was open is DONE",
    "expire": "what waited too long is DONE",
    "undo": "a release is taken back",
    "release": "a reviewer lets a message go",
    "return": "a reviewer returns a message",
    "confirm": "a sender meant it",
    "cancel": "a sender takes it back",
    "overdue": "attempts past their deadline are closed",
    "orphans": "files without a row are about to be unlinked",
}
"""What transactions do (`store.database.Transaction.does`).  Each is two points: `before-` and
`after-` its commit."""

_STEPS: Mapping[str, str] = {
    "after-354": "354 was said, and nothing of the message has come",
    "mid-body": "a piece of a message came, and it is not the last",
    "end-of-data": "the final dot came, and nothing is stored yet",
    "before-reply": "a message is committed, and its client has no answer yet",
    "body-growing": "a piece of a large body is written, and it is not the last",
    "body-written": "a large body is written, and not yet on the disk",
    "body-synced": "a large body is on the disk, and no row names it yet",
    "before-unlink": "the row of a large body is gone, and its file is there still",
    "inspecting": "a message was claimed, and nothing of it is read yet",
    "inspected": "a message was read, and there is no verdict yet",
    "worker-reading": "in a worker: a message has come, and nothing is answered yet",
    "recipients-asked": "the next hop has answered MAIL and RCPT, and there is no attempt yet",
    "mid-body-out": "a piece of a message went to the next hop, and it is not the last",
    "dot-sent": "the final dot went to the next hop, and its answer is not read yet",
    "dot-answered": "the next hop has answered the final dot, and nothing is recorded yet",
    "key-written": "a new key is on the disk beside the key file",
    "key-rotated": "a new key is in the key file, and not yet in use",
}

POINTS: Mapping[str, str] = {
    **_STEPS,
    **{
        f"{when}-{change}": f"{when} the commit by which {what}"
        for change, what in CHANGES.items()
        for when in ("before", "after")
    },
}
"""Every point, and what it lies between."""


class FaultError(Exception):
    """What `raise` raises: an exception that nobody expects."""


@dataclass
class Fault:
    """Acts at a point when it is passed the `number`th time."""

    point: str
    number: int
    act: str
    passed: int = 0


_DISK = {"eio": errno.EIO, "enospc": errno.ENOSPC}

_ACTS = ("kill", "raise", "stop", *_DISK)

_faults: tuple[Fault, ...] = ()
_counting = threading.Lock()


def arm(wanted: str | None = None) -> None:
    """Read the variable, or what is given instead.  For the first line of a program.

    `ConfigurationError` names what is not understood, a point that does not exist above all.
    """
    global _faults  # noqa: PLW0603 - the one thing that `at` may cost
    text = os.environ.get(VARIABLE, "") if wanted is None else wanted
    _faults = tuple(_parse(fault) for fault in text.split(",")) if text else ()


def environment() -> dict[str, str]:
    """What a process that we start needs to have the same faults."""
    return {VARIABLE: os.environ[VARIABLE]} if os.environ.get(VARIABLE) else {}


def at(point: str) -> None:
    """Pass a point.  A fault may end or stop the process here, or raise what a disk would give."""
    if _faults:
        _pass(point)


def around(when: str, changes: Iterable[str], disk: Callable[[int], Exception]) -> None:
    """Pass the points before or after the commit of some changes.

    `disk` makes what the database's driver raises when a disk fails with an `errno`.
    """
    if _faults:
        for change in changes:
            _pass(f"{when}-{change}", disk)


def _parse(text: str) -> Fault:
    point, _, rest = text.strip().partition(":")
    number, _, act = rest.partition(":")
    if point not in POINTS:
        raise ConfigurationError(f"{VARIABLE}: there is no point {point}; see faults.POINTS")
    if not (number or "1").isdecimal() or (act or "kill") not in _ACTS:
        raise ConfigurationError(
            f"{VARIABLE}: {text} is not point:number:act; acts are {', '.join(_ACTS)}"
        )
    return Fault(point, int(number or "1"), act or "kill")


def _disk_failure(number: int) -> Exception:
    return OSError(number, os.strerror(number))


def _pass(point: str, disk: Callable[[int], Exception] = _disk_failure) -> None:
    with _counting:
        due = [fault for fault in _faults if fault.point == point and _counts(fault)]
    for fault in due:
        _act(fault, disk)


def _counts(fault: Fault) -> bool:
    fault.passed += 1
    return fault.passed == fault.number


def _act(fault: Fault, disk: Callable[[int], Exception]) -> None:
    if fault.act == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif fault.act == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif fault.act == "raise":
        raise FaultError(fault.point)
    else:
        raise disk(_DISK[fault.act])
