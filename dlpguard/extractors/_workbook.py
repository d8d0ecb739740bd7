"""The parts of a workbook around its sheets: names, visibility, strings, formats, pivot caches."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from dlpguard.document import Hidden, Table
from dlpguard.extractors._budget import Budget
from dlpguard.extractors._leftovers import says_something
from dlpguard.extractors._ooxml import (
    Attributes,
    Events,
    Package,
    attribute,
    is_on,
    unescaped,
)

_SHEET = re.compile(r"'[^']{1,200}'!")
VISIBILITY = {"hidden": Hidden.SHEET, "veryHidden": Hidden.VERY_HIDDEN_SHEET}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as the workbook lists it."""

    name: str = field(repr=False)
    relation: str
    hidden: Hidden | None


class WorkbookReader(Events):
    """workbook.xml: sheets in order, the date system, names that stand for texts."""

    def __init__(self) -> None:
        self.sheets: list[Sheet] = []
        self.date1904 = False
        self.names: list[str] = []
        self._name: list[str] | None = None

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""
        if name == "sheet":
            self.sheets.append(
                Sheet(
                    attributes.get("name", ""),
                    attribute({k: v for k, v in attributes.items() if ":" in k}, "id"),
                    VISIBILITY.get(attributes.get("state", "")),
                )
            )
        elif name == "workbookPr":
            self.date1904 = is_on(attributes.get("date1904"))
        elif name == "definedName":
            self._name = []
            if comment := attributes.get("comment"):
                self.names.append(comment)

    def text(self, text: str) -> None:
        """Characters."""
        if self._name is not None:
            self._name.append(text)

    def end(self, name: str) -> None:
        """An element ends."""
        if name == "definedName" and self._name is not None:
            formula = "".join(self._name)
            if '"' in formula or says_something(_SHEET.sub("", formula)):
                self.names.append(formula)
            self._name = None


class StringsReader(Events):
    """sharedStrings.xml: texts that cells refer to by number; their readings (furigana) apart."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._reading: list[str] = []
        self._into: list[str] | None = None
        self._phonetic = False
        self.strings: list[str] = []
        self.readings: dict[str, None] = {}

    def start(self, name: str, _attributes: Attributes) -> None:
        """An element begins."""
        if name == "si":
            self._pieces, self._reading = [], []
        elif name == "rPh":
            self._phonetic = True
        elif name == "t":
            self._into = self._reading if self._phonetic else self._pieces

    def text(self, text: str) -> None:
        """Characters."""
        if self._into is not None:
            self._into.append(text)

    def end(self, name: str) -> None:
        """An element ends."""
        if name == "t":
            self._into = None
        elif name == "rPh":
            self._phonetic = False
        elif name == "si":
            text = unescaped("".join(self._pieces))
            self.strings.append(text)
            if self._reading:
                self.readings[f"{text} {''.join(self._reading)}"] = None


class CommentsReader(Events):
    """Comments and threaded comments of a sheet: the cell and the text of each, and the authors."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._cell = ""
        self._author = False
        self._pieces: list[str] = []
        self.found: list[tuple[str, str]] = []
        self.authors: dict[str, None] = {}

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""
        if name in {"comment", "threadedComment"}:
            self._budget.charge()
            self._cell = attributes.get("ref", "")
            self._pieces = []
        elif name == "author":
            self._author = True
            self._pieces = []

    def text(self, text: str) -> None:
        """Characters."""
        self._pieces.append(text)

    def end(self, name: str) -> None:
        """An element ends."""
        if name in {"comment", "threadedComment"}:
            text = unescaped("".join(self._pieces)).strip()
            if text:
                self.found.append((self._cell, text))
        elif name == "author":
            self.authors["".join(self._pieces).strip()] = None


def pivot_cache(package: Package, name: str, where: str, budget: Budget) -> Table | None:
    """The records that a pivot table carries with it, often the whole of a sheet long deleted."""
    definition = _CacheDefinition(budget)
    package.parse(name, definition)
    records = _CacheRecords(definition.items, budget)
    for link in package.relationships(name):
        if link.kind == "pivotCacheRecords" and package.has(link.target):
            package.parse(link.target, records)
    rows = records.rows or list(_items_as_rows(definition.items))
    if not rows:
        return None
    return Table(where, tuple(definition.fields), tuple(rows), Hidden.PIVOT_CACHE)


def _items_as_rows(items: list[list[str]]) -> Iterator[tuple[str, ...]]:
    """Without records only the distinct values of each field are there; a field is a row."""
    for values in items:
        if any(values):
            yield tuple(values)


_VALUES = frozenset({"s", "n", "d", "b", "e", "m"})


class _CacheDefinition(Events):
    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.fields: list[str] = []
        self.items: list[list[str]] = []
        self._shared = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "cacheField":
            self.fields.append(unescaped(attributes.get("name", "")))
            self.items.append([])
        elif name == "sharedItems":
            self._shared = True
        elif name in _VALUES and self._shared and self.items:
            self._budget.charge(cells=1)
            self.items[-1].append(_value(name, attributes))

    def end(self, name: str) -> None:
        if name == "sharedItems":
            self._shared = False


class _CacheRecords(Events):
    def __init__(self, items: list[list[str]], budget: Budget) -> None:
        self._items = items
        self._budget = budget
        self._row: list[str] | None = None
        self.rows: list[tuple[str, ...]] = []

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "r":
            self._row = []
        elif self._row is None:
            return
        elif name == "x":
            self._row.append(self._shared(attributes.get("v", "")))
        elif name in _VALUES:
            self._row.append(_value(name, attributes))

    def _shared(self, index: str) -> str:
        column = len(self._row or ())
        items = self._items[column] if column < len(self._items) else []
        number = int(index) if index.isdecimal() and len(index) < 10 else len(items)
        return items[number] if number < len(items) else ""

    def end(self, name: str) -> None:
        if name == "r" and self._row is not None:
            self._budget.charge(cells=len(self._row))
            self.rows.append(tuple(self._row))
            self._row = None


def _value(name: str, attributes: Attributes) -> str:
    value = unescaped(attributes.get("v", ""))
    return value.removesuffix("T00:00:00") if name == "d" else value
