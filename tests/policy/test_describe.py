"""Policies in sentences: every condition has one, and says what it asks for."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest

from dlpguard.audience import Circle
from dlpguard.document import Hidden, Unread
from dlpguard.policy import describe, load
from dlpguard.policy.grammar import CONDITIONS
from dlpguard.policy.language import AnyOf, Condition, Policy
from dlpguard.policy.splitting import AppliesTo
from dlpguard.verdict import Action

POLICIES = Path(__file__).resolve().parents[2] / "policies"


def said(name: str, **arguments: Any) -> str:
    return describe.condition(Condition(name, arguments))


def test_every_condition_has_a_sentence_with_the_same_parameters() -> None:
    described = {
        name: [(p.name, p.default) for p in inspect.signature(function).parameters.values()]
        for name, function in describe.describes().items()
    }
    asked = {
        name: [(p.name, p.default) for p in inspect.signature(g.function).parameters.values()][1:]
        for name, g in CONDITIONS.items()
    }

    assert asked == described


@pytest.mark.parametrize("policy", load(POLICIES).policies, ids=lambda p: p.name)
def test_what_is_shipped_is_told_in_sentences(policy: Policy) -> None:
    for text in (*describe.when(policy), *describe.unless(policy)):
        assert text[0].isupper() or text[0].isdigit()
        assert not text.endswith(".")
        assert "  " not in text
        assert "_" not in text
    assert describe.then(policy).endswith(".")


@pytest.mark.parametrize(
    ("text", "name", "arguments"),
    [
        ("Anybody hidden", "people", {"hidden": True}),
        ("Ten or more hidden people in a list", "people",
         {"visible": False, "listed": True, "at_least": 10}),
        ("Two or more people with contact details only not in a list", "people",
         {"contact": True, "listed": False, "at_least": 2}),
        ("11 or more visible people with phone numbers or e-mail addresses", "people",
         {"visible": True, "kinds": ("phone", "email_address"), "at_least": 11}),
        ("Anybody with sensitive details, seen by 25 or more mailboxes outside", "people",
         {"kinds": ("special_category",), "reach": 25}),
        ("It goes to a personal webmail address never written to before", "first_time",
         {"of": (Circle.WEBMAIL,)}),
        ("It goes to three or more outside addresses never written to before", "first_time",
         {"at_least": 3}),
        ("It goes to a partner address or an outside address", "circle",
         {"of": (Circle.PARTNER, Circle.EXTERNAL)}),
        ("20 or more outside addresses in To or Cc, where everybody sees them", "exposure",
         {"at_least": 20}),
        ("It goes outside", "reach", {"at_least": 1}),
        ("30% or more of the outside addresses in To and Cc are personal webmail",
         "webmail_share", {"at_least": 0.3}),
        ("Bank accounts or NI numbers", "findings", {"kinds": ("gb_bank_account", "gb_nino")}),
        ("A file that is encrypted", "gaps", {"why": (Unread.ENCRYPTED,)}),
        ("Two or more PDF documents or sqlite files that could not be read", "gaps",
         {"formats": ("pdf", "sqlite"), "at_least": 2}),
        ("A place in it that cannot be seen (hidden sheet)", "hidden_content",
         {"why": (Hidden.SHEET,)}),
        ("It speaks of two or more of health or offence", "special_category",
         {"of": ("health", "offence"), "at_least": 2}),
        ("It has 2.5 MB or more", "size", {"at_least": 2_500_000}),
        ("Spreadsheets or CSV files attached", "formats", {"of": ("xlsx", "csv")}),
        ("Its sender is like *@x.example or in the group legal", "sender",
         {"like": ("*@x.example",), "group": ("legal",)}),
        ("Its subject has “in confidence” in it", "subject", {"contains": ("in confidence",)}),
        ("A recipient like *@x.example", "recipient", {"like": ("*@x.example",)}),
        ("Programs may read it in different ways", "defects", {}),
    ],
)  # fmt: skip
def test_a_condition_says_what_it_asks_for(text: str, name: str, arguments: dict[str, Any]) -> None:
    assert text == said(name, **arguments)


def test_one_of_several_is_enough() -> None:
    one = AnyOf((Condition("self_send"), AnyOf((Condition("publishing"),))))

    assert (
        "One of these: a recipient looks like the sender's own mailbox outside; or one of these: "
        "a recipient publishes what they receive"
    ) == describe.condition(one)


@pytest.mark.parametrize(
    ("then", "applies_to", "approvals", "text"),
    [
        (Action.TAG, AppliesTo.OUTSIDE, 1, "It is marked, and goes."),
        (Action.QUARANTINE, AppliesTo.EVERYONE, 2,
         "It is held for a reviewer. Two people have to release it."),
        (Action.CONFIRM, AppliesTo.EXTERNAL, 1,
         "Its sender is asked whether they meant it. Colleagues and partners get it all the same."),
        (Action.REJECT, AppliesTo.EVERYONE, 1, "It is not sent, and its sender is told."),
    ],
)  # fmt: skip
def test_what_happens_is_said(
    then: Action, applies_to: AppliesTo, approvals: int, text: str
) -> None:
    policy = Policy("x", "t", "w", (), then, approvals=approvals, applies_to=applies_to)

    assert text == describe.then(policy)


@pytest.mark.parametrize("where", list(AppliesTo))
def test_every_word_of_whom_it_is_for_has_a_sentence(where: AppliesTo) -> None:
    assert describe.then(Policy("x", "t", "w", (), Action.QUARANTINE, applies_to=where))
