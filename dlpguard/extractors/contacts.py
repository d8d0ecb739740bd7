"""vCard (2.1, RFC 2426, RFC 6350): an address book as a table, a row for each contact."""

from __future__ import annotations

from collections.abc import Iterator

from dlpguard.document import SEPARATOR, Hidden, Table, Text
from dlpguard.extractors import _contentlines
from dlpguard.extractors._budget import Budget, Piece
from dlpguard.extractors._contentlines import Line, asides, parts, told, unescaped
from dlpguard.mail import Part
from dlpguard.mime import charsets

FORMATS = frozenset({"vcard"})

_HEADINGS = {
    "FN": "Name",
    "N": "Surname, forename",
    "TEL": "Phone",
    "EMAIL": "Email",
    "ADR": "Address",
    "LABEL": "Address label",
    "BDAY": "Date of birth",
    "ORG": "Organisation",
    "TITLE": "Job title",
    "ROLE": "Role",
    "NOTE": "Notes",
}
"""Columns in this order, under words that people use; others follow under their own names."""

_OF_THE_PROGRAM = frozenset({"BEGIN", "END", "VERSION", "PRODID", "REV", "UID", "SOURCE"})
_STRUCTURED = frozenset({"N", "ADR", "ORG"})
_WIDEST = 200
"""Kinds of properties that get a column; an address book has twenty."""


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """The contacts; pictures, keys and sounds in them inside."""
    cards: list[dict[str, list[str]]] = []
    hidden: list[str] = []
    for line in _contentlines.lines(part.content, part.charset, budget):
        if line.name == "BEGIN" or not cards:
            cards.append({})
        if line.raw is not None:
            name = f"{line.name.lower()} of contact {len(cards)}"
            budget.charge(members=1, inflated=len(line.raw))
            yield budget.open(Part(part.path, line.raw), f"{place}{SEPARATOR}{name}")
        elif not line.name or (line.name in _OF_THE_PROGRAM and told(line.value)):
            hidden.append(line.value)
        elif line.name not in _OF_THE_PROGRAM and (value := _value(line)):
            cards[-1].setdefault(line.name, []).append(value)
        hidden += asides(line)
    found = [card for card in cards if card]
    if not found:
        if part.content.strip():
            # No address book after all, but the text is there to read.
            yield Text(place, charsets.decode(part.content, part.charset))
        return
    names = dict.fromkeys(name for card in found for name in card)
    columns = [name for name in _HEADINGS if name in names]
    columns += [name for name in names if name not in _HEADINGS]
    rows: list[tuple[str, ...]] = []
    for card in found:
        budget.charge(cells=min(len(columns), _WIDEST))
        cells = ["\n".join(card.get(name, ())) for name in columns[:_WIDEST]]
        beyond = [value for name in columns[_WIDEST:] for value in card.get(name, ())]
        rows.append((*cells, *beyond))
    yield Table(place, tuple(_heading(name) for name in columns[:_WIDEST]), tuple(rows))
    if hidden:
        yield Text(place, "\n".join(dict.fromkeys(hidden)), Hidden.PROPERTY)


def _value(line: Line) -> str:
    if line.name in _STRUCTURED:
        return ", ".join(piece for piece in parts(line.value) if piece)
    value = unescaped(line.value).strip()
    for scheme in ("tel:", "mailto:"):
        if value[: len(scheme)].lower() == scheme:
            return value[len(scheme) :]
    return value


def _heading(name: str) -> str:
    return _HEADINGS.get(name, name.removeprefix("X-").replace("-", " ").capitalize())
