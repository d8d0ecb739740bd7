"""Whose mail a group of its own looks after: councillors, unions, lawyers, whistleblowers' desks.

Whatever policies say about such mail, nobody outside the group sees it (DESIGN 9).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dlpguard.policy.patterns import is_like
from dlpguard.recipients import normalise
from dlpguard.verdict import Verdict


def group_of(sender: str, groups: Mapping[str, tuple[str, ...]]) -> str:
    """The group that looks after an envelope sender's mail, "" when it is anybody's.

    `groups` are patterns of addresses by the group's name; of several that fit the first counts.
    An address with a detail (`ann+x@council.example`) is the same person's.

    >>> group_of("Ann+x@Council.example", {"members": ("ann@council.example",)})
    'members'
    >>> group_of("bob@council.example", {"members": ("ann@council.example",)})
    ''
    """
    spellings = (sender, normalise(sender)) if sender else ()
    return next(
        (
            group
            for group, patterns in groups.items()
            if any(is_like(address, pattern) for address in spellings for pattern in patterns)
        ),
        "",
    )


def assign(verdict: Verdict, group: str) -> Verdict:
    """The same verdict for a group; whatever queue the policies name.  "" changes nothing."""
    if not group:
        return verdict
    matches = tuple(replace(match, queue=group) for match in verdict.matches)
    return replace(verdict, matches=matches, queue=group)
