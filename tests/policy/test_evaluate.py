from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from dlpguard.actions import plan
from dlpguard.document import Gap, Unread
from dlpguard.facts import Facts
from dlpguard.lifecycle import Event
from dlpguard.mail import Envelope
from dlpguard.people import Person
from dlpguard.policy import Policies, Policy, evaluate
from dlpguard.policy.flows import Flow
from dlpguard.policy.language import AnyOf, Condition, Mode, Severity
from dlpguard.policy.splitting import AppliesTo
from dlpguard.verdict import Action, Match, Reason

MakeFacts = Callable[..., Facts]
MakePeople = Callable[..., tuple[Person, ...]]

REACH = Condition("reach", {"at_least": 10})
SELF = Condition("self_send")


def policy(name: str, then: Action, *when: Condition | AnyOf) -> Policy:
    return Policy(name, f"Title of {name}", "Why.", when or (REACH,), then)


def policies(*members: Policy) -> Policies:
    return Policies(members, "digest")


def test_nothing_that_matches_means_allow(facts: MakeFacts) -> None:
    none = policies(policy("a", Action.REJECT))
    verdict = evaluate(none, facts(external=9), enforce=True)

    digest = none.in_effect(enforce=True, accepted_gaps=frozenset())
    assert (verdict.action, verdict.matches, verdict.policies) == (Action.ALLOW, (), digest)


def test_a_verdict_says_by_what_it_was_decided(facts: MakeFacts) -> None:
    some = policies(policy("a", Action.TAG))
    gaps = frozenset({("too-large", "mp4")})

    for found in (facts(external=1), facts(internal=1)):
        digests = {
            evaluate(some, found, enforce=True).policies,
            evaluate(some, found, enforce=False).policies,
            evaluate(some, found, enforce=True, accepted_gaps=gaps).policies,
        }
        assert len(digests) == 3


def test_no_exception_can_ask_where_a_quarantine_policy_holds(facts: MakeFacts) -> None:
    asks, holds = policy("asks", Action.CONFIRM), policy("holds", Action.QUARANTINE)

    verdict = evaluate(policies(asks, holds), facts(external=10), enforce=True)

    assert Event.HOLD is plan(Envelope("ann@council.example", ()), verdict).event


@pytest.mark.parametrize("strongest", [a for a in Action if a])
def test_the_strongest_action_wins_and_stands_first(facts: MakeFacts, strongest: Action) -> None:
    weaker = [a for a in Action if Action.ALLOW < a < strongest]
    members = [policy(a.label, a) for a in [*weaker, strongest]]

    verdict = evaluate(policies(*members), facts(external=10), enforce=True)

    assert verdict.action is strongest
    assert [strongest, *reversed(weaker)] == [m.action for m in verdict.matches]


def test_all_conditions_have_to_hold(facts: MakeFacts) -> None:
    both = policies(policy("both", Action.QUARANTINE, REACH, SELF))

    assert evaluate(both, facts(external=10), enforce=True).action is Action.ALLOW
    assert evaluate(both, facts(external=1, self_send="a"), enforce=True).action is Action.ALLOW
    held = evaluate(both, facts(external=10, self_send="a"), enforce=True)
    assert held.action is Action.QUARANTINE
    assert len(held.matches[0].reasons) == 2


def test_one_of_any_is_enough(facts: MakeFacts) -> None:
    either = policies(policy("either", Action.QUARANTINE, AnyOf((REACH, SELF))))

    assert evaluate(either, facts(external=1), enforce=True).action is Action.ALLOW
    for found in (facts(external=10), facts(external=1, self_send="a")):
        assert evaluate(either, found, enforce=True).action is Action.QUARANTINE


def test_an_exception_is_enough_to_let_it_pass(facts: MakeFacts) -> None:
    with_exception = replace(policy("a", Action.QUARANTINE), unless=(SELF, Condition("publishing")))

    held = evaluate(policies(with_exception), facts(external=10), enforce=True)
    passed = evaluate(policies(with_exception), facts(external=10, self_send="x"), enforce=True)

    assert (held.action, passed.action) == (Action.QUARANTINE, Action.ALLOW)


def test_mail_to_colleagues_only_is_allowed_whatever_it_holds(
    facts: MakeFacts, clients: MakePeople
) -> None:
    found = facts(clients(40), internal=157, gaps=(Gap("a", Unread.CRASHED),))
    always = policies(policy("a", Action.REJECT, Condition("gaps")))

    assert evaluate(always, found, enforce=True).action is Action.ALLOW


def test_an_observing_policy_is_recorded_and_changes_nothing(facts: MakeFacts) -> None:
    watching = replace(policy("a", Action.REJECT), mode=Mode.OBSERVE, approvals=1)

    verdict = evaluate(
        policies(watching, policy("b", Action.TAG)), facts(external=10), enforce=True
    )

    assert verdict.action is Action.TAG
    assert [(m.policy, m.observed) for m in verdict.matches] == [("b", False), ("a", True)]


def test_while_observing_nothing_is_held_and_what_would_have_been_is_known(
    facts: MakeFacts,
) -> None:
    found = facts(external=10, gaps=(Gap("a", Unread.CRASHED),))
    watching = replace(policy("b", Action.REJECT), mode=Mode.OBSERVE)

    verdict = evaluate(policies(policy("a", Action.TAG), watching), found, enforce=False)

    assert (verdict.action, verdict.observed) == (Action.ALLOW, Action.QUARANTINE)
    assert {"floor", "a", "b"} == {m.policy for m in verdict.matches}


@pytest.mark.parametrize("why", list(Unread))
def test_the_floor_holds_what_inspection_failed_to_read(facts: MakeFacts, why: Unread) -> None:
    ordinary = {Unread.ENCRYPTED, Unread.SCAN, Unread.UNSUPPORTED}
    found = facts(partner=1, gaps=(Gap("a.mp4", why, format="mp4"),))

    verdict = evaluate(Policies(), found, enforce=True)

    expected = Action.ALLOW if why in ordinary else Action.QUARANTINE
    assert verdict.action is expected
    assert [m.policy for m in verdict.matches] == ["floor"] * (why not in ordinary)


def test_a_gap_is_accepted_by_kind_and_format_both(facts: MakeFacts) -> None:
    large = Gap("film.mp4", Unread.TOO_LARGE, format="mp4")
    slow = Gap("film.mp4", Unread.TOO_SLOW, format="mp4")
    pdf = Gap("a.pdf", Unread.TOO_LARGE, format="pdf")
    accepted = frozenset({("too-large", "mp4")})

    def action(*gaps: Gap) -> Action:
        found = facts(external=1, gaps=gaps)
        return evaluate(Policies(), found, enforce=True, accepted_gaps=accepted).action

    assert action(large) is Action.ALLOW
    assert action(slow) is Action.QUARANTINE
    assert action(pdf) is Action.QUARANTINE
    assert action(large, pdf) is Action.QUARANTINE


def test_two_approvals_are_asked_for_when_one_of_the_matches_does(facts: MakeFacts) -> None:
    two = replace(policy("two", Action.QUARANTINE), approvals=2)
    verdict = evaluate(
        policies(policy("one", Action.QUARANTINE), two), facts(external=10), enforce=True
    )

    assert verdict.approvals == 2
    assert [m.policy for m in verdict.matches] == ["two", "one"]


def test_a_match_carries_what_its_policy_says(facts: MakeFacts) -> None:
    member = replace(
        policy("a", Action.QUARANTINE),
        approvals=2,
        severity=Severity.CRITICAL,
        queue="governance",
        applies_to=AppliesTo.OUTSIDE,
    )

    [match] = evaluate(policies(member), facts(external=10), enforce=True).matches

    assert match == Match(
        policy="a",
        title="Title of a",
        action=Action.QUARANTINE,
        reasons=(Reason("10 outside recipients"),),
        approvals=2,
        severity="critical",
        queue="governance",
        applies_to="outside",
        why="Why.",
    )


PAYROLL = Flow(
    "payroll",
    ("*@council.example",),
    ("*@external.example",),
    frozenset({"phone", "case_reference"}),
    40,
    "Agreement 14",
    "Head of Human Resources",
    date(2026, 1, 1),
    date(2026, 12, 31),
)
NO_FLOW = replace(
    policy("list", Action.QUARANTINE, Condition("people", {"at_least": 10})),
    unless=(Condition("flow", {"state": "registered"}),),
)


@pytest.mark.parametrize(
    ("today", "action"),
    [
        (None, Action.QUARANTINE),
        (date(2025, 12, 31), Action.QUARANTINE),
        (date(2026, 1, 1), Action.ALLOW),
        (date(2026, 12, 31), Action.ALLOW),
        (date(2027, 1, 1), Action.QUARANTINE),
    ],
)
def test_a_flow_lets_pass_from_its_first_day_to_its_last(
    facts: MakeFacts, clients: MakePeople, today: date | None, action: Action
) -> None:
    registered = Policies((NO_FLOW,), "digest", (PAYROLL,))

    verdict = evaluate(registered, facts(clients(40), external=1), enforce=True, today=today)

    assert verdict.action is action
    assert verdict.flow == ("payroll" if action is Action.ALLOW else "")


def test_the_groups_of_the_settings_say_who_a_sender_is(facts: MakeFacts) -> None:
    member = policy("members", Action.TAG, Condition("sender", {"group": ("members",)}))
    groups = {"members": ("*@members.council.example", "ann@council.example"), "none": ("x@y.z",)}
    grouped = Policies((member,), "digest", groups=groups)

    def action(sender: str) -> Action:
        return evaluate(grouped, facts(external=1, sender=sender), enforce=True).action

    assert action("Ann@Council.example") is Action.TAG
    assert action("bob@members.council.example") is Action.TAG
    assert action("bob@council.example") is Action.ALLOW


def test_the_floor_is_for_what_leaves(facts: MakeFacts) -> None:
    found = facts(external=1, gaps=(Gap("a", Unread.CORRUPT, format="pdf"),))

    [match] = evaluate(Policies(), found, enforce=True).matches

    assert match.applies_to == "outside"
    assert len(match.why.split()) > 20


def test_a_gap_of_unknown_format_is_accepted_by_no_name(facts: MakeFacts) -> None:
    found = facts(external=1, gaps=(Gap("a", Unread.TOO_LARGE),))
    accepted = frozenset({("too-large", "mp4")})

    verdict = evaluate(Policies(), found, enforce=True, accepted_gaps=accepted)

    assert verdict.action is Action.QUARANTINE


def test_what_its_sender_cannot_be_asked_a_reviewer_is(
    facts: MakeFacts, clients: MakePeople
) -> None:
    asks = replace(NO_FLOW, then=Action.CONFIRM)
    found = facts(clients(40), external=1)
    theirs = evaluate(Policies((asks,)), found, enforce=True)
    others = evaluate(Policies((asks,)), replace(found, may_ask=False), enforce=True)

    assert Action.CONFIRM is theirs.action
    assert Action.QUARANTINE is others.action
    assert "cannot be asked" in others.matches[0].reasons[-1].text
