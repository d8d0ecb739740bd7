"""What an organisation tells its detectors."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Setup:
    """The organisation's own conventions.

    `phone_region` is an ISO 3166 code ("GB"): where a number without a country code is dialled,
    and whether 03/02/1984 is in February (everywhere but in the US).  `case_references` are
    patterns for google-re2, each for one whole reference (`ILS/\\d{4}/\\d{5}`).
    """

    phone_region: str = "GB"
    case_references: tuple[str, ...] = ()
