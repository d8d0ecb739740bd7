"""Policy files: one YAML file per policy, its name the file's name.

`load` reads a directory, flows included.  Whatever is wrong in any file is said at once, each
problem with file, line, column and what to do about it, and a bad file never replaces a good set.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dlpguard.facts import Facts
from dlpguard.policy import flowfile, snapshot, yamlfile
from dlpguard.policy.flows import Flow
from dlpguard.policy.grammar import CONDITIONS
from dlpguard.policy.parameters import NOTHING_KNOWN, Known
from dlpguard.policy.problem import PolicyError, Problem
from dlpguard.policy.splitting import AppliesTo
from dlpguard.policy.yamlfile import Place, Source, suggestion
from dlpguard.verdict import Action, Reason

FLOOR = "floor"
"""The name that matches of the built-in floor bear; no policy can have it."""

NOT_POLICIES = frozenset({flowfile.NAME})
"""Files of a policy directory that are not policies."""

TEST_SUFFIX = ".test.yaml"
"""How the name of a policy's tests ends."""


class Mode(StrEnum):
    """Whether a policy acts or is only recorded."""

    ENFORCE = "enforce"
    OBSERVE = "observe"


class Severity(StrEnum):
    """How urgent a match is for a reviewer, least urgent first."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition with the arguments that a policy gives it."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)

    def reasons(self, facts: Facts) -> list[Reason]:
        """Why it holds; none: it does not."""
        return CONDITIONS[self.name].function(facts, **self.arguments)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Conditions of which one is enough."""

    conditions: tuple[Condition | AnyOf, ...]

    def reasons(self, facts: Facts) -> list[Reason]:
        """The reasons of those that hold; none: none does."""
        return [reason for c in self.conditions for reason in c.reasons(facts)]


@dataclass(frozen=True, slots=True)
class Policy:
    """What one file says.  All of `when` must hold, and none of `unless`."""

    name: str
    title: str
    why: str
    when: tuple[Condition | AnyOf, ...]
    then: Action
    unless: tuple[Condition | AnyOf, ...] = ()
    approvals: int = 1
    severity: Severity = Severity.NORMAL
    queue: str = "reviewers"
    applies_to: AppliesTo = AppliesTo.EVERYONE
    mode: Mode = Mode.ENFORCE


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies in force, the registered flows, and the groups of senders that they know.

    `groups` are patterns of addresses by the group's name.  `digest` (SHA-256, hexadecimal) is of
    the names and bytes of all files, and of the groups.
    """

    policies: tuple[Policy, ...] = ()
    digest: str = ""
    flows: tuple[Flow, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)

    def in_effect(self, *, enforce: bool, accepted_gaps: AbstractSet[tuple[str, str]]) -> str:
        """A digest of all that decides beside the message and the day: recorded with verdicts."""
        mode = Mode.ENFORCE if enforce else Mode.OBSERVE
        gaps = " ".join(f"{why}/{kind}" for why, kind in sorted(accepted_gaps))
        return hashlib.sha256(f"{self.digest} {mode} {gaps}".encode()).hexdigest()


class PolicyFile(BaseModel):
    """A dlpguard policy: what must not leave unseen, why, and what happens to it instead."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=1, description="One line that says what the policy is for.")
    why: str = Field(
        min_length=1, description="The reason, written for the person whose mail was stopped."
    )
    when: list[Any] = Field(min_length=1, description="Conditions that must all hold.")
    unless: list[Any] = Field(
        [], description="Exceptions: when any of them holds, the policy does not apply."
    )
    then: Literal["tag", "confirm", "quarantine", "reject"] = Field(
        description="What happens: the strongest action of all policies that match wins."
    )
    approvals: int = Field(
        1, ge=1, le=4, strict=True, description="How many different people release it (quarantine)."
    )
    severity: Severity = Field(Severity.NORMAL, description="How urgent it is for a reviewer.")
    queue: str = Field(
        "reviewers",
        pattern=r"^[a-z][a-z0-9-]{0,39}$",
        description="The group of reviewers that it goes to.",
    )
    applies_to: AppliesTo = Field(
        AppliesTo.EVERYONE, description="The recipients that the action is for."
    )
    mode: Mode = Field(Mode.ENFORCE, description="observe: matches are recorded, nothing is done.")


def load(
    directory: Path,
    groups: Mapping[str, tuple[str, ...]] | None = None,
    kinds: Collection[str] = (),
) -> Policies:
    """The policies and flows in a directory.  `PolicyError` lists everything wrong.

    `groups` are those of the settings: patterns of addresses by name; `kinds` are the kinds that
    only the settings know (`detectors.custom`).
    """
    groups = dict(groups or {})
    known = Known(tuple(groups), tuple(kinds))
    taken = snapshot.take(directory)
    files = {file: content for file, content in taken.files.items() if _is_policy(file)}
    if not any(map(_is_policy, (*files, *(problem.file for problem in taken.wrong)))):
        fix = "a policy is a file <name>.yaml"
        raise PolicyError([Problem(directory, 0, 0, "holds no policy", fix)])
    wrong = [
        *(
            Problem(file, 0, 0, "would not be read", f"rename it to {file.stem}.yaml")
            for file in sorted(directory.glob("*.yml"))
        ),
        *(problem for problem in taken.wrong if not _is_test(problem.file)),
    ]
    policies: list[Policy] = []
    flows: tuple[Flow, ...] = ()
    for file, content in files.items():
        try:
            policies.append(parse(yamlfile.parse(file, content), known))
        except PolicyError as error:
            wrong += error.problems
    flow_file = directory / flowfile.NAME
    if flow_file in taken.files:
        files[flow_file] = taken.files[flow_file]
        try:
            flows = flowfile.parse(yamlfile.parse(flow_file, files[flow_file]), known)
        except PolicyError as error:
            wrong += error.problems
    if wrong:
        raise PolicyError(wrong)
    return Policies(tuple(policies), _digest(files, groups), flows, groups)


def digest(directory: Path, groups: Mapping[str, tuple[str, ...]]) -> str:
    """What `Policies.digest` would be after `load`, without reading what the files say.

    `PolicyError` when the directory cannot be read.
    """
    taken = snapshot.take(directory).files
    files = {file: content for file, content in taken.items() if _is_policy(file)}
    flows = directory / flowfile.NAME
    return _digest(files | ({flows: taken[flows]} if flows in taken else {}), groups)


def policy_files(directory: Path) -> list[Path]:
    """The files of a directory that hold a policy, by name."""
    return sorted(filter(_is_policy, directory.glob("*.yaml")))


def _is_policy(file: Path) -> bool:
    return file.name not in NOT_POLICIES and not _is_test(file)


def _is_test(file: Path) -> bool:
    return file.name.endswith(TEST_SUFFIX)


def read(file: Path, known: Known = NOTHING_KNOWN) -> Policy:
    """The policy in a file.  `PolicyError` lists everything wrong with it.

    `known` are the names that the settings give, and that it may speak of.
    """
    return parse(yamlfile.read(file), known)


def parse(source: Source, known: Known = NOTHING_KNOWN) -> Policy:
    """The policy in what was read of a file, called as the file is.

    `PolicyError` lists everything wrong with it.
    """
    file = source.file
    name = file.stem
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,79}", name) or name == FLOOR:
        what = f"a policy cannot be called `{name}`"
        fix = f"use small letters, digits and hyphens (`{FLOOR}` is built in)"
        raise PolicyError([Problem(file, 0, 0, what, fix)])
    if source.data is None:
        raise PolicyError([source.problem((), "the file is empty", "start with `title: …`")])
    if not isinstance(source.data, dict):
        fix = "start with `title: …`, `why: …`, `when:`"
        raise PolicyError([source.problem((), "a policy is a mapping", fix)])
    reading = _Reading(source, known)
    when, unless = (tuple(reading.conditions((k,), source.data.get(k))) for k in ("when", "unless"))
    wrong = reading.wrong
    try:
        checked = PolicyFile.model_validate(source.data)
    except ValidationError as error:
        raise PolicyError(
            [*wrong, *yamlfile.problems(source, (), error, PolicyFile, "key")]
        ) from None
    if checked.approvals > 1 and checked.then != "quarantine":
        what = f"`approvals` is for what is held, but `then` is `{checked.then}`"
        fix = "remove it, or write `then: quarantine`"
        wrong.append(source.problem(("approvals",), what, fix, key=True))
    if wrong:
        raise PolicyError(wrong)
    return Policy(
        name=name,
        title=checked.title.strip(),
        why=" ".join(checked.why.split()),
        when=when,
        then=Action.named(checked.then),
        unless=unless,
        approvals=checked.approvals,
        severity=checked.severity,
        queue=checked.queue,
        applies_to=checked.applies_to,
        mode=checked.mode,
    )


def _digest(files: Mapping[Path, bytes], groups: Mapping[str, tuple[str, ...]]) -> str:
    digest = hashlib.sha256()
    parts = [(file.name, content) for file, content in files.items()]
    parts += [(name, " ".join(groups[name]).encode()) for name in sorted(groups)]
    for name, content in parts:
        # Lengths in front, so that no two sets of files run together into the same bytes.
        digest.update(f"{len(name)} {name} {len(content)} ".encode() + content)
    return digest.hexdigest()


@dataclass(slots=True)
class _Reading:
    """The conditions of one file; what is wrong with them is collected in `wrong`."""

    source: Source
    known: Known
    wrong: list[Problem] = field(default_factory=list)

    def conditions(self, place: Place, given: object) -> Iterator[Condition | AnyOf]:
        """The conditions in a list.  That it is no list, the model of the file says."""
        if not isinstance(given, list):
            return
        for i, item in enumerate(given):
            yield from self._condition((*place, i), item)

    def _condition(self, place: Place, given: object) -> Iterator[Condition | AnyOf]:
        """One: `name`, `name: {parameter: value}`, `name: value` or `any: [conditions]`."""
        if isinstance(given, str):
            given = {given: {}}
            name_place = place
        elif isinstance(given, dict) and len(given) == 1:
            name_place = (*place, *given)
        else:
            fix = "write one name with its parameters, such as `- reach: {at_least: 10}`"
            if isinstance(given, dict) and given:
                fix += ", and start each condition on a line of its own with `- `"
            self.wrong.append(self.source.problem(place, "this is no condition", fix))
            return
        [(name, value)] = given.items()
        if name == "any":
            yield from self._any(name_place, value)
            return
        if name not in CONDITIONS:
            fix = suggestion(name, ["any", *CONDITIONS])
            what = f"unknown condition `{name}`"
            self.wrong.append(self.source.problem(name_place, what, fix, key=True))
            return
        try:
            yield Condition(name, self._arguments(name_place, name, value))
        except PolicyError as error:
            self.wrong += error.problems

    def _any(self, place: Place, value: object) -> Iterator[AnyOf]:
        if isinstance(value, list) and value:
            yield AnyOf(tuple(self.conditions(place, value)))
            return
        fix = "make it a list of conditions, each on a line of its own with `- `"
        self.wrong.append(self.source.problem(place, "`any` has no conditions", fix, key=True))

    def _arguments(self, place: Place, name: str, value: object) -> dict[str, Any]:
        """The checked arguments of a condition; only those that were given."""
        grammar = CONDITIONS[name]
        problem = self.source.problem
        if not isinstance(value, dict):
            if not grammar.first:
                what = f"`{name}` takes no parameters"
                raise PolicyError([problem(place, what, f"write `- {name}`")])
            if value is None:
                fix = f"write `- {name}: {{{grammar.first}: …}}`"
                raise PolicyError([problem(place, f"`{name}:` is empty", fix, key=True)])
            value = {grammar.first: value}
        try:
            model = grammar.model.model_validate(value, context=self.known)
        except ValidationError as error:
            what = f"parameter of `{name}`"
            found = yamlfile.problems(self.source, place, error, grammar.model, what)
            raise PolicyError(found) from None
        given = {key: getattr(model, key) for key in value}
        if wrong := grammar.together.problem(given):
            what, _, fix = wrong.partition("; ")
            raise PolicyError([problem(place, f"`{name}`: {what}", fix, key=True)])
        return given
