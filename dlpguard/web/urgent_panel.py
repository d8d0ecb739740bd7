"""What the page of a message says about risk: the alarm, and what may be done about it."""

from __future__ import annotations

from dataclasses import dataclass

from dlpguard.errors import NotFoundError
from dlpguard.lifecycle import State
from dlpguard.recipients import normalise
from dlpguard.store import alarms, emergencies
from dlpguard.store.alarms import Alarm
from dlpguard.store.database import Transaction
from dlpguard.store.emergencies import Emergency
from dlpguard.store.quarantine import Held
from dlpguard.web.access import Asker, queues
from dlpguard.web.roles import Right


@dataclass(frozen=True, slots=True)
class Panel:
    """`alarm`: somebody has said that a person is at risk.  `emergency`: one person released it.

    `may_raise`, `may_break_glass`, `may_look_into`: what this visitor can do now.  `sees_content`:
    what people said is shown to them.
    """

    alarm: Alarm | None
    emergency: Emergency | None
    may_raise: bool
    may_break_glass: bool
    may_look_into: bool
    sees_content: bool

    @property
    def says_something(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.alarm or self.emergency or self.may_raise or self.may_break_glass)


def look(tx: Transaction, held: Held, visitor: Asker) -> Panel:
    """It for this visitor."""
    alarm = alarms.about(tx, held.id)
    waits = held.state in {State.QUARANTINED, State.AWAITING_SENDER}
    own = bool(held.envelope.sender) and normalise(held.envelope.sender) == normalise(visitor.name)
    breaks = visitor.may(Right.BREAK_GLASS) and held.state is State.QUARANTINED and not own
    emergency = _emergency(tx, held, visitor)
    looks = emergency and not emergency.reviewed_at and emergency.is_for(visitor.name)
    return Panel(
        alarm,
        emergency,
        waits and alarm is None and visitor.may(Right.DECIDE),
        breaks,
        bool(looks) and visitor.may(Right.LOOK_INTO),
        visitor.may(Right.SEE_CONTENT),
    )


def _emergency(tx: Transaction, held: Held, visitor: Asker) -> Emergency | None:
    try:
        return emergencies.find(tx, held.id, queues(visitor))
    except NotFoundError:
        return None
