"""Tests of policies: `<name>.test.yaml` beside `<name>.yaml`.

Each case describes a mail, or several, and what is expected of the policy beside it, alone with
the floor, so that a new policy does not break the tests of the others; `overall` says what all
policies of the directory do together.  How mail is inspected comes in as an argument.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from dlpguard.errors import ConfigurationError
from dlpguard.facts import Facts
from dlpguard.mail import Envelope
from dlpguard.policy import language, yamlfile
from dlpguard.policy.evaluate import evaluate
from dlpguard.policy.flowfile import FlowFile
from dlpguard.policy.flows import Flow
from dlpguard.policy.language import TEST_SUFFIX, Mode, Policies, Policy
from dlpguard.policy.parameters import Several, Word
from dlpguard.policy.problem import PolicyError, Problem
from dlpguard.policy.splitting import split
from dlpguard.policy.trialhistory import remembered
from dlpguard.policy.trialmail import MODELS, Mail, build
from dlpguard.policy.yamlfile import Place, Source
from dlpguard.verdict import Action, Verdict

Inspect = Callable[[bytes, Envelope], Facts]
"""Reads a message: the worker's half of `inspection`, set up for `trialmail.ORGANISATION`."""

Label = Literal["allow", "tag", "confirm", "quarantine", "reject"]


TODAY = date(2024, 7, 1)
"""The day on which every test plays: when its mails are written."""


class TrialFlow(FlowFile):
    """A registered flow of a test; what does not matter to it may be left out."""

    name: str = Field("registered-for-the-test", description="What it is called.")
    agreement: str = Field("A test.", description="Why it is right.")
    owner: str = Field("A test.", description="Who answers for it.")
    since: date = Field(date(2024, 1, 1), description="The first day it is in force.")
    until: date = Field(date(2024, 12, 31), description="The last day it is in force.")


class CaseFile(BaseModel):
    """A test of a dlpguard policy: a mail, and what should happen to it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, description="What it shows, as a sentence.")
    mail: dict[str, Any] = Field({}, description="The mail.")
    mails: list[dict[str, Any]] = Field(
        [], description="Several mails of one sender, one campaign: all come in before any leaves."
    )
    flow: dict[str, Any] = Field(
        {}, description="A registered flow: from, to, kinds, max_people; the rest may be left out."
    )
    expect: Label = Field(description="What the policy does, alone with the floor.")
    because: Several[Word] = Field(
        (),
        description="A part of a reason of this policy, a policy that matches, or both: "
        "`people-list: 40 people`.",
    )
    rest: Label | None = Field(
        None, description="What happens to the recipients whom the policy is not for (applies_to)."
    )
    overall: Label | None = Field(
        None, description="What all policies of the directory do together."
    )

    @model_validator(mode="after")
    def _has_mail(self) -> CaseFile:
        if bool(self.mail) is bool(self.mails):
            raise ValueError("a test has one `mail` or several `mails`; write one of the two")
        return self


@dataclass(frozen=True, slots=True)
class Case:
    """One case: mails, and the strongest action that any of them should meet.

    `because` has policies that have to match, and parts of reasons that have to be given.
    """

    policy: str
    name: str
    file: Path
    line: int
    mails: tuple[Mail, ...]
    expect: Action
    because: tuple[str, ...] = ()
    rest: Action | None = None
    overall: Action | None = None
    flows: tuple[Flow, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one case.  `problem` says how it differs from what was expected, "" if not."""

    policy: str
    name: str
    file: Path
    line: int
    problem: str = ""

    @property
    def passed(self) -> bool:
        """Whether it came out as expected."""
        return not self.problem

    def __str__(self) -> str:
        """One line, or the place and the difference below it."""
        text = f"{self.file}:{self.line}: {self.policy}: {self.name}"
        return f"{text}: passed" if self.passed else f"{text}\n{self.problem}"


def run(
    directory: Path,
    inspect: Inspect,
    attachments: Path,
    groups: Mapping[str, tuple[str, ...]] | None = None,
    kinds: Collection[str] = (),
) -> list[Result]:
    """Every case of every policy in a directory, in order; a policy without cases fails.

    Files that cases only name are looked up in `attachments`; `groups` and `kinds` are those of
    the settings (`language.load`).
    `PolicyError` when a policy, a flow or a test file is wrong.
    """
    policies = language.load(directory, groups, kinds)
    found: dict[str, list[Case]] = {}
    wrong: list[Problem] = []
    for policy in policies.policies:
        file = directory / f"{policy.name}{TEST_SUFFIX}"
        try:
            found[policy.name] = cases(file) if file.is_file() else []
        except PolicyError as error:
            wrong += error.problems
    if wrong:
        raise PolicyError(wrong)
    results = []
    for policy in policies.policies:
        for case in found[policy.name]:
            mails = mail(case, attachments)
            read = [(envelope, inspect(raw, envelope)) for raw, envelope in mails]
            results.append(check(case, policy, policies, read))
        if not found[policy.name]:
            results.append(_untested(policy, directory))
    return results + _orphans(directory, policies)


def cases(file: Path) -> list[Case]:
    """The cases in a test file.  `PolicyError` lists everything wrong with them."""
    source = yamlfile.read(file)
    if not isinstance(source.data, list) or not source.data:
        raise PolicyError([source.problem((), "tests are a list", "start each with `- name: …`")])
    wrong: list[Problem] = []
    found = [case for i in range(len(source.data)) for case in _case(source, i, wrong)]
    if wrong:
        raise PolicyError(wrong)
    return found


def mail(case: Case, attachments: Path) -> list[tuple[bytes, Envelope]]:
    """The bytes and envelopes of a case's mails.  `PolicyError` when a named file is not there."""
    try:
        return [build(one, attachments, i) for i, one in enumerate(case.mails)]
    except ConfigurationError as error:
        what, _, fix = str(error).partition("; ")
        raise PolicyError([Problem(case.file, case.line, 1, what, fix)]) from None


def check(
    case: Case, policy: Policy, policies: Policies, read: Sequence[tuple[Envelope, Facts]]
) -> Result:
    """Whether a policy, and all of them together, do what the case expects.

    `read` has the envelope of each of its mails, and what inspection found in it.
    """
    known = remembered(case.mails, [facts for _, facts in read])
    # What only observes is tested as if it acted: otherwise its tests could not fail.
    alone = Policies((replace(policy, mode=Mode.ENFORCE),), flows=case.flows)
    verdicts = [evaluate(alone, facts, enforce=True, today=TODAY) for facts in known]
    verdict = max(verdicts, key=lambda v: v.action)
    problem = _difference("", case.expect, verdict)
    missing = [text for text in case.because if not _says(verdict, policy.name, text)]
    if not problem and missing:
        problem = f"  expected because: {missing[0]}\n{_because(verdict)}"
    if not problem and case.rest is not None:
        strongest = verdicts.index(verdict)
        rows = split(verdict, known[strongest].audience, read[strongest][0])
        problem = _difference(" for the rest", case.rest, rows[-1].verdict)
    if not problem and case.overall is not None:
        together = replace(policies, flows=case.flows)
        overall = [evaluate(together, facts, enforce=True, today=TODAY) for facts in known]
        strongest_of_all = max(overall, key=lambda v: v.action)
        problem = _difference(" of all policies", case.overall, strongest_of_all)
    return Result(case.policy, case.name, case.file, case.line, problem)


def junit(results: Iterable[Result]) -> str:
    """The results as JUnit XML, a suite for each policy."""
    root = ET.Element("testsuites")
    suites: dict[str, ET.Element] = {}
    for result in results:
        if result.policy not in suites:
            suites[result.policy] = ET.SubElement(root, "testsuite", name=result.policy)
        case = ET.SubElement(
            suites[result.policy],
            "testcase",
            classname=result.policy,
            name=result.name,
            file=str(result.file),
            line=str(result.line),
        )
        if not result.passed:
            failure = ET.SubElement(case, "failure", message=result.problem.splitlines()[0].strip())
            failure.text = str(result)
    for suite in suites.values():
        suite.set("tests", str(len(suite)))
        suite.set("failures", str(len(suite.findall("testcase/failure"))))
    return ET.tostring(root, encoding="unicode", xml_declaration=True)


def _untested(policy: Policy, directory: Path) -> Result:
    """A policy that has no cases fails."""
    file = directory / f"{policy.name}{TEST_SUFFIX}"
    text = "  there is no such file; write a case on each side of every line the policy draws"
    return Result(policy.name, "has tests", file, 1, text)


def _orphans(directory: Path, policies: Policies) -> list[Result]:
    """Tests of policies that are not there: renamed, perhaps, and no longer tested."""
    known = {policy.name for policy in policies.policies}
    names = [(file, file.name.removesuffix(TEST_SUFFIX)) for file in directory.glob("*.test.yaml")]
    return [
        Result(name, "has a policy", file, 1, f"  there is no {name}.yaml beside it")
        for file, name in sorted(names)
        if name not in known
    ]


def _case(source: Source, i: int, wrong: list[Problem]) -> Iterator[Case]:
    """The case at an index; what is wrong with it goes to `wrong`."""
    item = source.data[i]
    if not isinstance(item, dict):
        wrong.append(source.problem((i,), "a test is a mapping", "start it with `- name: …`"))
        return
    before = len(wrong)
    given: list[tuple[Place, object]] = [
        ((i, "mails", n), each) for n, each in enumerate(_list(item.get("mails")))
    ]
    if "mail" in item:
        given.append(((i, "mail"), item["mail"]))
    mails = [one for place, each in given for one in _mails(source, place, each, wrong)]
    flows: list[Flow] = []
    try:
        checked = CaseFile.model_validate(item)
        flows += [TrialFlow.model_validate(checked.flow).flow()] if checked.flow else []
    except ValidationError as error:
        at_flow = error.title == TrialFlow.__name__
        place: Place = (i, "flow") if at_flow else (i,)
        wrong += yamlfile.problems(source, place, error, TrialFlow if at_flow else CaseFile, "key")
    if len(wrong) > before:
        return
    yield Case(
        policy=source.file.name.removesuffix(TEST_SUFFIX),
        name=checked.name,
        file=source.file,
        line=source.line((i,)),
        mails=tuple(mails),
        expect=Action.named(checked.expect),
        because=checked.because,
        rest=Action.named(checked.rest) if checked.rest else None,
        overall=Action.named(checked.overall) if checked.overall else None,
        flows=tuple(flows),
    )


def _list(value: object) -> list[object]:
    """A list; that it is none, the model of the case says."""
    return value if isinstance(value, list) else []


def _mails(source: Source, place: Place, given: object, wrong: list[Problem]) -> tuple[Mail, ...]:
    """The mails that one description stands for."""
    if not isinstance(given, dict):
        return ()
    try:
        return Mail.model_validate(given).each()
    except ValidationError as error:
        wrong += yamlfile.problems(source, place, error, Mail, "key", MODELS)
        return ()


def _difference(whose: str, expected: Action, verdict: Verdict) -> str:
    """How a verdict differs from the expected action, over a few lines; "" when it does not."""
    if verdict.action is expected:
        return ""
    return (
        f"  expected{whose}: {expected.label}\n"
        f"  got{whose}:      {verdict.action.label}\n{_because(verdict)}"
    )


def _because(verdict: Verdict) -> str:
    lines = [
        f"    {match.policy}: {reason.text}"
        for match in verdict.matches
        for reason in match.reasons
    ]
    return "\n".join(["  because:", *lines]) if lines else "  nothing matched"


def _says(verdict: Verdict, policy: str, because: str) -> bool:
    """Whether a policy matched, or gave such a reason: `name`, `name: reason`, or `reason` of the
    policy that is tested."""
    for match in verdict.matches:
        if because == match.policy:
            return True
        texts = [reason.text for reason in match.reasons]
        if because.startswith(f"{match.policy}: "):
            because_of_it = because.removeprefix(f"{match.policy}: ")
            return any(because_of_it in text for text in texts)
        if match.policy == policy and any(because in text for text in texts):
            return True
    return False
