"""What is read, how long, and what is looked for: sections `inspect`, `detectors`, `gaps`."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field, field_validator, model_validator

from dlpguard.config._values import Duration, Section
from dlpguard.conventions import Custom, Validator


class Inspect(Section):
    """How much one message may cost, and how many are inspected at once."""

    workers: int = Field(2, gt=0, le=64)
    """messages read at a time; one for each core is right"""
    seconds: Duration = 60.0
    """for one message"""
    document_seconds: Duration = 30.0
    """for one attachment"""
    document_cpu: Duration = 15.0
    """of CPU for one attachment"""
    memory: int = Field(1 << 30, gt=0)
    """bytes for one worker"""
    messages_per_worker: int = Field(500, gt=0)
    """then it is replaced; `1` gives every message a fresh one"""


class CustomDetector(Section):
    """A kind of finding of the organisation's own; `detectors.Custom` says what the keys mean."""

    name: str
    """the kind, in small letters, digits and `_`; not that of a kind which is built in"""
    pattern: str
    """for google-re2, without look-around and back-references. A match must stand alone, not be
    part of a longer word or number. `(?i)` makes capitals and small letters the same"""
    support: tuple[str, ...] = ()
    """words nearby that make a match sure; without one of them it is believed little. With no words
    a match is always sure. They are headings of columns as well"""
    validator: Literal["none", "luhn", "mod11", "mod97"] = "none"
    """check digits that a match must have: `"luhn"` (cards), `"mod11"` (ISBN, NHS numbers) or
    `"mod97"` (ISO 7064)"""
    private: bool = False
    """whoever it stands beside is a private person"""
    strong: bool = False
    """it tells by itself who somebody is"""


class Detectors(Section):
    """What is looked for besides what dlpguard knows."""

    custom: tuple[CustomDetector, ...] = ()
    """kinds of your own; tables as above, with the keys below"""

    @field_validator("custom")
    @classmethod
    def _can_be_used(cls, chosen: tuple[CustomDetector, ...]) -> tuple[CustomDetector, ...]:
        if faults := _faults(chosen):
            raise ValueError("; ".join(faults))
        return chosen


class Gaps(Section):
    """Kinds of gaps that an organisation accepts, by format: `too-large = ["mp4"]`."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=lambda name: name.replace("_", "-")
    )

    corrupt: tuple[str, ...] = ()
    """damaged"""
    too_large: tuple[str, ...] = ()
    """beyond a limit of size"""
    too_deep: tuple[str, ...] = ()
    """nested beyond a limit"""
    too_slow: tuple[str, ...] = ()
    """beyond a limit of time"""
    crashed: tuple[str, ...] = ()
    """the reader crashed on it twice"""

    @model_validator(mode="before")
    @classmethod
    def _as_in_the_file(cls, values: object) -> object:
        """A name in the environment cannot have a hyphen: `DLPGUARD_GAPS__TOO_LARGE`."""
        if not isinstance(values, dict):
            return values
        environment_last = sorted(values.items(), key=lambda item: "_" in item[0])
        return {name.replace("_", "-"): formats for name, formats in environment_last}


def customs(chosen: tuple[CustomDetector, ...]) -> tuple[Custom, ...]:
    """The organisation's own kinds of findings, as detectors take them."""
    return tuple(
        Custom(c.name, c.pattern, c.support, Validator(c.validator), c.private, c.strong)
        for c in chosen
    )


def _faults(chosen: tuple[CustomDetector, ...]) -> list[str]:
    """What is wrong with the organisation's own detectors, each with its name and key."""
    if not chosen:
        return []
    from dlpguard import detectors  # noqa: PLC0415 - 100 ms for the few that have some

    return [
        f"{key} of “{chosen[index].name}”: {what}"
        for index, key, what in detectors.problems(customs(chosen))
    ]
