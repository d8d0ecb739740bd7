"""Which group looks after whose mail, and what that does to a verdict."""

from __future__ import annotations

import pytest

from dlpguard.policy import private_senders
from dlpguard.verdict import Action, Match, Verdict

GROUPS = {
    "members": ("cllr.*@council.example", "mayor@council.example"),
    "legal": ("*@legal.council.example", "cllr.solo@council.example"),
}


@pytest.mark.parametrize(
    ("sender", "group"),
    [
        ("cllr.ann.bee@council.example", "members"),
        ("Cllr.Ann.Bee+office@COUNCIL.example", "members"),
        ("mayor@council.example", "members"),
        ("dan@legal.council.example", "legal"),
        ("cllr.solo@council.example", "members"),
        ("ann.bee@council.example", ""),
        ("mayor@council.example.evil.example", ""),
        ("", ""),
    ],
)
def test_a_sender_belongs_to_the_first_group_that_fits(sender: str, group: str) -> None:
    assert group == private_senders.group_of(sender, GROUPS)


def test_for_a_group_no_policys_queue_counts() -> None:
    match = Match("lists", "Lists", Action.QUARANTINE, (), queue="finance")
    verdict = Verdict(Action.QUARANTINE, (match,))
    assigned = private_senders.assign(verdict, "legal")

    assert ("legal", ["legal"]) == (assigned.queue, [m.queue for m in assigned.matches])
    assert verdict is private_senders.assign(verdict, "")
