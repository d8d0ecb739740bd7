"""What several commands print as JSON: the same things under the same names (DESIGN 12)."""

from __future__ import annotations

from typing import Any

from dlpguard.people import People
from dlpguard.verdict import Verdict


def counts(people: People) -> dict[str, int]:
    """How many people, by what they are."""
    return {
        "visible": people.visible,
        "hidden": people.hidden,
        "private": people.private,
        "listed": people.listed,
        "contact": people.contact,
    }


def policies(verdict: Verdict) -> list[dict[str, Any]]:
    """The policies that matched, strongest first, and why."""
    return [
        {"name": m.policy, "action": m.action.label, "because": [r.text for r in m.reasons]}
        for m in verdict.matches
    ]
