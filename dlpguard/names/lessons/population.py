"""Names for invented people: of the communities that live in Britain, common, rare and unknown.

From the lists written by hand (`lists/`), one community at a time, and from the name table, with
those that are also words ("Grace", "Young", "Hall").
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dlpguard.names.gazetteer import Word, words_of
from dlpguard.names.lessons.draw import Draw

_LISTS = Path(__file__).parents[1] / "lists"
_PARTICLES = (
    "van", "van der", "de", "de la", "von", "al-", "bin", "ap", "da", "dos", "di", "Mac", "Ní", "Ó",
)  # fmt: skip
_SYLLABLES = (
    "ba", "dru", "ke", "lo", "mi", "no", "sha", "ti", "vor", "zan", "gwe", "ryk", "ola", "eni",
    "szy", "chu", "fe", "hal", "imo", "jas",
)  # fmt: skip

Names = tuple[str, ...]


class Population:
    """Where first names and surnames are drawn from."""

    def __init__(self) -> None:
        self._forenames = (
            (45, _communities("forenames.txt")),
            (25, (_known(lambda w: w.first >= 3 and w.common >= 2),)),
            (25, (_known(lambda w: w.first >= 3 and w.common <= 1),)),
        )
        self._surnames = (
            (40, _communities("surnames.txt")),
            (20, (_known(lambda w: w.last >= 3 and w.common == 1),)),
            (15, (_known(lambda w: w.last >= 2 and w.common >= 2),)),
            (17, (_known(lambda w: w.last == 4 and w.common == 0),)),
        )

    def forename(self, draw: Draw) -> str:
        """A first name."""
        return _drawn(self._forenames, draw)

    def surname(self, draw: Draw) -> str:
        """A surname: sometimes double-barrelled, sometimes with a particle."""
        name = _drawn(self._surnames, draw)
        kind = draw.below(100)
        if kind < 6:
            return f"{name}-{_drawn(self._surnames, draw)}"
        if kind < 9:
            particle = draw.one(_PARTICLES)
            return particle + name if particle.endswith("-") else f"{particle} {name}"
        return f"O’{name}" if kind < 10 else name

    def full_name(self, draw: Draw) -> str:
        """First names or initials, and a surname."""
        first, last = self.forename(draw), self.surname(draw)
        kind = draw.below(100)
        if kind < 6:
            return f"{first} {self.forename(draw)} {last}"
        if kind < 11:
            return f"{first} {initials(draw)[:2]} {last}"
        return f"{initials(draw)} {last}" if kind < 16 else f"{first} {last}"


def initials(draw: Draw) -> str:
    """One or two initials: "J.R.", "J R"."""
    letters = [draw.one("ABCDEFGHJKLMNPRSTW") for _ in range(1 + draw.chance(30))]
    return "".join(f"{letter}." for letter in letters) if draw.chance(70) else " ".join(letters)


def _drawn(sources: tuple[tuple[int, tuple[Names, ...]], ...], draw: Draw) -> str:
    """A name of one of the sources, by their shares of a hundred; the rest are in no list."""
    kind = draw.below(100)
    for share, groups in sources:
        kind -= share
        if kind < 0:
            name = draw.one(draw.one(groups))
            return name.title() if name.islower() else name
    return "".join(draw.one(_SYLLABLES) for _ in range(2 + draw.below(3))).title()


def _communities(file: str) -> tuple[Names, ...]:
    """The names of a list, one tuple a community."""
    sections: list[list[str]] = [[]]
    for line in (_LISTS / file).read_text("utf-8").splitlines():
        if line.startswith("#"):
            sections.append([])
        else:
            sections[-1].extend(line.split())
    return tuple(tuple(names) for names in sections if names)


def _known(wanted: Callable[[Word], bool]) -> Names:
    return tuple(sorted(word for word in words_of(wanted) if len(word) > 2))
