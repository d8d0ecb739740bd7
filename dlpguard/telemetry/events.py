"""Every log line dlpguard writes, in one place, so that all of them can be read; and what is
counted at the same moment.

None contains an address, a subject, a file name or anything that was found: ids, counts, states
and the names of policies only.  Nothing here fails, waits, or is done before it is certain: a
caller says what has been committed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from dlpguard.telemetry.said import Said, Value

if TYPE_CHECKING:
    from dlpguard.telemetry.instruments import Instruments

_log = logging.getLogger("dlpguard")

_counted: Instruments | None = None
"""What counts, in a process that is asked for its metrics; most commands are not."""


def count_with(instruments: Instruments | None) -> None:
    """From now on events are counted by these."""
    global _counted  # noqa: PLW0603 - one process, one set of instruments, as with its log
    _counted = instruments


def counted() -> Instruments | None:
    """What counts in this process; None where nothing does."""
    return _counted


# -- starting, stopping --------------------------------------------------------------------------


def listening(what: str, where: str) -> None:
    """A port was opened."""
    _info("listening", what=what, at=where)


def protected(by: Iterable[str], possible: Iterable[str]) -> None:
    """The workers of the sandbox are up, behind these protections; without some it says which."""
    active = frozenset(by)
    missing = tuple(name for name in possible if name not in active)
    if missing:
        _warning("sandbox", f"without {', '.join(missing)}", missing=missing)
    else:
        _info("sandbox", "with all protections", missing=())


def in_force(digest: str, policies: int, flows: int) -> None:
    """Policies were read: from now on they judge."""
    _info("policies in force", set=digest[:12], policies=policies, flows=flows)
    if _counted:
        _counted.reloaded(policies, flows)


def not_reloaded(digest: str, why: Iterable[str]) -> None:
    """The policies could not be read again; the old ones stay in force.

    A line for each thing that is wrong, with file and line.
    """
    for each in why:
        _error("policies not reloaded", each, set=digest[:12])
    if _counted:
        _counted.not_reloaded()


def reread(changed: Iterable[str], waiting: Iterable[str]) -> None:
    """The settings were read again: which keys count from now on, and which after a restart."""
    _info("settings read again", changed=tuple(changed) or ("none",))
    for key in waiting:
        _warning("settings wait", "the new value counts after a restart", key=key)


def not_reread(why: Iterable[str]) -> None:
    """The settings could not be read again; all of them stay as they were.

    A line for each thing that is wrong, with its place.
    """
    for each in why:
        _error("settings not read again", each)


def stopping() -> None:
    """dlpguard was asked to stop."""
    _info("stopping")


def buried(node: str) -> None:
    """Another node is dead; what it was working on is taken up by others."""
    _warning("buried", node=node)
    if _counted:
        _counted.buried()


# -- a message's way -----------------------------------------------------------------------------


def accepted(id: str, size: int, recipients: int, seconds: float = 0.0) -> None:
    """A message was committed and answered 250; `seconds` from its last byte to the commit."""
    _info("accepted", id=id, bytes=size, recipients=recipients)
    if _counted:
        _counted.accepted(size, recipients, seconds)


def repeated(id: str) -> None:
    """A client that had not had our 250 sent a message again, and got it for the first copy."""
    _info("repeated", id=id)
    if _counted:
        _counted.repeated()


def refused(code: str, client: str) -> None:
    """A client was answered 45x or 55x."""
    _info("refused", reply=code, client=client)
    if _counted:
        _counted.refused(code)


def inspected(
    seconds: float, people: int | None, findings: Mapping[str, int], gaps: Iterable[str]
) -> None:
    """A message was read and judged; counted only.

    How many people it is about (None: not to be counted), distinct values by kind, and why parts of
    it were not read.
    """
    if _counted:
        _counted.inspected(seconds, people, findings, gaps)


def judged(
    id: str,
    action: str,
    policies: tuple[str, ...],
    seconds: float,
    said: str,
    *,
    observed: str = "",
    acted: Iterable[tuple[str, str, bool]] = (),
) -> None:
    """A verdict was committed.  `said` is it in words, without content (`policy.for_log`).

    `observed` is the action that would have been taken had policies not only observed, `acted` what
    may be counted by policy (`store.matches`): name, action, whether it only watched.
    """
    _info("judged", said, id=id, action=action, policies=policies, seconds=seconds)
    if _counted:
        _counted.judged(action, observed, acted)


def stopped_with(id: str, other: str) -> None:
    """A copy of a mailing was stopped, or takes more people to release, because of another."""
    _info("judged again", id=id, because_of=other)


def delivered(id: str, recipients: int, refused: int, seconds: float = 0.0) -> None:
    """The next hop answered for a message; `seconds` is how long it was spoken with."""
    _info("delivered", id=id, recipients=recipients, refused=refused)
    if _counted:
        _counted.delivered(recipients, refused, seconds)


def deferred(id: str, because: str, seconds: float) -> None:
    """The next hop cannot take a message now; `because` is a reply code or an error's class."""
    _warning("deferred", id=id, because=because, next=round(seconds))
    if _counted:
        _counted.deferred(because)


def lived(
    id: str,
    *,
    origin: str,
    outcome: str,
    by: str,
    size: int,
    recipients: Mapping[str, int],
    action: str,
    observed: str,
    policies: tuple[str, ...],
    gaps: tuple[str, ...],
    tries: int,
    seconds: Mapping[str, float],
) -> None:
    """A message's life is over: what it was, what was decided, what became of it.

    `outcome` is what all its recipients have in common, or "mixed"; `recipients` how many had which
    outcome; `seconds` how long it was read, held, asked about and sent, and in all; `by` the runner
    or the role that ended it.
    """
    named = {name: number for name, number in recipients.items() if number}
    _info(
        "life",
        id=id,
        origin=origin,
        outcome=outcome,
        by=by,
        bytes=size,
        **named,
        action=action,
        observed=observed,
        policies=policies,
        gaps=gaps,
        tries=tries,
        **{f"{stage}_seconds": length for stage, length in seconds.items()},
    )
    if _counted:
        _counted.lived(origin, outcome, seconds["total"])


def moved(id: str, event: str, state: str) -> None:
    """A message went from one state to another."""
    _info("moved", id=id, by=event, state=state)


# -- what goes wrong -----------------------------------------------------------------------------


def worker_started() -> None:
    """A worker of the sandbox is ready; counted only."""
    if _counted:
        _counted.workers(+1)


def worker_ended() -> None:
    """It is no longer there, whatever ended it; counted only."""
    if _counted:
        _counted.workers(-1)


def worker_died(why: str, signal: int) -> None:
    """A worker of the sandbox is gone; the message it worked on gets a gap."""
    _warning("worker died", why=why, signal=signal)
    if _counted:
        _counted.worker_died(why)


def stopped(id: str, why: str) -> None:
    """The reading of a message was stopped; it is read again without the part that did it."""
    _warning("stopped reading", id=id, why=why)
    if _counted:
        _counted.stopped(why)


def crashed(what: str, error: BaseException) -> None:
    """Something of ours failed.  The class and place are logged, never the text."""
    _error("failed", what=what, error=type(error).__name__, at=place(error))
    if _counted:
        _counted.crashed(what)


def place(error: BaseException) -> str:
    """Where an error was raised: file and line."""
    where = error.__traceback__
    while where and where.tb_next:
        where = where.tb_next
    return f"{where.tb_frame.f_code.co_filename}:{where.tb_lineno}" if where else "?"


# -- the database --------------------------------------------------------------------------------


def committed(changes: int, seconds: float) -> None:
    """So many changes were committed together; counted only."""
    if _counted:
        _counted.committed(changes, seconds)


def retried() -> None:
    """A transaction met another, or the database went away: it is run again; counted only."""
    if _counted:
        _counted.retried()


# -- people --------------------------------------------------------------------------------------


def alarm(id: str, told: int) -> None:
    """Somebody says that a person is at risk as long as a message is held."""
    _warning("alarm", id=id, told=told)
    if _counted:
        _counted.alarm()


def broke_glass(id: str, messages: int) -> None:
    """One person released a mailing alone, in an emergency."""
    _warning("released in an emergency", id=id, messages=messages)
    if _counted:
        _counted.broke_glass()


def told(what: str, people: int) -> None:
    """Mail went to those who decide: "reminded", "escalated", or "digest"."""
    _info("told", what=what, people=people)


def over_budget(held: int, budget: int) -> None:
    """More mailings were held today than the settings reckon with; all of them wait."""
    _warning("over budget", held=held, budget=budget)


def forgot(messages: int, epochs: Iterable[int]) -> None:
    """Retention was applied: rows of messages deleted, epoch keys destroyed."""
    _info("forgot", messages=messages, epochs=tuple(map(str, epochs)) or ("none",))


def _info(event: str, words: str = "", /, **fields: Value) -> None:
    _log.info(Said(event, fields, words))


def _warning(event: str, words: str = "", /, **fields: Value) -> None:
    _log.warning(Said(event, fields, words))


def _error(event: str, words: str = "", /, **fields: Value) -> None:
    _log.error(Said(event, fields, words))
