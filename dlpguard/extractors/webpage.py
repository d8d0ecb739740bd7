"""HTML as a browser shows it: running text, tables of data, and apart from them what it hides.

Read by libxml2 as a stream of events, without a tree: 300,000 nested elements take 0.2 s (measured;
html.parser 6 s, selectolax more than 12 s, a tree has a limit to its depth).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from dlpguard.document import SEPARATOR, Hidden, Table, Text
from dlpguard.extractors import _htmlattributes, _stylesheet
from dlpguard.extractors._budget import Budget, Piece
from dlpguard.extractors._htmlattributes import Seen
from dlpguard.extractors._htmlstyle import Styles
from dlpguard.extractors._htmltable import LINE, PARAGRAPH, Cell, Flow, OpenTable, Row, tidy
from dlpguard.extractors._leftovers import says_something
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
_REMARK = re.compile(r"(?://|/\*)[^\n]{0,200}?\w{2}[ ,]{1,3}\w{2}")
_LITERAL = re.compile(r"\"[^\"\\\n]{3,2000}\"|'[^'\\\n]{3,2000}'|`[^`\\]{3,2000}`")
"""A text in a script; scripts without any hold nothing about anybody."""

_CONDITION = re.compile(r"\s{0,20}\[if [^\[\]]{0,100}\]>")
_TAGS_IN_COMMENT = re.compile(r"<[^<>]{0,2000}>|<!\[endif\]")
_PROPERTY = re.compile(
    r"<o:(?:author|lastauthor|title|subject|keywords|description|company|manager|category)>"
    r"([^<]{1,2000})<",
    re.IGNORECASE,
)
"""What Word says about the document that it saved as a page."""

_APART = "\n\n\n\n"
"""Between the words in two addresses, which have nothing to do with each other."""

_TURNED, _TURNED_END = "\u202e", "\u202c"
_STYLE_IN_COMMENT = re.compile(r"(?is)<(style|xml)\b.*?(?:</\1>|\Z)")
_CHARSET = re.compile(
    rb"<meta[^>]{0,200}charset\s{0,5}=\s{0,5}[\"']?([A-Za-z0-9_-]{1,40})", re.IGNORECASE
)
_DECLARATIONS = re.compile(r"<![Dd][Oo][Cc][Tt][Yy][Pp][Ee][^<>\[]{0,300}\[[^\]]{1,8000}")
_CUT_OFF = re.compile(r"<[A-Za-z/][^<>]{1,4000}\Z")
"""What libxml2 leaves out: declarations for programs of XML, and a tag in which the page ends."""

_HEAD, _TAIL = 10_000, 4100
_DEEPEST_TABLE = 30
"""Tables in tables that are told apart; newsletters nest ten.  Deeper ones are running text."""

_READABLE = re.compile(r"\w{2}")


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """Visible text and tables in order, then hidden text."""
    declared = part.charset
    if not declared and (meta := _CHARSET.search(part.content[:4096])):
        declared = meta[1].decode("ascii")
    page = _Page(place)
    text = decode(part.content, declared).replace("\0", "")
    _feed(page, text, budget)
    for unparsed in (_DECLARATIONS.search(text[:_HEAD]), _CUT_OFF.search(text[-_TAIL:])):
        if unparsed and says_something(unparsed[0]):
            page.aside(unparsed[0][1:])
    if page.unused:
        aside = _Page(place)
        _feed(aside, "<hr>".join(page.unused), budget)
        page.conceal(aside)
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
        budget.charge()
        parser.feed(raw[start : start + _CHUNK])
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
        self._silent: list[tuple[str, list[str]]] = []
        self._turned: list[bool] = []
        self._turning = 0
        self._scripts: list[str] = []
        self._contacts: list[str] = []
        self._links: list[str] = []
        self._properties: list[str] = []
        self.unused: list[str] = []
        self.pages: list[str] = []
        self.files: list[tuple[str, bytes]] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        hides = self._styles.enter(tag, attributes)
        turns = tag not in _SILENT and _turns(tag, attributes)
        self._turned.append(turns)
        self._turning += turns
        if tag in _SILENT:
            self._silent.append((attributes.get("type", "").lower(), []))
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
        if self._turning:
            self._put(_TURNED)  # with a line every override ends, so each begins one
        if attributes:
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
        """Text and files that stand in attributes."""
        self.files += _htmlattributes.files(attributes)
        for seen, text in _htmlattributes.words(tag, attributes):
            match seen:
                case Seen.SHOWN:
                    self.data(f" {text} ")
                case Seen.HIDDEN:
                    self._hidden.append(f"\n{text}\n")
                case Seen.CONTACT:
                    self._contacts.append(text)
                case Seen.LINK:
                    self._links.append(text)
                case Seen.SCRIPT:
                    self._script(text)
                case Seen.PROPERTY:
                    self._properties.append(text)
                case Seen.PAGE:
                    self.pages.append(text)

    def end(self, tag: str) -> None:
        """An element ends."""
        self._styles.leave()
        if self._turned and self._turned.pop():
            self._turning -= 1
            self._put(_TURNED_END)
        if tag in _SILENT:
            self._end_silent(tag)
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

    def _end_silent(self, tag: str) -> None:
        """A script or a style sheet ends."""
        if not self._silent:
            return
        kind, pieces = self._silent.pop()
        text = "".join(pieces)
        if tag == "style":
            self._styles.learn(text)
            told = (*_stylesheet.words(text), _stylesheet.remains(text))
            self._hidden += [f"\n{each}\n" for each in told if each]
            self.files += _htmlattributes.files({"style": text})
        elif "template" in kind or "html" in kind:
            self.unused.append(text)
        else:
            self._script(text)

    def _script(self, text: str) -> None:
        if _LITERAL.search(text) or _REMARK.search(text):
            self._scripts.append(text.strip())

    def _put(self, mark: str) -> None:
        (self._hidden if self._hiding else self._current()).append(mark)

    def data(self, text: str) -> None:
        """Characters."""
        if self._silent:
            self._silent[-1][1].append(text)
        elif self._hiding:
            self._hidden.append(text)
        elif self._styles.is_unseen():
            self._hidden.append(f" {text}")
        else:
            # Source line breaks are spaces; only elements break lines.
            self._current().append(text.replace("\n", " ").replace("\r", " "))

    def comment(self, text: str) -> None:
        """A comment, for whoever looks at the source; markup for old mail programs is left out."""
        self._properties += _PROPERTY.findall(text)
        words = _STYLE_IN_COMMENT.sub(" ", text)
        if condition := _CONDITION.match(words):
            self.unused.append(words[condition.end() :].replace("<![endif]", ""))
            return
        words = _TAGS_IN_COMMENT.sub(" ", words)
        if not self._silent and _READABLE.search(words):
            self._hidden.append(f"\n{words}\n")

    def aside(self, text: str) -> None:
        """A text that stands in the page and that no browser shows."""
        self._hidden.append(f"\n{text}\n")

    def conceal(self, other: _Page) -> None:
        """Take what another page holds as something that is not seen."""
        self.files += other.files
        for block in other.finish():
            text = block.text if isinstance(block, Text) else _lines(block)
            self._hidden.append(f"\n{text}\n".replace("\n", LINE))

    def close(self) -> None:
        """lxml calls it at the end."""

    def _current(self) -> Flow:
        if self._tables:
            return self._tables[-1].cell().flow
        return self._flow

    def finish(self) -> Iterator[Text | Table]:
        """Everything that was read.  Tables that never ended end here."""
        while self._silent:
            self._end_silent("style")
        while self._tables:
            closed = self._tables.pop().close(self._place)
            self._current().extend(closed)
        yield from _blocks(self._place, self._flow)
        hidden = tidy("".join(self._hidden))
        shown = "\n".join(_texts(self._flow))
        contacts, links = (
            [text for text in dict.fromkeys(texts) if text and text not in shown]
            for texts in (self._contacts, self._links)
        )
        for text in (hidden, "\n".join(contacts), _APART.join(links)):
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


def _turns(tag: str, attributes: Mapping[str, str]) -> bool:
    """Whether an element shows its letters from right to left, whatever they are."""
    if not attributes:
        return False
    style = attributes.get("style", "").lower()
    to_the_left = "rtl" in style or attributes.get("dir", "").lower() == "rtl"
    return to_the_left and (tag == "bdo" or "override" in style)


def _lines(table: Table) -> str:
    return "\n".join("\t".join(row) for row in (table.heading, *table.rows))


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
