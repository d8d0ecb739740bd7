"""Tests of policies: `<name>.test.yaml` beside `<name>.yaml`.

Each case describes a mail and what is expected of the policy beside it, alone with the floor, so
that a new policy does not break the tests of the others; `overall` says what all policies of the
directory do together.  How mail is inspected comes in as an argument.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dlpguard.errors import ConfigurationError
from dlpguard.facts import Facts
from dlpguard.mail import Envelope
from dlpguard.policy import language, yamlfile
from dlpguard.policy.evaluate import evaluate
from dlpguard.policy.language import TEST_SUFFIX, Mode, Policies, Policy
from dlpguard.policy.trialmail import MODELS, Mail, build
from dlpguard.policy.yamlfile import Source
from dlpguard.verdict import Action, Verdict

Inspect = Callable[[bytes, Envelope], Facts]
"""Reads a message: the worker's half of `inspection`, set up for `trialmail.ORGANISATION`."""

_Label = Literal["allow", "tag", "confirm", "quarantine", "reject"]


class CaseFile(BaseModel):
    """One case as it stands in a test file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    mail: dict[str, Any]
    expect: _Label
    because: str = ""
    overall: _Label | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One case: a mail, and the action it should meet.

    `because` is the name of a policy that has to match, or a part of a reason that has to be given.
    """

    policy: str
    name: str
    file: Path
    line: int
    mail: Mail
    expect: Action
    because: str = ""
    overall: Action | None = None


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


def run(directory: Path, inspect: Inspect, attachments: Path) -> list[Result]:
    """Every case of every policy in a directory, in order; a policy without cases fails.

    Files that cases only name are looked up in `attachments`.  `ConfigurationError` when a policy
    or a test file is wrong.
    """
    policies = language.load(directory)
    return [
        result
        for policy in policies.policies
        for result in _results(policy, policies, directory, inspect, attachments)
    ] + _orphans(directory, policies)


def cases(file: Path) -> list[Case]:
    """The cases in a test file.  `ConfigurationError` lists everything wrong with them."""
    source = yamlfile.read(file)
    if not isinstance(source.data, list) or not source.data:
        text = "tests are a list; start each with `- name: …`"
        raise ConfigurationError(source.problem((), text))
    problems: list[str] = []
    found = [case for i in range(len(source.data)) for case in _case(source, i, problems)]
    if problems:
        raise ConfigurationError("\n".join(problems))
    return found


def check(case: Case, policy: Policy, policies: Policies, facts: Facts) -> Result:
    """Whether a policy, and all of them together, do with these facts what the case expects."""
    # What only observes is tested as if it acted: otherwise its tests could not fail.
    alone = Policies((replace(policy, mode=Mode.ENFORCE),))
    verdict = evaluate(alone, facts, enforce=True)
    problem = _difference("", case.expect, verdict)
    if not problem and case.because and not _says(verdict, case.because):
        problem = f"  expected because: {case.because}\n{_because(verdict)}"
    if not problem and case.overall is not None:
        overall = evaluate(policies, facts, enforce=True)
        problem = _difference(" of all policies", case.overall, overall)
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


def _results(
    policy: Policy, policies: Policies, directory: Path, inspect: Inspect, attachments: Path
) -> Iterator[Result]:
    file = directory / f"{policy.name}{TEST_SUFFIX}"
    if not file.is_file():
        text = "  there is no such file; write a case on each side of every line the policy draws"
        yield Result(policy.name, "has tests", file, 1, text)
        return
    for case in cases(file):
        try:
            raw, envelope = build(case.mail, attachments)
        except ConfigurationError as error:
            raise ConfigurationError(f"{file}:{case.line}: {error}") from None
        yield check(case, policy, policies, inspect(raw, envelope))


def _orphans(directory: Path, policies: Policies) -> list[Result]:
    """Tests of policies that are not there: renamed, perhaps, and no longer tested."""
    known = {policy.name for policy in policies.policies}
    names = [(file, file.name.removesuffix(TEST_SUFFIX)) for file in directory.glob("*.test.yaml")]
    return [
        Result(name, "has a policy", file, 1, f"  there is no {name}.yaml beside it")
        for file, name in sorted(names)
        if name not in known
    ]


def _case(source: Source, i: int, problems: list[str]) -> Iterator[Case]:
    """The case at an index; what is wrong with it goes to `problems`."""
    item = source.data[i]
    if not isinstance(item, dict):
        problems.append(source.problem((i,), "a test is a mapping; start it with `- name: …`"))
        return
    try:
        checked = CaseFile.model_validate(item)
    except ValidationError as error:
        problems += yamlfile.problems(source, (i,), error, CaseFile, "key")
        return
    try:
        mail = Mail.model_validate(checked.mail)
    except ValidationError as error:
        problems += yamlfile.problems(source, (i, "mail"), error, Mail, "key", MODELS)
        return
    yield Case(
        policy=source.file.name.removesuffix(TEST_SUFFIX),
        name=checked.name,
        file=source.file,
        line=source.line((i,)),
        mail=mail,
        expect=Action.named(checked.expect),
        because=checked.because,
        overall=Action.named(checked.overall) if checked.overall else None,
    )


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


def _says(verdict: Verdict, because: str) -> bool:
    return any(
        because == match.policy or any(because in reason.text for reason in match.reasons)
        for match in verdict.matches
    )
