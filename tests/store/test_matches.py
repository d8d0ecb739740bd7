"""What of a verdict may be counted: nothing that tells of a named group's mail."""

from __future__ import annotations

import pytest

from dlpguard.store import matches
from dlpguard.verdict import Action, Match, Verdict

HELD = Match("lists", "", Action.QUARANTINE, ())
ASKED = Match("webmail", "", Action.CONFIRM, ())
WATCHED = Match("scans", "", Action.TAG, (), observed=True)
PRIVATE = Match("unions", "", Action.QUARANTINE, (), queue="members")


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (Verdict(Action.ALLOW), ()),
        (
            Verdict(Action.QUARANTINE, (HELD, ASKED, WATCHED)),
            (("lists", "quarantine", False), ("scans", "tag", True)),
        ),
        (
            Verdict(Action.ALLOW, (HELD,), observed=Action.QUARANTINE),
            (("lists", "quarantine", True),),
        ),
        (Verdict(Action.QUARANTINE, (HELD, PRIVATE)), ()),
        (Verdict(Action.QUARANTINE, (HELD,), queue="members"), ()),
    ],
)
def test_what_is_counted(verdict: Verdict, expected: tuple[tuple[str, str, bool], ...]) -> None:
    assert expected == matches.acted(verdict)


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (Verdict(Action.ALLOW), True),
        (Verdict(Action.QUARANTINE, (HELD,)), True),
        (Verdict(Action.ALLOW, queue="members"), False),
        (Verdict(Action.QUARANTINE, (PRIVATE,)), False),
    ],
)
def test_of_a_named_groups_mail_nothing_is(verdict: Verdict, expected: bool) -> None:
    assert expected is matches.is_counted(verdict)
