"""Finding the mail: each message's place, in the order in which they were sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dlpguard.errors import ConfigurationError
from dlpguard.replay import sources
from dlpguard.replay.headings import HEADER_BYTES, glance, is_from
from dlpguard.replay.sources import Place

BEGINNING = 16 * 1024
"""Bytes in which nearly every header ends."""

Progress = Callable[[str, int, int], None]
"""Hears what is done ("Reading"), how much of it has been done, and how much there is (0: nobody
knows yet)."""


@dataclass(frozen=True, slots=True)
class Found:
    """What there is: each message's place, in the order in which they were sent.

    `files`: how many of each kind hold them.  Left out are messages of other senders (`others`)
    and what begins with no header (`unusable`); `undated` have their file's time.
    """

    order: tuple[tuple[float, Place], ...] = field(repr=False)
    kinds: tuple[tuple[str, int], ...]
    others: int
    unusable: int
    undated: int


def survey(paths: Sequence[Path], senders: tuple[str, ...], now: float, say: Progress) -> Found:
    """Find the mail and put it in order.  `ConfigurationError` when there is none."""
    order: list[tuple[float, Place]] = []
    kinds: Counter[str] = Counter()
    others = unusable = undated = 0
    for number, place in enumerate(sources.find(paths), 1):
        say("Finding mail", number, 0)
        seen = glance(_header(place), now)
        if seen is None:
            unusable += 1
        elif not is_from(seen.sender, senders):
            others += 1
        else:
            undated += seen.when is None
            when = place.file.stat().st_mtime if seen.when is None else seen.when
            kinds[place.kind.value] += 1
            order.append((when, place))
    if not order:
        raise _no_mail(senders, others, unusable)
    order.sort(key=lambda each: each[0])  # those of one second stay in the order of their places
    return Found(tuple(order), tuple(sorted(kinds.items())), others, unusable, undated)


def _header(place: Place) -> bytes:
    beginning = sources.content(place, BEGINNING)
    return beginning if b"\r\n\r\n" in beginning else sources.content(place, HEADER_BYTES)


def _no_mail(senders: tuple[str, ...], others: int, unusable: int) -> ConfigurationError:
    if others:
        domains = ", ".join(senders[:5])
        return ConfigurationError(
            f"all {others:,} messages are from other senders than {domains}: the relay would not "
            "take them; see organisation.domains and listen.senders"
        )
    if unusable:
        return ConfigurationError(f"none of {unusable:,} files begins with a mail's header")
    return ConfigurationError(
        "no mail found; name mbox files, Maildir folders, .eml files or folders of them"
    )
