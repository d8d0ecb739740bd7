"""PowerPoint presentations (pptx, pptm, ppsx): slides in order, and what a show leaves out.

Each slide is followed by its notes and comments.  Slides that the show's list leaves out, masters
and layouts come after all slides; charts, SmartArt, embedded workbooks, macros at the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from dlpguard.document import SEPARATOR, Gap, Hidden, Text, Unread
from dlpguard.extractors import _package
from dlpguard.extractors._budget import Budget, Piece, Unreadable
from dlpguard.extractors._leftovers import leftovers
from dlpguard.extractors._ooxml import Attributes, Events, Package, attribute
from dlpguard.extractors._slide import SlideReader
from dlpguard.mail import Part

FORMATS = frozenset({"pptx"})

_BESIDE = {
    "notesSlide": ("notes", Hidden.SPEAKER_NOTE),
    "comments": ("comments", Hidden.COMMENT),
}
"""Parts that belong to one slide: what a person calls them, why a show does not have them."""
_DRAWN = {"chart": "chart", "diagramData": "diagram", "diagramDrawing": "diagram"}

_TEMPLATES = re.compile(
    r"ppt/(slidemaster|slidelayout|notesmaster|handoutmaster)s/[a-z]{1,40}(\d{0,9})\.xml"
)
_SLIDES = re.compile(r"ppt/slides/[^/]{0,200}\.xml")
_NOTES = re.compile(r"ppt/notesslides/[^/]{0,200}\.xml")
_CALLED = {
    "slidemaster": "slide master",
    "slidelayout": "slide layout",
    "notesmaster": "notes master",
    "handoutmaster": "handout master",
}


@dataclass(slots=True)
class _Show:
    """A presentation while it is read."""

    package: Package
    place: str
    budget: Budget
    seen: set[str] = field(default_factory=set)

    def shapes(
        self, name: str, where: str, hidden: Hidden | None, *, prompts: bool = False
    ) -> Iterator[Piece]:
        """The blocks of one part; what was read before a fault stays."""
        self.seen.add(name.lower())
        reader = SlideReader(where, hidden, self.budget, prompts=prompts)
        fault: Unreadable | None = None
        try:
            self.package.parse(name, reader)
        except Unreadable as error:
            fault = error
        yield from reader.finish()
        if fault is not None:
            yield Gap(where, fault.why, fault.detail, "pptx")
            if fault.why in {Unread.TOO_LARGE, Unread.TOO_SLOW}:
                raise fault


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """Slides with notes and comments, slides without a show, templates, then everything else."""
    package = Package(part.content, budget)
    yield from leftovers(_known(package, part, place, budget), package, part, place, budget)


def _known(package: Package, part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """What programs show, and what stands in the parts that are known to hide something."""
    show = _Show(package, place, budget)
    slides = _in_order(show)
    for number, name in enumerate(slides, start=1):
        budget.charge(pages=1)
        yield from _slide(show, name, f"{place}{SEPARATOR}slide {number}", None)
    for name in package.names:
        if name not in show.seen and _SLIDES.fullmatch(name):
            where = f"{place}{SEPARATOR}{name.rpartition('/')[2]}"
            yield from _slide(show, name, where, Hidden.HIDDEN_SLIDE)
        elif name not in show.seen and _NOTES.fullmatch(name):
            where = f"{place}{SEPARATOR}{name.rpartition('/')[2]}"
            yield from show.shapes(name, where, Hidden.SPEAKER_NOTE)
    yield from _templates(show)
    yield from _package.rest(package, part, place, budget, show.seen)


def _in_order(show: _Show) -> list[str]:
    """The slides as the presentation lists them."""
    main = show.package.main() or "ppt/presentation.xml"
    show.seen.add(main.lower())
    reader = _Listed()
    show.package.parse(main, reader)
    targets = {link.id: link.target for link in show.package.relationships(main)}
    names = (targets.get(relation, "") for relation in reader.slides)
    return list(dict.fromkeys(name for name in names if show.package.has(name)))


def _slide(show: _Show, name: str, where: str, hidden: Hidden | None) -> Iterator[Piece]:
    yield from show.shapes(name, where, hidden)
    for link in show.package.relationships(name):
        target = link.target.lower()
        if link.external or target in show.seen or not show.package.has(target):
            continue
        if link.kind in _BESIDE:
            called, why = _BESIDE[link.kind]
            yield from show.shapes(target, f"{where}{SEPARATOR}{called}", why)
        elif link.kind in _DRAWN:
            show.seen.add(target)
            called = _DRAWN[link.kind]
            yield from _package.loose(
                show.package, target, f"{where}{SEPARATOR}{called}", show.budget
            )


def _templates(show: _Show) -> Iterator[Piece]:
    """Masters and layouts; what several of them say alike, once."""
    said: set[str] = set()
    for name in show.package.names:
        match = _TEMPLATES.fullmatch(name)
        if match is None:
            continue
        where = f"{show.place}{SEPARATOR}{_CALLED[match[1]]} {match[2]}"
        for piece in show.shapes(name, where, None, prompts=True):
            if not isinstance(piece, Text):
                yield piece
                continue
            lines = [line for line in piece.text.split("\n") if line not in said]
            said.update(lines)
            if lines:
                yield replace(piece, text="\n".join(lines))


class _Listed(Events):
    """presentation.xml: the relations of its slides, in order."""

    def __init__(self) -> None:
        self.slides: list[str] = []

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "sldId":
            prefixed = {key: value for key, value in attributes.items() if ":" in key}
            self.slides.append(attribute(prefixed, "id"))
