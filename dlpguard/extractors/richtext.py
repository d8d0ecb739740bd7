"""Rich Text Format (RTF 1.9.1): text and tables, and everything that Word does not show of them.

Hidden and deleted text, field codes, comments, properties and destinations that nobody knows are
blocks of their own; embedded objects and pictures go back through extraction; HTML that Outlook
wrapped in RTF (MS-OXRTFEX) is unwrapped and read as HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from dlpguard.document import SEPARATOR, Hidden, Text
from dlpguard.extractors import ole
from dlpguard.extractors._budget import Budget, Piece
from dlpguard.extractors._languages import codepage_charset, windows_charset
from dlpguard.extractors._layout import Layout
from dlpguard.extractors._wordbinary import joined
from dlpguard.mail import Part

FORMATS = frozenset({"rtf"})

_TOKEN = re.compile(
    rb"(?P<brace>[{}])|\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?[0-9]{1,10})? ?"
    rb"|\\'(?P<hex>[0-9a-fA-F]{2})|\\(?P<sign>[^a-zA-Z])|[\r\n]{1,1000}"
    rb"|(?P<text>[^\\{}\r\n]{1,100000})",
    re.DOTALL,
)
_CHARGED = 200
"""Tokens between two looks at the budget."""

_CHARACTERS = {
    "par": "\n", "line": "\n", "sect": "\n", "page": "\n", "column": "\n", "tab": "\t",
    "cell": "\t", "nestcell": "\t", "row": "\n", "nestrow": "\n", "emdash": "—", "endash": "–",
    "emspace": " ", "enspace": " ", "qmspace": " ", "bullet": "•", "lquote": "‘", "rquote": "’",
    "ldblquote": "“", "rdblquote": "”", "~": "\u00a0", "_": "-", "\n": "\n", "\r": "\n",
}  # fmt: skip
_CHARSETS = {"ansi": "cp1252", "mac": "mac_roman", "pc": "cp437", "pca": "cp850"}


@dataclass(frozen=True, slots=True)
class _Destination:
    """Where the text of a group goes: a story of its own, hidden or not, or nowhere."""

    story: str = ""
    hidden: Hidden | None = None
    taken: bool = True


_BODY = _Destination()
_NOWHERE = _Destination(taken=False)
_PROPERTY = _Destination("properties", Hidden.PROPERTY)
_COMMENT = _Destination("comments", Hidden.COMMENT)
_CODE = _Destination("", Hidden.HIDDEN_TEXT)
_UNKNOWN = _Destination("unknown parts", Hidden.HIDDEN_TEXT)
_OBJECT, _PICTURE = _Destination("object", taken=False), _Destination("picture", taken=False)
_FONTS, _MARKUP = _Destination("fonts", taken=False), _Destination("markup", taken=False)


def _words(destination: _Destination, words: str) -> dict[str, _Destination]:
    return dict.fromkeys(words.split(), destination)


_DESTINATIONS = {
    **_words(
        _NOWHERE,
        "colortbl stylesheet listtable listoverridetable rsidtbl generator themedata"
        " colorschememapping datastore latentstyles filetbl xmlnstbl mmathPr pgptbl"
        " wgrffmtfilter panose fname blipuid blipid picprop listtext pntext pntxta pntxtb pnseclvl"
        " sn datafield defchp defpap fldtype ftnsep ftnsepc ftncn aftnsep aftnsepc aftncn falt"
        " objclass objname objtime oleclsid mhtmltag bkmkend passwordhash template listname"
        " listpicture formtype ffdeftext listlevel levelnumbers leveltext lsdlockedexcept",
    ),
    **_words(
        _PROPERTY,
        "info title subject author manager company operator category keywords comment doccomm"
        " hlinkbase propname staticval linkval docvar revtbl sv nextfile bkmkstart"
        " protusertbl userprops ffname ffhelptext ffstattext ffl formfield",
    ),
    **_words(_COMMENT, "annotation atnid atnauthor atnref atndate atnparent"),
    **_words(_CODE, "fldinst xe tc rxe txe"),
    **_words(
        _Destination("headers"), "header headerl headerr headerf footer footerl footerr footerf"
    ),
    **_words(_Destination("footnotes"), "footnote"),
    **_words(_Destination("", Hidden.ALTERNATIVE), "shprslt"),
    **_words(_OBJECT, "objdata"),
    **_words(_PICTURE, "pict"),
    **_words(_FONTS, "fonttbl"),
    **_words(_MARKUP, "htmltag"),
}
"""Destinations by their control words.  One that is marked as such (`\\*`) and not here, nor in
`_TRANSPARENT`, is text that no program shows."""

_TRANSPARENT = frozenset({
    "shppict", "shpinst", "shptxt", "shp", "sp", "do", "dptxbxtext", "object", "result", "field",
    "fldrslt", "ud", "upr", "pn", "shpgrp", "background", "nonshppict", "nesttableprops", "moveto",
})  # fmt: skip
_ACTING = frozenset(map(str.encode, (
    *_DESTINATIONS, *_CHARACTERS, *_CHARSETS, "bin", "u", "uc", "v", "deleted", "plain", "pard",
    "intbl", "trowd", "trhdr", "f", "fcharset", "cpg", "ansicpg", "fromhtml", "htmlrtf",
)))  # fmt: skip
"""Words that matter; most say how something looks."""


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """The body in order, then other stories, what is not shown, and embedded files, inside."""
    reader = _Reader(place, budget)
    reader.take(part.content)
    reader.flush()
    if reader.markup is not None:
        budget.charge(members=1)
        html = "".join(reader.markup).encode("utf-8", "replace")
        yield budget.open(Part(part.path, html, "text/html", "body.html"), place)
    yield from reader.layout.finish()
    for (story, hidden), pieces in reader.stories.items():
        text = "\n".join(line for line in "".join(pieces).split("\n") if line.strip())
        if text:
            where = f"{place}{SEPARATOR}{story}" if story else place
            yield Text(where, joined(text), hidden)
    for number, (kind, content) in enumerate(reader.files):
        yield from _opened(kind, content, f"{place}{SEPARATOR}{kind} {number + 1}", part, budget)


def _opened(kind: str, data: bytes, where: str, part: Part, budget: Budget) -> Iterator[Piece]:
    """A picture, or the file in an object's data (MS-OLEDS 2.2.5)."""
    name = ""
    if kind == "object":
        position = 8
        for _ in range(3):  # its class, and for links where to
            length = int.from_bytes(data[position : position + 4], "little")
            if position == 8:
                is_package = data[12 : 12 + length].rstrip(b"\0").lower() == b"package"
            position += 4 + length
        data = data[position + 4 :][: int.from_bytes(data[position : position + 4], "little")]
        if is_package:
            name, notes, data = ole.native(len(data).to_bytes(4, "little") + data)
            if notes:
                yield Text(where, "\n".join(notes), Hidden.PROPERTY)
    if data:
        budget.charge(members=1)
        yield budget.open(Part(part.path, data, filename=name), where)


@dataclass(frozen=True, slots=True)
class _State:
    """What a group may change until its end."""

    destination: _Destination = _BODY
    charset: str = ""
    fallback: int = 1
    """Characters to leave out behind a character given by its number."""
    hidden: bool = False
    deleted: bool = False
    in_cell: bool = False
    level: int = 0
    """In how many groups the one is that its destination began in."""
    plain: bool = False
    """Outside what was HTML: text that only RTF readers show (\\htmlrtf)."""


class _Reader:
    """Follows control words; text goes where the state says."""

    def __init__(self, where: str, budget: Budget) -> None:
        self.layout = Layout(where, None, budget)
        self.stories: dict[tuple[str, Hidden | None], list[str]] = {}
        self.files: list[tuple[str, bytes]] = []
        self.markup: list[str] | None = None
        self._budget = budget
        self._state = _State()
        self._outer: list[_State] = []
        self._line: list[str] = []
        self._bytes = bytearray()
        self._data: list[bytes] = []
        self._charset = "cp1252"
        self._fonts: dict[int, str] = {}
        self._font = 0
        self._left_out = 0
        self._starred = False
        self._heading = False

    def take(self, content: bytes) -> None:
        """All of a file.  What is behind the last brace is taken too: some readers show it."""
        position, tokens = 0, 0
        while token := _TOKEN.match(content, position):
            position = token.end()
            tokens += 1
            if not tokens % _CHARGED:
                self._budget.charge()
            match token.lastgroup:
                case "word" | "number":
                    if token["word"] not in _ACTING and not self._starred:
                        continue
                    word = token["word"].decode("ascii")
                    number = int(token["number"]) if token["number"] else None
                    if word == "bin" and number:
                        self._data.append(content[position : position + max(number, 0)])
                        position += max(number, 0)
                    else:
                        self._word(word, number)
                case "text":
                    self._text(token["text"])
                case "brace":
                    self._brace(token["brace"])
                case "hex":
                    self._text(bytes.fromhex(token["hex"].decode("ascii")))
                case "sign":
                    self._sign(token["sign"].decode("latin-1"))

    def _brace(self, brace: bytes) -> None:
        self._flush_bytes()
        self._left_out = 0
        self._starred = False
        if brace == b"{":
            self._outer.append(self._state)
            return
        ended, level = self._state.destination, self._state.level
        if not self._outer:
            return
        self._state = self._outer.pop()
        if level != self._state.level:
            self._end(ended)

    def _end(self, destination: _Destination) -> None:
        """A destination ends."""
        if destination in {_OBJECT, _PICTURE}:
            data, self._data = b"".join(self._data), []
            if data:
                self.files.append((destination.story, data))
        elif destination.taken and destination is not _BODY:
            self._put("\n", destination.story, destination.hidden)

    def _sign(self, sign: str) -> None:
        if sign == "*":
            self._starred = True
        elif sign in "{}\\":  # may be the second half of a character
            self._text(sign.encode("ascii"))
        elif sign in _CHARACTERS:
            if self._left_out and sign not in "\r\n":
                self._left_out -= 1
            else:
                self._character(sign)

    def _word(self, word: str, number: int | None) -> None:
        if self._starred or word in _DESTINATIONS:
            self._begin(word)
            self._starred = False
        elif word in _CHARACTERS:
            self._character(word)
        elif word == "u":
            self._flush_bytes()
            self._show(chr((number or 0) & 0xFFFF))
            self._left_out = self._state.fallback
        else:
            self._change(word, number)

    def _begin(self, word: str) -> None:
        destination = _DESTINATIONS.get(word)
        if destination is None:
            destination = self._state.destination if word in _TRANSPARENT else _UNKNOWN
        outside = self._state.destination
        # What is thrown away stays so, and a property within a table of fonts is none.
        if outside in {_NOWHERE, _FONTS} or (outside is _UNKNOWN and destination.taken):
            return
        self._flush_bytes()
        self._state = replace(self._state, destination=destination, level=len(self._outer))

    def _change(self, word: str, number: int | None) -> None:  # noqa: PLR0912 - a flat list of words
        """A word that changes the state."""
        is_on = number != 0
        match word:
            case "uc":
                self._state = replace(self._state, fallback=max(0, min(number or 0, 100)))
            case "v":
                self._flush_bytes()
                self._state = replace(self._state, hidden=is_on)
            case "deleted":
                self._flush_bytes()
                self._state = replace(self._state, deleted=is_on)
            case "plain":
                self._flush_bytes()
                self._state = replace(self._state, hidden=False, deleted=False, charset="")
            case "pard":
                self._state = replace(self._state, in_cell=False)
            case "intbl":
                self._state = replace(self._state, in_cell=True)
            case "trowd":
                self._heading = False
            case "trhdr":
                self._heading = True
            case "f":
                self._select(number or 0)
            case "fcharset" if self._state.destination is _FONTS:
                self._fonts[self._font] = windows_charset(number or 0)
            case "cpg" if self._state.destination is _FONTS:
                self._fonts[self._font] = codepage_charset(number or 0)
            case "ansicpg":
                self._charset = codepage_charset(number or 0) or self._charset
            case "ansi" | "mac" | "pc" | "pca":
                self._charset = _CHARSETS[word]
            case "fromhtml" if self.markup is None:
                self.markup = []
            case "htmlrtf":
                self._flush_bytes()
                self._state = replace(self._state, plain=is_on)

    def _select(self, font: int) -> None:
        """A font is used, or in the table of fonts described: text is in its charset."""
        if self._state.destination is _FONTS:
            self._font = font
        else:
            self._flush_bytes()
            charset = self._fonts.get(font, "")
            if charset != self._state.charset:
                self._state = replace(self._state, charset=charset)

    def _text(self, raw: bytes) -> None:
        if self._left_out:
            count = min(self._left_out, len(raw))
            self._left_out -= count
            raw = raw[count:]
        if self._state.destination in {_OBJECT, _PICTURE}:
            self._data.append(_from_hex(raw))
        else:
            # A character of two bytes may be split between a literal and an escape.
            self._bytes += raw

    def _flush_bytes(self) -> None:
        if self._bytes:
            charset = self._state.charset or self._charset
            text = self._bytes.decode(charset, "replace").replace("\0", "")
            self._bytes.clear()
            self._show(text)

    def _character(self, name: str) -> None:
        self._flush_bytes()
        state = self._state
        is_body = state.destination is _BODY and self.markup is None
        if is_body and name in {"par", "sect", "cell", "row"}:
            if name == "row":
                self.layout.end_row(heading=self._heading)
                return
            text = self._end_line()
            if name == "cell":
                self.layout.end_cell(text)
            else:
                self.layout.end_paragraph(text, in_cell=state.in_cell)
        else:
            self._show(_CHARACTERS[name])

    def _show(self, text: str) -> None:
        """Text to where the state says."""
        state = self._state
        destination = state.destination
        if self.markup is not None and (destination in {_BODY, _MARKUP} and not state.plain):
            self.markup.append(text)
        elif not destination.taken:
            return
        elif state.deleted or state.hidden:
            why = Hidden.TRACKED_CHANGE if state.deleted else Hidden.HIDDEN_TEXT
            self._put(text, destination.story, destination.hidden or why)
        elif destination is _BODY:
            # In a message that was HTML, only programs without HTML show this.
            if self.markup is None:
                self._line.append(text)
            else:
                self._put(text, "", Hidden.ALTERNATIVE)
        else:
            self._put(text, destination.story, destination.hidden)

    def _put(self, text: str, story: str, hidden: Hidden | None) -> None:
        self.stories.setdefault((story, hidden), []).append(text)

    def _end_line(self) -> str:
        text = joined("".join(self._line))
        self._line = []
        for (story, hidden), pieces in self.stories.items():
            if hidden and not story and pieces[-1] != "\n":
                pieces.append("\n")
        return text

    def flush(self) -> None:
        """The end of the file."""
        self._flush_bytes()
        self._end(self._state.destination)
        if self._line:
            self.layout.end_paragraph(self._end_line(), in_cell=self._state.in_cell)


def _from_hex(raw: bytes) -> bytes:
    """Bytes written as hexadecimal digits, in between white space; nothing for anything else."""
    digits = raw.translate(None, b" \t\r\n\0")
    try:
        return bytes.fromhex(digits[: len(digits) & ~1].decode("ascii"))
    except ValueError:
        return b""
