"""What an organisation tells its detectors.

It stands apart from them: the relay's own process passes it on, and never loads a detector.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Validator(StrEnum):
    """The check digits that a pattern of an administrator may ask for (`_check_digits`)."""

    NONE = "none"
    LUHN = "luhn"
    MOD11 = "mod11"
    MOD97 = "mod97"


@dataclass(frozen=True, slots=True)
class Custom:
    """A kind of finding that an administrator adds (settings, `detectors.custom`).

    `name` is the kind, `pattern` for google-re2.  With `support` words a match is HIGH beside one
    of them and LOW without; with none it is HIGH wherever it stands alone.  `private` and
    `strong` mean what they mean for a `Detector`.
    """

    name: str
    pattern: str
    support: tuple[str, ...] = ()
    validator: Validator = Validator.NONE
    private: bool = False
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Setup:
    """The organisation's own conventions.

    `phone_region` is an ISO 3166 code ("GB"): where a number without a country code is dialled,
    and whether 03/02/1984 is in February (everywhere but in the US).  `case_references` are
    patterns for google-re2, each for one whole reference (`ILS/\\d{4}/\\d{5}`).  `custom` have
    passed `detectors.problems`.
    """

    phone_region: str = "GB"
    case_references: tuple[str, ...] = ()
    custom: tuple[Custom, ...] = ()
