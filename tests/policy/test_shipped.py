"""The policies that dlpguard comes with, tried on real mail through the real inspection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from dlpguard import inspection
from dlpguard.facts import Facts
from dlpguard.mail import Envelope, MessageId
from dlpguard.policy import Policies, Policy, load, trial
from dlpguard.policy.grammar import CONDITIONS
from dlpguard.policy.language import TEST_SUFFIX, AnyOf, Condition, Severity
from dlpguard.policy.splitting import AppliesTo
from dlpguard.policy.trialmail import DETECTION, ORGANISATION
from dlpguard.verdict import Action

ROOT = Path(__file__).parents[2]
POLICIES = load(ROOT / "policies")
BY_NAME = {policy.name: policy for policy in POLICIES.policies}
SETUP = inspection.Setup(ORGANISATION, DETECTION)


@cache
def cases_of(name: str) -> list[trial.Case]:
    return trial.cases(ROOT / "policies" / f"{name}{TEST_SUFFIX}")


CASES = [case for name in BY_NAME for case in cases_of(name)]


@cache
def read(raw: bytes, envelope: Envelope) -> Facts:
    return inspection.read(MessageId("test"), raw, envelope, SETUP).facts


@cache
def facts_of(file: Path, line: int) -> list[tuple[Envelope, Facts]]:
    """What inspection finds in the mails of the case that stands there."""
    [case] = [case for case in CASES if (case.file, case.line) == (file, line)]
    mails = trial.mail(case, ROOT / "samples" / "attachments")
    return [(envelope, read(raw, envelope)) for raw, envelope in mails]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.policy}: {case.name}")
def test_shipped_policies_do_what_their_tests_say(case: trial.Case) -> None:
    result = trial.check(case, BY_NAME[case.policy], POLICIES, facts_of(case.file, case.line))

    assert result.passed, str(result)


def test_no_policy_is_without_tests_and_no_test_without_a_policy() -> None:
    files = {file.name for file in (ROOT / "policies").glob(f"*{TEST_SUFFIX}")}

    assert {f"{name}{TEST_SUFFIX}" for name in BY_NAME} == files


def mutants(policy: Policy) -> Iterator[tuple[str, Policy]]:
    """The policy with one condition, exception or flag left out, or one line moved by one."""
    for i in range(len(policy.unless)):
        yield f"without exception {i}", replace(policy, unless=_changed(policy.unless, i))
    for i, condition in enumerate(policy.when):
        assert isinstance(condition, Condition), "none of the shipped policies nests conditions"
        yield f"without {condition.name} {i}", replace(policy, when=_changed(policy.when, i))
        for label, arguments in _moved(condition):
            changed = _changed(policy.when, i, Condition(condition.name, arguments))
            yield f"{condition.name} {i} {label}", replace(policy, when=changed)


def _changed(
    given: tuple[Condition | AnyOf, ...], i: int, *instead: Condition
) -> tuple[Condition | AnyOf, ...]:
    return (*given[:i], *instead, *given[i + 1 :])


def _moved(condition: Condition) -> Iterator[tuple[str, dict[str, object]]]:
    given = condition.arguments
    for name, value in given.items():
        others = {key: v for key, v in given.items() if key != name}
        match value:
            case bool() if name != "listed":
                # More people than a letter holds are always a list: `listed` is for the reader.
                yield f"without {name}", others
            case int() if name == "window":  # there is only one
                yield f"without {name}", others
            case int() if value is not True:
                yield f"{name} + 1", others | {name: value + 1}
                if value > 1:
                    yield f"{name} - 1", others | {name: value - 1}
            case float():
                yield f"{name} + 5 %", others | {name: value + 0.05}
                yield f"{name} - 5 %", others | {name: value - 0.05}
            case tuple() if name != "named":  # the mail of a test has no other defects
                if not CONDITIONS[condition.name].model.model_fields[name].is_required():
                    yield f"without {name}", others
                for item in value if len(value) > 1 and name != "why" else ():
                    fewer = tuple(v for v in value if v != item)
                    yield f"{name} without {item}", others | {name: fewer}


MUTANTS = sorted(
    ((name, label, m) for name, p in BY_NAME.items() for label, m in mutants(p)),
    key=lambda mutant: mutant[:2],
)
"""In one order whatever the hash seed: workers that share the tests compare their lists."""


@pytest.mark.parametrize(
    ("name", "mutant"),
    [(name, mutant) for name, _, mutant in MUTANTS],
    ids=[f"{name} {label}" for name, label, _ in MUTANTS],
)
def test_a_change_to_a_shipped_policy_fails_one_of_its_tests(name: str, mutant: Policy) -> None:
    results = [
        trial.check(replace(case, overall=None), mutant, Policies(), facts_of(case.file, case.line))
        for case in cases_of(name)
    ]

    assert not all(result.passed for result in results)


def test_there_are_mutants_of_every_policy() -> None:
    assert set(BY_NAME) == {name for name, _, _ in MUTANTS}


def test_every_reason_why_is_a_text_for_the_person_who_was_stopped() -> None:
    assert [p.name for p in POLICIES.policies if len(p.why.split()) < 20] == []


def test_colleagues_get_theirs_whatever_is_held() -> None:
    assert [p.name for p in POLICIES.policies if p.applies_to is AppliesTo.EVERYONE] == []


STOPPING = {
    # What DESIGN 8 lists, with the action and the approvals that it asks for.
    "encrypted-attachments": (Action.TAG, 1),
    "hidden-content": (Action.TAG, 1),
    "scans": (Action.TAG, 1),
    "unread-attachments": (Action.TAG, 1),
    "directory-outsiders": (Action.CONFIRM, 1),
    "encrypted-webmail": (Action.CONFIRM, 1),
    "letter-to-another": (Action.CONFIRM, 1),
    "people-list-asked": (Action.CONFIRM, 1),
    "people-new-webmail": (Action.CONFIRM, 1),
    "person-published": (Action.CONFIRM, 1),
    "private-mailbox-month": (Action.CONFIRM, 1),
    "visible-recipients-few": (Action.CONFIRM, 1),
    "disguised-file": (Action.QUARANTINE, 1),
    "identifiers-in-bulk": (Action.QUARANTINE, 1),
    "own-mailbox": (Action.QUARANTINE, 1),
    "people-list-outside": (Action.QUARANTINE, 1),
    "people-list-webmail": (Action.QUARANTINE, 1),
    "sensitive-people-widely": (Action.QUARANTINE, 1),
    "visible-recipients": (Action.QUARANTINE, 1),
    "visible-recipients-sensitive": (Action.QUARANTINE, 1),
    "hidden-directory": (Action.QUARANTINE, 1),
    "hidden-people": (Action.QUARANTINE, 2),
    "hidden-people-published": (Action.QUARANTINE, 2),
    "own-mailbox-bulk": (Action.QUARANTINE, 2),
    "people-list-mass-mailing": (Action.QUARANTINE, 2),
}


def test_the_shipped_policies_are_those_of_the_design() -> None:
    assert {p.name: (p.then, p.approvals) for p in POLICIES.policies} == STOPPING


def test_two_people_decide_only_about_what_is_critical() -> None:
    critical = {p.name for p in POLICIES.policies if p.severity is Severity.CRITICAL}

    assert critical == {p.name for p in POLICIES.policies if p.approvals == 2}


def test_an_exception_is_a_flow_or_another_policy_s_business() -> None:
    """No word in a subject and no choice of a sender lets anything pass."""
    exceptions = {c.name for p in POLICIES.policies for c in p.unless if isinstance(c, Condition)}

    assert exceptions == {"flow", "people", "self_send"}


def test_no_policy_for_two_people_has_an_exception() -> None:
    assert [p.name for p in POLICIES.policies if p.approvals == 2 and p.unless] == []
