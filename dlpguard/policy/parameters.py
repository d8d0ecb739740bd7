"""The types that parameters of conditions have: what a policy author may write for each.

They are ordinary types to the conditions; the annotations say what is accepted, how it is checked
and how it stands in the JSON Schema.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, WithJsonSchema

from dlpguard.finding import Confidence
from dlpguard.policy import words
from dlpguard.policy.yamlfile import suggestion

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Together:
    """Which parameters of a condition go together.

    `one_of`: at least one of these must be given.  `only_with`: when the first is given, no others
    may be but those that follow.
    """

    one_of: tuple[str, ...] = ()
    only_with: tuple[str, tuple[str, ...]] | None = None

    def problem(self, given: Collection[str]) -> str:
        """What is wrong with the parameters that were given, and the fix; "" when nothing is."""
        if self.one_of and not set(self.one_of) & set(given):
            names = " or ".join(f"`{name}`" for name in self.one_of)
            return f"nothing says which; give {names}"
        if self.only_with and self.only_with[0] in given:
            first, allowed = self.only_with
            wrong = [name for name in given if name not in {first, *allowed}]
            if wrong:
                others = ", ".join(f"`{name}`" for name in allowed)
                return f"`{wrong[0]}` does not go with `{first}`; beside it there may be {others}"
        return ""


UNITS = {"B": 1, "kB": 1000, "MB": 1_000_000, "GB": 1_000_000_000}
"""Units of size: powers of ten, as mail programs and administrators count."""


def _several(value: object) -> object:
    """One value as a list of one."""
    return value if isinstance(value, list | tuple) else [value]


@dataclass(frozen=True, slots=True)
class Known:
    """The names that settings give to policies: groups of senders, and kinds of their own
    (`detectors.custom`).  The context in which a file is checked."""

    groups: Collection[str] = ()
    kinds: Collection[str] = ()


NOTHING_KNOWN = Known()
"""There are no settings."""


def _kind(value: str, info: ValidationInfo) -> str:
    known: Known = info.context or NOTHING_KNOWN
    if value not in words.KINDS and value not in known.kinds:
        fix = suggestion(value, [*words.KINDS, *known.kinds])
        raise ValueError(f"nothing finds `{value}`; {fix}")
    return value


def _level(value: object) -> object:
    """The label of a confidence as the confidence."""
    if isinstance(value, Confidence):
        return value
    labels = {step.name.lower(): step for step in Confidence}
    if not isinstance(value, str) or value not in labels:
        raise ValueError(f"`{value}` is not a confidence; {suggestion(value, labels)}")
    return labels[value]


def _share(value: object) -> object:
    """`30 %` as 0.3; a number from 0 to 1 is a share already."""
    if isinstance(value, str) and (match := re.fullmatch(r"(\d{1,3}(?:\.\d{1,3})?) ?%", value)):
        value = float(match[1]) / 100
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise ValueError(f"`{value}` is not a share; write `30 %` or 0.3")
    return float(value)


def _bytes(value: object) -> object:
    """`10 MB` as 10000000; a whole number is bytes already."""
    if isinstance(value, str) and (match := re.fullmatch(r"(\d{1,12}) ?(B|kB|MB|GB)", value)):
        return int(match[1]) * UNITS[match[2]]
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"`{value}` is not a size; write `10 MB`, `500 kB` or a number of bytes")
    return value


def _window(value: object) -> object:
    if value != WINDOW or isinstance(value, bool):
        raise ValueError(f"nothing is known about {value} days; write {WINDOW}")
    return value


def _group(value: str, info: ValidationInfo) -> str:
    """A group that the settings name."""
    known = (info.context or NOTHING_KNOWN).groups
    if value in known:
        return value
    fix = suggestion(value, known) if known else "the settings have none"
    raise ValueError(
        f"no group is called `{value}`; {fix} (groups stand in the settings, [organisation.groups])"
    )


WINDOW = 30
"""Days over which people are united in mail to one mailbox: as long as the store keeps who they
were (DESIGN 10), so no other window can be answered."""

Count = Annotated[int, Field(ge=1, strict=True)]
"""How many: a whole number from 1."""

Flag = Annotated[bool, Field(strict=True)]
"""true or false."""

Word = Annotated[str, Field(min_length=1)]
"""A text that is not empty."""

Window = Annotated[int, BeforeValidator(_window), WithJsonSchema({"const": WINDOW})]
"""A number of days; there is only one."""

Group = Annotated[Word, AfterValidator(_group)]
"""The name of a group of senders in the settings."""

Registered = Literal["registered", "shown"]
"""How far a registered flow goes: it lets the message pass (`flow: registered`), or also lets its
recipients see each other's addresses (`flow: shown`)."""

ALONE = "x-alone"
"""Marks, in a JSON Schema, a list whose only item may stand without it."""

Several = Annotated[
    tuple[_T, ...],
    BeforeValidator(_several),
    Field(min_length=1, json_schema_extra={ALONE: True}),
]
"""A list that is not empty; one item may stand on its own."""

Kind = Annotated[
    str,
    AfterValidator(_kind),
    WithJsonSchema({"type": "string", "enum": list(words.KINDS)}),
]
"""A kind of finding: the KIND of a detector."""

Level = Annotated[
    Confidence,
    BeforeValidator(_level),
    WithJsonSchema({"type": "string", "enum": [step.name.lower() for step in Confidence]}),
]
"""low, medium or high."""

Share = Annotated[
    float,
    BeforeValidator(_share),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
                {"type": "string", "pattern": r"^[0-9]{1,3}(\.[0-9]{1,3})? ?%$"},
            ]
        }
    ),
]
"""A share: `30 %` or 0.3."""

Bytes = Annotated[
    int,
    BeforeValidator(_bytes),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1},
                {"type": "string", "pattern": "^[0-9]{1,12} ?(B|kB|MB|GB)$"},
            ]
        }
    ),
]
"""A size: `10 MB`, `500 kB` or a number of bytes."""
