"""Policy files: one YAML file per policy, its name the file's name.

`load` reads a directory.  Whatever is wrong in any file is said at once, each problem with file,
line, column and what to do about it, and a bad file never replaces a good set.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dlpguard.errors import ConfigurationError
from dlpguard.facts import Facts
from dlpguard.policy import yamlfile
from dlpguard.policy.grammar import CONDITIONS
from dlpguard.policy.yamlfile import Place, Source, suggestion
from dlpguard.verdict import Action, Reason

FLOOR = "floor"
"""The name that matches of the built-in floor bear; no policy can have it."""

NOT_POLICIES = frozenset({"flows.yaml"})
"""Files of a policy directory that are not policies."""

TEST_SUFFIX = ".test.yaml"
"""How the name of a policy's tests ends."""


class AppliesTo(StrEnum):
    """Which recipients a policy's action is for."""

    EVERYONE = "everyone"
    OUTSIDE = "outside"


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
    """The policies in force; `digest` (SHA-256 over names and bytes, hexadecimal) names them."""

    policies: tuple[Policy, ...] = ()
    digest: str = ""


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


def load(directory: Path) -> Policies:
    """The policies in a directory, by name.  `ConfigurationError` lists everything wrong."""
    if not directory.is_dir():
        raise ConfigurationError(f"{directory}: no such directory; name one that holds policies")
    files = policy_files(directory)
    if not files:
        raise ConfigurationError(f"{directory}: holds no policy; a policy is a file <name>.yaml")
    problems = [
        f"{file}: would not be read; rename it to {file.stem}.yaml"
        for file in sorted(directory.glob("*.yml"))
    ]
    policies = []
    digest = hashlib.sha256()
    for file in files:
        try:
            policies.append(read(file))
            content = file.read_bytes()
        except ConfigurationError as error:
            problems.append(str(error))
            continue
        # Lengths in front, so that no two sets of files run together into the same bytes.
        digest.update(f"{len(file.name)} {file.name} {len(content)} ".encode() + content)
    if problems:
        raise ConfigurationError("\n".join(problems))
    return Policies(tuple(policies), digest.hexdigest())


def policy_files(directory: Path) -> list[Path]:
    """The files of a directory that hold a policy, by name."""
    return sorted(
        file
        for file in directory.glob("*.yaml")
        if not file.name.endswith(TEST_SUFFIX) and file.name not in NOT_POLICIES
    )


def read(file: Path) -> Policy:
    """The policy in a file.  `ConfigurationError` lists everything wrong with it."""
    name = file.stem
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,79}", name) or name == FLOOR:
        raise ConfigurationError(
            f"{file}: a policy cannot be called `{name}`; use small letters, digits and hyphens "
            f"(and not `{FLOOR}`, which is built in)"
        )
    source = yamlfile.read(file)
    if not isinstance(source.data, dict):
        raise ConfigurationError(
            source.problem((), "a policy is a mapping; start with `title: …`, `why: …`, `when:`")
        )
    problems: list[str] = []
    conditions = {
        key: tuple(_conditions(source, (key,), source.data.get(key), problems))
        for key in ("when", "unless")
    }
    try:
        checked = PolicyFile.model_validate(source.data)
    except ValidationError as error:
        problems += yamlfile.problems(source, (), error, PolicyFile, "key")
    else:
        if checked.approvals > 1 and checked.then != "quarantine":
            problems.append(
                source.problem(
                    ("approvals",),
                    f"`approvals` is for what is held, but `then` is `{checked.then}`; remove it "
                    "or write `then: quarantine`",
                    key=True,
                )
            )
    if problems:
        raise ConfigurationError("\n".join(problems))
    return Policy(
        name=name,
        title=checked.title.strip(),
        why=" ".join(checked.why.split()),
        when=conditions["when"],
        then=Action.named(checked.then),
        unless=conditions["unless"],
        approvals=checked.approvals,
        severity=checked.severity,
        queue=checked.queue,
        applies_to=checked.applies_to,
        mode=checked.mode,
    )


def _conditions(
    source: Source, place: Place, given: object, problems: list[str]
) -> Iterator[Condition | AnyOf]:
    """The conditions in a list; what is wrong with one goes to `problems`.

    That it is no list is said by the model of the file, or by who asked.
    """
    if not isinstance(given, list):
        return
    for i, item in enumerate(given):
        yield from _condition(source, (*place, i), item, problems)


def _condition(
    source: Source, place: Place, given: object, problems: list[str]
) -> Iterator[Condition | AnyOf]:
    """One condition: `name`, `name: {parameter: value}`, `name: value` or `any: [conditions]`."""
    if isinstance(given, str):
        given = {given: {}}
        name_place = place
    elif isinstance(given, dict) and len(given) == 1:
        name_place = (*place, *given)
    else:
        text = "a condition is one name with its parameters, such as `- reach: {at_least: 10}`"
        if isinstance(given, dict) and given:
            text += "; start each condition on a line of its own with `- `"
        problems.append(source.problem(place, text))
        return
    [(name, value)] = given.items()
    if name == "any":
        if not isinstance(value, list) or not value:
            text = "`any` must be a list of conditions, each on a line of its own with `- `"
            problems.append(source.problem(name_place, text, key=True))
            return
        yield AnyOf(tuple(_conditions(source, name_place, value, problems)))
        return
    if name not in CONDITIONS:
        text = f"unknown condition `{name}`; {suggestion(name, ['any', *CONDITIONS])}"
        problems.append(source.problem(name_place, text, key=True))
        return
    try:
        yield Condition(name, _arguments(source, name_place, name, value))
    except ConfigurationError as error:
        problems.append(str(error))


def _arguments(source: Source, place: Place, name: str, value: object) -> dict[str, Any]:
    """The checked arguments of a condition; only those that were given."""
    grammar = CONDITIONS[name]
    if not isinstance(value, dict):
        if not grammar.first:
            text = f"`{name}` takes no parameters; write `- {name}`"
            raise ConfigurationError(source.problem(place, text))
        if value is None:
            text = f"`{name}:` is empty; write `- {name}: {{{grammar.first}: …}}`"
            raise ConfigurationError(source.problem(place, text, key=True))
        value = {grammar.first: value}
    try:
        model = grammar.model.model_validate(value)
    except ValidationError as error:
        what = f"parameter of `{name}`"
        found = yamlfile.problems(source, place, error, grammar.model, what)
        raise ConfigurationError("\n".join(found)) from None
    return {key: getattr(model, key) for key in model.model_fields_set}
