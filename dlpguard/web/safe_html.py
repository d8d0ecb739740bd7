"""HTML out of a mail, made such that a browser can do nothing but show it.

No attribute of the mail's survives but how many cells a cell is wide and high: nothing is loaded,
run, styled, sent or followed.  Links and pictures become words.  What comes out is put together
anew from elements that are listed here, and then goes through nh3 as well.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import nh3

from dlpguard.web.masking import Veil, spans

MOST = 3_000_000
"""Characters of HTML that are looked at, pictures inside it among them."""

MOST_SHOWN = 400_000
"""Characters that are shown at most: a hundred pages, which nobody reads in a frame."""

_DEEPEST = 50
"""Elements in elements.  Newsletters nest thirty; nh3 takes minutes for a hundred thousand."""

_ATTRIBUTES = 40
"""Quotes in a tag that are looked at, so that a tag without an end costs no more than this."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BLOCKS = _words(
    "address article aside blockquote caption center dd div dl dt fieldset figure footer form h1 h2"
    " h3 h4 h5 h6 header hr li main nav ol p pre section table tbody td tfoot th thead tr ul br"
    " title"
)
"""Elements that end a word."""

_KEPT = _words(
    "b blockquote br caption center code dd del div dl dt em h1 h2 h3 h4 h5 h6 hr i ins li ol p"
    " pre s small span strong sub sup table tbody td tfoot th thead tr u ul"
)
_EMPTY = frozenset({"br", "hr"})
_NO_TEXT = re.compile(r"script|style|title|textarea|xmp|iframe|noembed|noframes")
"""Elements whose content a mail program does not show as text."""

_NAME = re.compile(r"/?[A-Za-z][A-Za-z0-9:-]{0,40}")
_SPAN = re.compile(r"(colspan|rowspan)\s{0,5}=\s{0,5}[\"']?(\d{1,3})(?!\d)", re.IGNORECASE)
_ADDRESS_OF = re.compile(
    r"""[\s"'/](href|src|alt|background)\s{0,5}=\s{0,5}(?:"([^"]{0,2000})|'([^']{0,2000})|([^\s"'>]{1,2000}))""",
    re.IGNORECASE,
)
_UNSEEN = dict.fromkeys(map(ord, "\0\u00ad\u200b\u200c\u200d\u2060\ufeff"))
"""Characters that are not seen: between the letters of a name they would keep it from its mask."""


@dataclass(frozen=True, slots=True)
class Safe:
    """What is safe to show.  `cut`: there was more than is shown."""

    html: str = field(repr=False)
    cut: bool


@dataclass(frozen=True, slots=True)
class _Tag:
    name: str
    closes: bool
    inside: str = field(default="", repr=False)


def safe(source: str, over: Veil | None) -> Safe:
    """A page of a mail, with a veil over what is to be masked (None: over nothing)."""
    pieces: list[str | _Tag] = []
    length, cut = 0, len(source) > MOST
    for piece in _pieces(source[:MOST]):
        # A tag takes room too: of nothing but tags there is an end as well.
        room = MOST_SHOWN - length
        length += len(piece) if isinstance(piece, str) else len(piece.name) + 5
        pieces.append(piece[:room] if isinstance(piece, str) else piece)
        if length > MOST_SHOWN:
            cut = True
            break
    written = "".join(_written(pieces, over))
    attributes = {"td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
    cleaned = nh3.clean(written, tags=set(_KEPT), attributes=attributes, link_rel=None)
    return Safe(cleaned, cut)


def _pieces(source: str) -> Iterator[str | _Tag]:
    """Texts, decoded, and tags, in order.  Linear, whatever the source is."""
    at = 0
    while at < len(source):
        begins = source.find("<", at)
        if begins != at:
            end = len(source) if begins < 0 else begins
            yield html.unescape(source[at:end]).translate(_UNSEEN)
            at = end
        elif source.startswith("<!--", at):
            end = source.find("-->", at + 4)
            at = len(source) if end < 0 else end + 3
        elif source.startswith(("<!", "<?"), at):
            end = source.find(">", at)
            at = len(source) if end < 0 else end + 1
        elif name := _NAME.match(source, at + 1):
            end = _end_of_tag(source, name.end())
            if end < 0:
                return
            tag = _Tag(name[0].lower().lstrip("/"), name[0][0] == "/", source[name.end() : end])
            at = end + 1
            if not tag.closes and _NO_TEXT.fullmatch(tag.name):
                closing = re.compile(f"</{tag.name}", re.IGNORECASE).search(source, at)
                if closing is None:
                    return
                at = closing.start()
            yield tag
        else:
            yield "<"
            at += 1


def _end_of_tag(source: str, start: int) -> int:
    """Where the > of a tag is, -1 where it never ends.  What stands in quotes does not end it."""
    at = start
    for _ in range(_ATTRIBUTES):
        end = source.find(">", at)
        if end < 0:
            return -1
        quotes = [q for q in (source.find('"', at, end), source.find("'", at, end)) if q >= 0]
        if not quotes:
            return end
        closing = source.find(source[min(quotes)], min(quotes) + 1)
        if closing < 0:
            return end
        at = closing + 1
    return source.find(">", start)


def _written(pieces: list[str | _Tag], over: Veil | None) -> Iterator[str]:
    """The pieces as well-formed HTML, texts under the veil."""
    texts = _with_notes(pieces)
    if over is not None:
        texts = _veiled(texts, over)
    open_: list[str] = []
    for piece in texts:
        if isinstance(piece, str):
            yield html.escape(piece)
        elif piece.name not in _KEPT:
            if piece.name in _BLOCKS:
                yield "<br>"
        elif piece.name in _EMPTY:
            yield f"<{piece.name}>"
        elif not piece.closes:
            if len(open_) < _DEEPEST:
                open_.append(piece.name)
                yield f"<{piece.name}{_spans(piece)}>"
        elif piece.name in open_:
            while (last := open_.pop()) != piece.name:
                yield f"</{last}>"
            yield f"</{last}>"
    yield from (f"</{name}>" for name in reversed(open_))


def _with_notes(pieces: list[str | _Tag]) -> list[str | _Tag]:
    """Behind every link where it leads, and in the place of every picture what it is called."""
    made: list[str | _Tag] = []
    target = ""
    for piece in pieces:
        made.append(piece)
        if isinstance(piece, str):
            continue
        if piece.name == "a":
            if target:
                made.append(f" [link: {target}] ")
            target = "" if piece.closes else _attribute(piece, "href")
        elif piece.name == "img" and not piece.closes:
            made.append(f" [picture: {_picture(piece)}] ")
    return made


def _picture(tag: _Tag) -> str:
    called, source = _attribute(tag, "alt"), _attribute(tag, "src")
    if called or source[:5].lower() == "data:":
        return called or "in the mail itself"
    return source or "without a name"


def _attribute(tag: _Tag, name: str) -> str:
    for found, *values in _ADDRESS_OF.findall(f" {tag.inside}"):
        if found.lower() == name:
            text = html.unescape("".join(values)).translate(_UNSEEN)
            return " ".join(text.split())[:300]
    return ""


def _spans(tag: _Tag) -> str:
    if tag.name not in {"td", "th"}:
        return ""
    found = {name.lower(): number for name, number in _SPAN.findall(tag.inside)}
    return "".join(f' {name}="{number}"' for name, number in found.items())


def _veiled(pieces: list[str | _Tag], over: Veil) -> list[str | _Tag]:
    """The same pieces; what is masked may reach over tags inside a line, as in `<b>J</b>ohn`."""
    joined = "".join(
        piece if isinstance(piece, str) else "\n" if piece.name in _BLOCKS else ""
        for piece in pieces
    )
    masks = spans(joined, over)
    following = next(masks, None)
    made: list[str | _Tag] = []
    start = 0
    for piece in pieces:
        if not isinstance(piece, str):
            start += piece.name in _BLOCKS
            made.append(piece)
            continue
        end, at, text = start + len(piece), start, ""
        while following and following[0] < end:
            first, last, mask = following
            text += joined[at : max(at, first)] + (mask if first >= start else "")
            at = min(end, last)
            if last > end:
                break
            following = next(masks, None)
        made.append(text + joined[at:end])
        start = end
    return made
