"""Running text to people: a name and what stands around it are one person.

What stands on a name's line, or in the lines below it up to the next name, is theirs.  "Smith,
John", "John Smith" and "Mr J Smith" are one (`people` sees to that).  Tables and forms inside a
text are read as such; greetings, signatures and quoted headers disclose nobody.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from dlpguard import detectors, names
from dlpguard.counting import layout, records
from dlpguard.counting.courtesies import Courtesy, Passage, passages
from dlpguard.counting.mention import SPECIAL_CATEGORY, UNIQUE, Detail, Mention, detail
from dlpguard.detectors import date_of_birth, email_address, person_name, special
from dlpguard.document import Hidden, Text
from dlpguard.finding import Confidence, Finding

BELOW = 300
"""Characters after a name within which something without a name on its line is theirs."""

ABOVE = 120
"""The same before a name ("01632 960001\nAnn Bee")."""

SPOKEN_OF = 300
"""Characters after a name in which what is told ("she was diagnosed …") is told of them."""

APART = 600
"""Characters between two records of one list: a letter about each is no list."""

AUTHORS = 2
"""Names in a file's properties: who made it, and who changed it last.  They take part."""

_STATED = re.compile(
    r"\b(?:home address|lives? (?:at|in)|living (?:at|in)|resid(?:es|ing|ent) (?:at|in)|"
    r"address(?: is)?[ \t]{0,3}:|of no fixed|moved to)[^\n.]{0,60}$",
    re.IGNORECASE,
)
"""Words before an address that say whose home it is."""

_EMPTY_LINE = re.compile(r"\n[ \t>]{0,20}\n")
_SENTENCE_END = re.compile(r"[.!?](?=\s)|\n[ \t>]{0,20}\n")
_LINE_OF_LIST = re.compile(r"[ \t>]{0,20}(?:[-•*–·]|\(?\d{1,4}[.)])?[ \t]{0,8}")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text gave: findings, mentions, and who takes part (names and addresses)."""

    findings: tuple[Finding, ...] = field(default=(), repr=False)
    mentions: tuple[Mention, ...] = field(default=(), repr=False)
    greeted: tuple[str, ...] = field(default=(), repr=False)
    taking_part: tuple[str, ...] = field(default=(), repr=False)


@dataclass(slots=True)
class _Anchor:
    """Something that is a person: a name, or an identifier that no name is near to."""

    name: str
    start: int
    end: int
    sure: bool
    details: list[Detail] = field(default_factory=list)


def read(block: Text, setup: detectors.Setup, index: int = 0) -> Reading:
    """What stands in a text, and whom it mentions.  `index` is the block's, for findings."""
    found = detectors.detect(block, setup, index)
    courtesies = passages(block.text, found)
    in_grids: list[Finding] = []
    mentions: list[Mention] = []
    covered = [(p.start, p.end) for p in courtesies]
    for start, end, grid in layout.grids(block):
        if any(p.courtesy is Courtesy.HEADER and _overlap(p, start, end) for p in courtesies):
            continue
        findings, people = records.read(grid, setup, index)
        if people:
            in_grids += findings
            mentions += people
            covered.append((start, end))
            found = [f for f in found if not start <= f.start < end]
    free = [f for f in found if not any(start <= f.start < end for start, end in covered)]
    mentions += _mentions(block, free, index)
    taking_part = [*_taking_part(found, courtesies)]
    if block.hidden is Hidden.PROPERTY and len(mentions) <= AUTHORS:
        taking_part += [m.name for m in mentions if len(m.details) == 1]
        mentions = [m for m in mentions if len(m.details) > 1]
    return Reading(
        tuple(sorted((*found, *in_grids), key=lambda f: f.start)),
        tuple(mentions),
        tuple(_greeted(courtesies)),
        tuple(taking_part),
    )


def _overlap(passage: Passage, start: int, end: int) -> bool:
    return passage.start < end and start < passage.end


def _greeted(courtesies: Iterable[Passage]) -> Iterator[str]:
    for passage in courtesies:
        yield from filter(None, map(names.canonical, passage.names))


def _taking_part(found: Iterable[Finding], courtesies: Iterable[Passage]) -> Iterator[str]:
    """Names and addresses in quoted headers and signatures."""
    spans = [(p.start, p.end) for p in courtesies if p.courtesy is not Courtesy.GREETING]
    for f in found:
        whole = " " in f.value if f.kind == person_name.KIND else f.kind == email_address.KIND
        if whole and any(start <= f.start < end for start, end in spans):
            yield f.value


def _mentions(block: Text, found: list[Finding], index: int) -> list[Mention]:
    """The people of the text outside tables and forms."""
    named = [
        _Anchor(f.value, f.start, f.end, f.confidence >= Confidence.MEDIUM)
        for f in found
        if f.kind == person_name.KIND
    ]
    anchors = list(named)
    starts = [a.start for a in named]
    orphans: list[Finding] = []
    for f in found:
        if f.kind == person_name.KIND:
            continue
        owner = _owner(block.text, f, named, starts)
        if owner:
            owner.details.append(_detail(block, f))
        else:
            orphans.append(f)
    anchors += _unnamed(block, orphans)
    _tell_special(block.text, named)
    people = _united(block, anchors, index)
    return _listed(block.text, people)


def _detail(block: Text, found: Finding) -> Detail:
    before = block.text[max(0, found.start - 90) : found.start]
    return detail(found, block.hidden, stated=bool(_STATED.search(before)))


def _owner(text: str, found: Finding, named: list[_Anchor], starts: list[int]) -> _Anchor | None:
    """Whose it is: of the name before it on the line, after it on the line, or above."""
    at = bisect_right(starts, found.start)
    before = named[at - 1] if at else None
    after = named[at] if at < len(named) else None
    if before and "\n" not in text[before.end : found.start]:
        return before
    if after and "\n" not in text[found.end : after.start] and after.start - found.end <= ABOVE:
        return after
    if before and found.start - before.end <= BELOW:
        between = text[before.end : found.start]
        gaps = len(_EMPTY_LINE.findall(between))
        if gaps == 0 or (gaps == 1 and _is_line(text, before)):
            return before
    if after and after.start - found.end <= ABOVE:
        return None if _EMPTY_LINE.search(text, found.end, after.start) else after
    return None


def _is_line(text: str, anchor: _Anchor) -> bool:
    """Whether a name is all that stands on its line."""
    start = text.rfind("\n", 0, anchor.start) + 1
    end = text.find("\n", anchor.end)
    after = text[anchor.end : end if end >= 0 else len(text)]
    bullet = _LINE_OF_LIST.match(text, start, anchor.start)
    return not after.strip(" \t\r,;:.") and bullet is not None and bullet.end() == anchor.start


def _unnamed(block: Text, orphans: list[Finding]) -> Iterator[_Anchor]:
    """Identifiers that tell who somebody is without a name, with what follows them."""
    anchor: _Anchor | None = None
    for found in orphans:
        told = _detail(block, found)
        if told.is_unique and (anchor is None or told.kind in {d.kind for d in anchor.details}):
            if anchor and _says_enough(anchor):
                yield anchor
            anchor = _Anchor("", found.start, found.end, True, [told])
        elif anchor and found.start - anchor.end <= BELOW:
            anchor.details.append(told)
            anchor.end = found.end
    if anchor and _says_enough(anchor):
        yield anchor


def _says_enough(anchor: _Anchor) -> bool:
    """Whether more is known than the reference of a case."""
    return any(d.kind != "case_reference" for d in anchor.details)


def _tell_special(text: str, named: list[_Anchor]) -> None:
    """Give each name the special categories that its sentence, or the next ones, tell."""
    if not named or not special.categories(text):
        return
    for anchor, following in zip(named, [*named[1:], None], strict=True):
        start = max(0, anchor.start - SPOKEN_OF)
        for stop in _SENTENCE_END.finditer(text, start, anchor.start):
            start = stop.end()
        end = min(len(text), anchor.end + SPOKEN_OF)
        if following:
            same_sentence = not _SENTENCE_END.search(text, anchor.end, following.start)
            end = end if same_sentence else min(end, following.start)
        paragraph = _EMPTY_LINE.search(text, anchor.end, end)
        passage = text[start : paragraph.start() if paragraph else end]
        anchor.details += [Detail(SPECIAL_CATEGORY, c) for c in sorted(special.categories(passage))]


def _united(block: Text, anchors: list[_Anchor], index: int) -> list[tuple[_Anchor, Mention]]:
    """One mention for each name of the text, in order; two where numbers tell namesakes apart."""
    by_name: dict[str, _Anchor] = {}
    united: list[_Anchor] = []
    for anchor in sorted(anchors, key=lambda a: a.start):
        first = by_name.get(anchor.name) if anchor.name else None
        if first and not _are_namesakes(first, anchor):
            first.details += anchor.details
            first.sure |= anchor.sure
        else:
            by_name[anchor.name] = anchor
            united.append(anchor)
    return [
        (anchor, _mention(block, anchor, index))
        for anchor in united
        if anchor.sure or any(d.is_unique or not d.weak for d in anchor.details)
    ]


def _are_namesakes(one: _Anchor, other: _Anchor) -> bool:
    """Whether two records of one name differ in what everybody has only one of."""
    return any(
        d.kind == e.kind and d.value != e.value
        for d in one.details
        for e in other.details
        if d.kind in _ONE_EACH
    )


_ONE_EACH = UNIQUE | {date_of_birth.KIND}


def _mention(block: Text, anchor: _Anchor, index: int) -> Mention:
    own = (Detail(person_name.KIND, anchor.name, block.hidden),) if anchor.name else ()
    details = tuple(d._replace(hidden=block.hidden) for d in anchor.details)
    return Mention(anchor.name, own + details, block.where, index, block.hidden)


def _listed(text: str, people: list[tuple[_Anchor, Mention]]) -> list[Mention]:
    """Mark those who are one of at least three alike: the same kind of detail, or a name a line."""
    listed: set[int] = set()
    kinds = {d.kind for _, mention in people for d in mention.details} - {person_name.KIND}
    groups = [
        [i for i, (_, m) in enumerate(people) if any(d.kind == kind for d in m.details)]
        for kind in kinds
    ]
    groups.append(
        [i for i, (anchor, _) in enumerate(people) if anchor.name and _is_line(text, anchor)]
    )
    for group in groups:
        for run in _runs(group, [anchor.start for anchor, _ in people]):
            if len(run) >= records.LISTED:
                listed.update(run)
    return [
        replace(m, listed=True, record=len(m.details) > 1) if i in listed else m
        for i, (_, m) in enumerate(people)
    ]


def _runs(group: list[int], starts: list[int]) -> Iterator[list[int]]:
    """A group of people cut where they stand too far apart."""
    run: list[int] = []
    for i in group:
        if run and starts[i] - starts[run[-1]] > APART:
            yield run
            run = []
        run.append(i)
    if run:
        yield run
