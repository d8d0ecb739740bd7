"""HTML as a browser shows it: running text, tables of data, and apart from them what it hides.

Read by libxml2 as a stream of events, without a tree: 300,000 nested elements take 0.2 s (measured;
html.parser 6 s, selectolax more than 12 s, a tree has a limit to its depth).
"""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Iterator, Mapping
from typing import Any

from dlpguard import mime
from dlpguard.document import SEPARATOR, Hidden, Table, Text
from dlpguard.extractors._budget import Budget, Piece
from dlpguard.extractors._htmlstyle import Styles
from dlpguard.extractors._htmltable import LINE, PARAGRAPH, Cell, Flow, OpenTable, Row, tidy
from dlpguard.mail import Part
from dlpguard.mime.charsets import decode

FORMATS = frozenset({"html"})


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CHUNK = 1 << 16
_LINES = _words(
    """address article aside body caption center dd div dt fieldset figcaption footer form head
    header html legend li main nav option section select summary tbody tfoot thead title tr"""
)
_PARAGRAPHS = _words("blockquote dl figure h1 h2 h3 h4 h5 h6 hr ol p pre table ul")
_SILENT = frozenset({"script", "style"})
"""Elements whose text is a program's, not a person's."""

_VOID = _words("area base br col embed hr img input link meta param source track wbr")
_LITERAL = re.compile(r"\"[^\"\\\n]{3,2000}\"|'[^'\\\n]{3,2000}'|`[^`\\]{3,2000}`")
"""A text in a script; scripts without any hold nothing about anybody."""

_LINKS = ("href", "src", "data", "background", "poster")
_DATA = re.compile(r"\s{0,20}data:([\w.+/-]{0,100})([^,]{0,200}),", re.IGNORECASE)
_TAGS_IN_COMMENT = re.compile(r"<[^<>]{0,2000}>|<!\[endif\]|\[if [^\[\]]{0,100}\]>")
_STYLE_IN_COMMENT = re.compile(r"(?is)<(style|xml)\b.*?(?:</\1>|\Z)")
_CHARSET = re.compile(
    rb"<meta[^>]{0,200}charset\s{0,5}=\s{0,5}[\"']?([A-Za-z0-9_-]{1,40})", re.IGNORECASE
)
_DEEPEST_TABLE = 30
"""Tables in tables that are told apart; newsletters nest ten.  Deeper ones are running text."""

_READABLE = re.compile(r"\w{2}")


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """Visible text and tables in order, then hidden text."""
    declared = part.charset
    if not declared and (meta := _CHARSET.search(part.content[:4096])):
        declared = meta[1].decode("ascii")
    page = _Page(place)
    _feed(page, decode(part.content, declared).replace("\0", ""), budget)
    yield from page.finish()
    for number, (kind, content) in enumerate(page.files, 1):
        budget.charge(members=1, inflated=len(content))
        inner = Part(part.path, content, kind)
        yield budget.open(inner, f"{place}{SEPARATOR}data {number}")
    for number, framed in enumerate(page.pages, 1):
        budget.charge(members=1)
        content = framed.encode("utf-8", "replace")
        frame = Part(part.path, content, "text/html", charset="utf-8")
        yield budget.open(frame, f"{place}{SEPARATOR}frame {number}")


def _feed(page: _Page, text: str, budget: Budget) -> None:
    from lxml import etree  # noqa: PLC0415 - 20 ms that mail without HTML does not need

    target: Any = page  # lxml asks its target for plain methods, its stubs for more
    # huge_tree lifts limits that our budget replaces.
    parser = etree.HTMLParser(target=target, huge_tree=True, encoding="utf-8")
    # Lone surrogates cannot be encoded, and nobody can read them.
    raw = text.encode("utf-8", "replace")
    for start in range(0, len(raw), _CHUNK):
        piece = raw[start : start + _CHUNK]
        budget.charge(characters=len(piece))
        parser.feed(piece)
    if raw:
        parser.close()


class _Page:
    """The target of lxml's parser: gets events, keeps flows."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._flow: Flow = []
        self._tables: list[OpenTable] = []
        self._skipped_tables = 0
        self._hidden: list[str] = []
        self._hiding: list[str] = []
        self._styles = Styles()
        self._silent: list[str] = []
        self._scripts: list[str] = []
        self._targets: list[str] = []
        self._properties: list[str] = []
        self.pages: list[str] = []
        self.files: list[tuple[str, bytes]] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        hides = self._styles.enter(tag, attributes)
        if tag in _SILENT:
            self._silent.append("")
            return
        if self._hiding:
            # Elements of the same name inside are counted by being on the list.
            if tag == self._hiding[0] and tag not in _VOID:
                self._hiding.append(tag)
            self._hidden.append(_break(tag, attributes))
        elif hides and tag not in {"tr", "td", "th", "table"} and tag not in _VOID:
            self._hiding.append(tag)
            self._hidden.append("\n")
        else:
            self._structure(tag, attributes, Hidden.HTML if hides else None)
        self._attributes(tag, attributes)

    def _structure(self, tag: str, attributes: Mapping[str, str], hidden: Hidden | None) -> None:
        if tag == "table":
            if len(self._tables) >= _DEEPEST_TABLE:
                self._skipped_tables += 1
            else:
                self._tables.append(OpenTable(hidden=hidden))
        elif self._tables and not self._skipped_tables and tag == "tr":
            self._tables[-1].rows.append(Row(hidden=hidden))
        elif self._tables and not self._skipped_tables and tag in {"td", "th"}:
            table = self._tables[-1]
            if not table.rows:
                table.rows.append(Row())
            span = attributes.get("colspan", "1").strip()[:3]
            number = int(span) if span.isdecimal() and span.isascii() else 1
            table.rows[-1].cells.append(Cell(span=number, heading=tag == "th", hidden=hidden))
        elif tag == "br":
            self._current().append("\n")
        else:
            self._current().append(_break(tag, attributes))

    def _attributes(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Text that stands in attributes."""
        for key in _LINKS if attributes else ():
            if found := _DATA.match(attributes.get(key, "")):
                value = attributes[key][found.end() :]
                self.files.append((found[1].lower(), _decoded(value, "base64" in found[2].lower())))
        link = attributes.get("href", "")
        if tag == "a" and link.lower().startswith(("mailto:", "tel:")):
            self._targets.append(link.partition(":")[2].partition("?")[0])
        shown = attributes.get("alt") or (
            attributes.get("value") if tag == "input" else attributes.get("label")
        )
        if shown and tag == "input" and attributes.get("type", "").lower() == "hidden":
            self._hidden.append(f"\n{shown}\n")
        elif shown:
            self.data(f" {shown} ")
        if title := attributes.get("title"):
            self._hidden.append(f"\n{title}\n")
        if page := attributes.get("srcdoc"):
            self.pages.append(page)
        name = attributes.get("name", "").lower()
        if tag == "meta" and name in {"description", "keywords", "author", "subject"}:
            self._properties.append(attributes.get("content", ""))

    def end(self, tag: str) -> None:
        """An element ends."""
        self._styles.leave()
        if tag in _SILENT:
            text = self._silent.pop() if self._silent else ""
            if tag == "style":
                self._styles.learn(text)
            elif _LITERAL.search(text):
                self._scripts.append(text.strip())
        elif self._hiding:
            if tag == self._hiding[0]:
                self._hiding.pop()
            self._hidden.append(_break(tag, {}))
        elif tag == "table" and self._skipped_tables:
            self._skipped_tables -= 1
        elif tag == "table" and self._tables:
            closed = self._tables.pop().close(self._place)
            self._current().extend(closed)
        else:
            # Whether it was one of Word's lines is not known any more; its beginning said it.
            self._current().append(LINE if tag == "p" else _break(tag, {}))

    def data(self, text: str) -> None:
        """Characters."""
        if self._silent:
            self._silent[-1] += text
        elif self._hiding:
            self._hidden.append(text)
        elif self._styles.is_unseen():
            self._hidden.append(f" {text}")
        else:
            # Source line breaks are spaces; only elements break lines.
            self._current().append(text.replace("\n", " ").replace("\r", " "))

    def comment(self, text: str) -> None:
        """A comment, for whoever looks at the source; markup for old mail programs is left out."""
        words = _TAGS_IN_COMMENT.sub(" ", _STYLE_IN_COMMENT.sub(" ", text))
        if not self._silent and _READABLE.search(words):
            self._hidden.append(f"\n{words}\n")

    def close(self) -> None:
        """lxml calls it at the end."""

    def _current(self) -> Flow:
        if self._tables:
            return self._tables[-1].cell().flow
        return self._flow

    def finish(self) -> Iterator[Text | Table]:
        """Everything that was read.  Tables that never ended end here."""
        while self._tables:
            closed = self._tables.pop().close(self._place)
            self._current().extend(closed)
        yield from _blocks(self._place, self._flow)
        hidden = tidy("".join(self._hidden))
        shown = "\n".join(_texts(self._flow))
        targets = [t for t in dict.fromkeys(self._targets) if t and t not in shown]
        for text in (hidden, "\n".join(targets)):
            if _READABLE.search(text):
                yield Text(self._place, text, Hidden.HTML)
        if self._scripts:
            yield Text(self._place, "\n".join(self._scripts), Hidden.SCRIPT)
        properties = "\n".join(filter(None, self._properties))
        if properties:
            yield Text(self._place, properties, Hidden.PROPERTY)


def _break(tag: str, attributes: Mapping[str, str]) -> str:
    """What separates an element from the text before it."""
    if tag in _PARAGRAPHS and not attributes.get("class", "").startswith("MsoNormal"):
        return PARAGRAPH
    return LINE if tag in _LINES or tag in _PARAGRAPHS else ""


def _decoded(value: str, in_base64: bool) -> bytes:
    """What a data: address holds (RFC 2397)."""
    raw = urllib.parse.unquote_to_bytes(value)
    return mime.base64(raw) if in_base64 else raw


def _texts(flow: Flow) -> Iterator[str]:
    for item in flow:
        if isinstance(item, str):
            yield item
        else:
            yield from (cell for row in item.rows for cell in row)


def _blocks(place: str, flow: Flow) -> Iterator[Text | Table]:
    pending: list[str] = []
    for item in [*flow, None]:
        if isinstance(item, str):
            pending.append(item)
            continue
        text = tidy("".join(pending))
        pending = []
        if text:
            yield Text(place, text)
        if item is not None:
            yield item
