"""The types that parameters of conditions have: what a policy author may write for each.

They are ordinary types to the conditions; the annotations say what is accepted, how it is checked
and how it stands in the JSON Schema.
"""

from __future__ import annotations

import re
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from dlpguard.finding import Confidence
from dlpguard.policy import words
from dlpguard.policy.yamlfile import suggestion

_T = TypeVar("_T")

UNITS = {"B": 1, "kB": 1000, "MB": 1_000_000, "GB": 1_000_000_000}
"""Units of size: powers of ten, as mail programs and administrators count."""


def _several(value: object) -> object:
    """One value as a list of one."""
    return value if isinstance(value, list | tuple) else [value]


def _kind(value: str) -> str:
    if value not in words.KINDS:
        raise ValueError(f"nothing finds `{value}`; {suggestion(value, words.KINDS)}")
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


Count = Annotated[int, Field(ge=1, strict=True)]
"""How many: a whole number from 1."""

Flag = Annotated[bool, Field(strict=True)]
"""true or false."""

Word = Annotated[str, Field(min_length=1)]
"""A text that is not empty."""

Several = Annotated[tuple[_T, ...], BeforeValidator(_several), Field(min_length=1)]
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
