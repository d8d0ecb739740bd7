"""Every state of a message and every move between them.

    RECEIVED ──pass──▶ READY ──finish──▶ DONE
       │                 └─recall─▶ AWAITING_SENDER | QUARANTINED | DONE   (no byte of it has left)
       ├──ask──▶ AWAITING_SENDER ──confirm──▶ READY | QUARANTINED (as the policy says)
       │              └──cancel, expire──▶ DONE (returned)
       ├──hold──▶ QUARANTINED ──release──▶ READY ──undo──▶ QUARANTINED
       │              └──return, expire──▶ DONE (returned; never released by a clock)
       ├──refuse──▶ DONE (returned)
       ├──split──▶ two judged rows that share one body, each with its recipients
       └──crash──▶ SET_ASIDE ──retry──▶ RECEIVED, once; then QUARANTINED with a gap CRASHED

Only `store.messages` changes a state, only by a move of this table, and the change, its record and
the notices it causes are one transaction.  The guards are those of the model-checked protocol: a
promise broke without each of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum, auto


class State(StrEnum):
    """Where a message is.  DONE means that no recipient is pending."""

    RECEIVED = "received"
    SET_ASIDE = "set-aside"
    READY = "ready"
    AWAITING_SENDER = "awaiting-sender"
    QUARANTINED = "quarantined"
    DONE = "done"


class Event(StrEnum):
    """What happens to a message."""

    ACCEPT = "accept"
    ISSUE = "issue"
    PASS = "pass"  # noqa: S105 - a move, not a password
    ASK = "ask"
    HOLD = "hold"
    REFUSE = "refuse"
    SPLIT = "split"
    CRASH = "crash"
    RETRY = "retry"
    RECALL = "recall"
    FINISH = "finish"
    STOP = "stop"
    EXPIRE = "expire"
    UNDO = "undo"
    CONFIRM = "confirm"
    CANCEL = "cancel"
    ESCALATE = "escalate"
    RELEASE = "release"
    RETURN = "return"


class Outcome(StrEnum):
    """What became of one recipient.  All but PENDING are final."""

    PENDING = "pending"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    RETURNED = "returned"
    EXPIRED = "expired"


class Who(Enum):
    """Who may make a move."""

    EDGE = auto()
    INSPECTOR = auto()
    COURIER = auto()
    JANITOR = auto()
    SENDER = auto()
    REVIEWER = auto()


class Guard(Enum):
    """What has to hold in the transaction that makes a move."""

    FENCE = auto()
    """The lease's fencing number is the current one."""
    CAMPAIGN = auto()
    """The rows of the message's campaigns are locked, in ascending order."""
    NOTHING_OPEN = auto()
    """No attempt is open and no recipient is in doubt."""
    NOT_DECIDED = auto()
    """No person has decided it."""
    NONE_PENDING = auto()
    """No recipient is pending."""
    VERSION = auto()
    """It is the version that the person saw."""
    RELEASED = auto()
    """A person released it."""
    NO_ATTEMPT = auto()
    """No attempt is open (a recipient may be in doubt: it then ends as expired, in doubt)."""
    NEW = auto()
    """Body durable, id free, not a client's retry."""
    OWN_DOMAIN = auto()
    """Written by dlpguard itself, to an address of the organisation's own domains."""


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table.  `source` None: there was no message before."""

    source: State | None
    event: Event
    targets: frozenset[State]
    guards: frozenset[Guard]
    who: frozenset[Who]


def moves(source: State | None, event: Event) -> Move | None:
    """The move for an event in a state, None where the table has none."""
    return _BY_EVENT.get((source, event))


def _move(
    source: State | None,
    event: Event,
    targets: tuple[State, ...],
    guards: tuple[Guard, ...],
    *who: Who,
) -> Move:
    return Move(source, event, frozenset(targets), frozenset(guards), frozenset(who))


_F, _C, _N = Guard.FENCE, Guard.CAMPAIGN, Guard.NOTHING_OPEN
_RECEIVED, _READY, _DONE = State.RECEIVED, State.READY, State.DONE
_ASKED, _HELD, _ASIDE = State.AWAITING_SENDER, State.QUARANTINED, State.SET_ASIDE

TABLE: tuple[Move, ...] = (
    _move(None, Event.ACCEPT, (_RECEIVED,), (Guard.NEW,), Who.EDGE),
    # Our own notices and DSNs: nothing of the message's content is in them, they never leave
    # the organisation, and a guard that held its own notices would tell nobody.
    _move(
        None,
        Event.ISSUE,
        (_READY,),
        (Guard.OWN_DOMAIN,),
        Who.INSPECTOR,
        Who.COURIER,
        Who.JANITOR,
        Who.REVIEWER,
    ),
    _move(_RECEIVED, Event.PASS, (_READY,), (_F, _C), Who.INSPECTOR),
    _move(_RECEIVED, Event.ASK, (_ASKED,), (_F, _C), Who.INSPECTOR),
    _move(_RECEIVED, Event.HOLD, (_HELD,), (_F, _C), Who.INSPECTOR),
    _move(_RECEIVED, Event.REFUSE, (_DONE,), (_F, _C), Who.INSPECTOR),
    # The parent's row ends; its two heirs start where their own verdicts put them.
    _move(_RECEIVED, Event.SPLIT, (_READY, _ASKED, _HELD, _DONE), (_F, _C), Who.INSPECTOR),
    # The first time it is set aside, the second time held; while only observing it passes.
    _move(_RECEIVED, Event.CRASH, (_ASIDE, _HELD, _READY), (_F,), Who.INSPECTOR),
    _move(_RECEIVED, Event.EXPIRE, (_DONE,), (), Who.JANITOR),
    _move(_ASIDE, Event.RETRY, (_RECEIVED,), (), Who.JANITOR),
    _move(_READY, Event.RECALL, (_ASKED, _HELD, _DONE), (_C, _N, Guard.NOT_DECIDED), Who.INSPECTOR),
    _move(_READY, Event.FINISH, (_DONE,), (_F, Guard.NONE_PENDING), Who.COURIER),
    _move(_READY, Event.STOP, (_DONE,), (_C, Guard.NO_ATTEMPT), Who.COURIER, Who.JANITOR),
    _move(_READY, Event.EXPIRE, (_DONE,), (Guard.NO_ATTEMPT,), Who.JANITOR),
    _move(_READY, Event.UNDO, (_HELD,), (_C, _N, Guard.RELEASED), Who.REVIEWER),
    _move(_ASKED, Event.CONFIRM, (_READY, _HELD), (_C,), Who.SENDER),
    _move(_ASKED, Event.CANCEL, (_DONE,), (_C,), Who.SENDER),
    _move(_ASKED, Event.EXPIRE, (_DONE,), (_C,), Who.JANITOR),
    _move(_ASKED, Event.ESCALATE, (_HELD, _DONE), (_C,), Who.INSPECTOR),
    _move(_HELD, Event.ASK, (_ASKED,), (_C, _N), Who.REVIEWER),
    _move(_HELD, Event.RELEASE, (_READY,), (_C, Guard.VERSION), Who.REVIEWER),
    _move(_HELD, Event.RETURN, (_DONE,), (_C, _N, Guard.VERSION), Who.REVIEWER),
    _move(_HELD, Event.EXPIRE, (_DONE,), (_C, _N), Who.JANITOR),
)

_BY_EVENT = {(move.source, move.event): move for move in TABLE}
