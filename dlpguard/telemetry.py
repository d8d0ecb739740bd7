"""Every log line dlpguard writes, in one place, so that all of them can be read.

None contains an address, a subject, a file name or anything that was found: ids, counts, states
and the names of policies only.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

_log = logging.getLogger("dlpguard")


def setup(level: int = logging.INFO) -> None:
    """Log to standard error, one line an event."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    _log.addHandler(handler)
    _log.setLevel(level)
    _log.propagate = False


def listening(what: str, where: str) -> None:
    """A port was opened."""
    _log.info("listening %s on %s", what, where)


def protected(by: Iterable[str], possible: Iterable[str]) -> None:
    """The workers of the sandbox are up, behind these protections; without some it says which."""
    active = frozenset(by)
    missing = [name for name in possible if name not in active]
    if missing:
        _log.warning("sandbox without %s", ", ".join(missing))
    else:
        _log.info("sandbox with all protections")


def in_force(digest: str, policies: int, flows: int) -> None:
    """Policies were read: from now on they judge."""
    _log.info("policies in force: set=%s policies=%d flows=%d", digest[:12], policies, flows)


def not_reloaded(digest: str, why: Iterable[str]) -> None:
    """The policies could not be read again; the old ones stay in force.

    A line for each thing that is wrong, with file and line.
    """
    for each in why:
        _log.error("policies not reloaded, set=%s stays in force: %s", digest[:12], each)


def stopping() -> None:
    """dlpguard was asked to stop."""
    _log.info("stopping")


def accepted(id: str, size: int, recipients: int) -> None:
    """A message was committed and answered 250."""
    _log.info("accepted id=%s bytes=%d recipients=%d", id, size, recipients)


def repeated(id: str) -> None:
    """A client that had not had our 250 sent a message again, and got it for the first copy."""
    _log.info("repeated id=%s", id)


def refused(code: str, client: str) -> None:
    """A client was answered 45x or 55x."""
    _log.info("refused reply=%s client=%s", code, client)


def judged(id: str, action: str, policies: tuple[str, ...], seconds: float, said: str) -> None:
    """A verdict was committed.  `said` is it in words, without content (`policy.for_log`)."""
    names = ",".join(policies)
    _log.info("judged id=%s action=%s policies=%s s=%.3f: %s", id, action, names, seconds, said)


def stopped_with(id: str, other: str) -> None:
    """A copy of a mailing was stopped, or takes more people to release, because of another."""
    _log.info("judged again id=%s because of id=%s", id, other)


def delivered(id: str, recipients: int, refused: int) -> None:
    """The next hop answered for a message."""
    _log.info("delivered id=%s recipients=%d refused=%d", id, recipients, refused)


def deferred(id: str, because: str, seconds: float) -> None:
    """The next hop cannot take a message now; `because` is a reply code or an error's class."""
    _log.warning("deferred id=%s because=%s next=%.0fs", id, because, seconds)


def worker_died(why: str, signal: int) -> None:
    """A worker of the sandbox is gone; the message it worked on gets a gap."""
    _log.warning("worker died why=%s signal=%d", why, signal)


def stopped(id: str, why: str) -> None:
    """The reading of a message was stopped; it is read again without the part that did it."""
    _log.warning("stopped reading id=%s why=%s", id, why)


def crashed(what: str, error: BaseException) -> None:
    """Something of ours failed.  The class and place are logged, never the text."""
    where = error.__traceback__
    while where and where.tb_next:
        where = where.tb_next
    place = f"{where.tb_frame.f_code.co_filename}:{where.tb_lineno}" if where else "?"
    _log.error("failed what=%s error=%s at=%s", what, type(error).__name__, place)


def buried(node: str) -> None:
    """Another node is dead; what it was working on is taken up by others."""
    _log.warning("buried node=%s", node)


def alarm(id: str, told: int) -> None:
    """Somebody says that a person is at risk as long as a message is held."""
    _log.warning("alarm id=%s told=%d", id, told)


def broke_glass(id: str, messages: int) -> None:
    """One person released a mailing alone, in an emergency."""
    _log.warning("released in an emergency id=%s messages=%d", id, messages)


def told(what: str, people: int) -> None:
    """Mail went to those who decide: "reminded", "escalated", or "digest"."""
    _log.info("told %s people=%d", what, people)


def over_budget(held: int, budget: int) -> None:
    """More mailings were held today than the settings reckon with; all of them wait."""
    _log.warning("over budget held=%d budget=%d", held, budget)


def forgot(messages: int, epochs: Iterable[int]) -> None:
    """Retention was applied: rows of messages deleted, epoch keys destroyed."""
    _log.info("forgot messages=%d epochs=%s", messages, ",".join(map(str, epochs)) or "none")


def moved(id: str, event: str, state: str) -> None:
    """A message went from one state to another."""
    _log.info("moved id=%s event=%s state=%s", id, event, state)
