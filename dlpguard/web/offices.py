"""Who is told what: by the rights that roles give, and by addresses that the settings name."""

from __future__ import annotations

from collections.abc import Iterable

from dlpguard.store.whom_to_tell import Offices
from dlpguard.web.roles import RIGHTS, Right


def offices(escalate_to: Iterable[str] = (), duty_officers: Iterable[str] = ()) -> Offices:
    """As mail to those who decide needs it; without addresses roles alone say who they are."""
    return Offices(
        deciding=_with(Right.DECIDE),
        approving=_with(Right.APPROVE),
        breaking_glass=_with(Right.BREAK_GLASS),
        looking_into=_with(Right.LOOK_INTO),
        running=_with(Right.SEE_HEALTH),
        escalate_to=tuple(escalate_to),
        duty_officers=tuple(duty_officers),
    )


def _with(right: Right) -> frozenset[str]:
    return frozenset(str(role) for role, theirs in RIGHTS.items() if right in theirs)
