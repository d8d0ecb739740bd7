"""The structure of a message: which bytes are which part, what they decode to, what is doubtful.

Our own walk instead of the standard library's: that one recurses (a deep message raises), needs
2 µs for every line (8 MB of empty lines: 19 s, measured) and sees one of several readings.  This
one finds delimiters with `bytes.find` and takes every reading of an ambiguous part.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dlpguard.document import Gap, Unread
from dlpguard.mail import HeaderText, Part
from dlpguard.mime import _headers, _readings, _transfer, _written
from dlpguard.mime._headers import Headers
from dlpguard.mime._limits import Limits

_LOOSE_BOUNDARY = re.compile(
    r"""boundary\s{0,20}=\s{0,20}(?:"([^"\r\n]{0,200})"|([^;\r\n"]{1,200}))""", re.IGNORECASE
)
_GUESS = re.compile(
    rb"^--([^\s-][^\r\n]{0,200}?)[ \t]{0,200}\r?\n(?=[!-9;-~]{1,100}:)", re.MULTILINE
)
_TYPE = re.compile(r"\s{0,100}\"?([a-zA-Z0-9!#$&^_.+-]{1,100}/[a-zA-Z0-9!#$&^_.+-]{1,100})")
_TYPE_COMMENT = re.compile(r"\([^()]{0,500}\)")
_AROUND_SLASH = re.compile(r"\s{0,20}/\s{0,20}")
_LATE_HEADER = re.compile(
    rb"(?:\xef\xbb\xbf|[\s\0]){0,50}((?:[!-9;-~]{1,100}:[^\r\n]{0,998}\r?\n"
    rb"(?:[ \t][^\r\n]{0,998}\r?\n){0,20}){0,20}"
    rb"(?:content-type|content-transfer-encoding|mime-version)[ \t]{0,5}:)",
    re.IGNORECASE,
)
"""A header where the body begins: readers that take another line for the empty one, or that skip a
byte order mark, see these fields too."""

_BOILERPLATE = re.compile(
    rb"[^@0-9]{0,400}\bMIME\b[^@0-9]{0,400}|\s{0,400}", re.IGNORECASE | re.DOTALL
)
_READINGS = 4
"""Readings of one ambiguous part that are followed: more than programs disagree about."""

_COPIES = 4
"""Times the size of the message that all readings together may have: enough for every part to be
read in several ways, and no way to make one large part a thousand large ones."""

_TOO_MANY = "more parts, or more readings of them, than the limit"

_BODY_TYPES = frozenset({"text/plain", "text/html"})


@dataclass(frozen=True, slots=True)
class _Node:
    """Bytes from `start` to `end` of a buffer that begin with a header block."""

    buffer: bytes
    start: int
    end: int
    path: str
    depth: int
    default: str


class Walk:
    """Walks a message once; afterwards its lists hold what was found."""

    def __init__(self, raw: bytes, limits: Limits) -> None:
        self._raw = raw
        self._limits = limits
        self._visited = 0
        self._room = _COPIES * min(len(raw), limits.size) + limits.header_bytes
        self.headers = Headers()
        self.parts: list[Part] = []
        self.written: list[HeaderText] = []
        self.gaps: list[Gap] = []
        self.defects: list[str] = []

    def run(self) -> None:
        """Visit every part, outermost first, in order."""
        stack = [_Node(self._raw, 0, min(len(self._raw), self._limits.size), "", 0, "text/plain")]
        if len(self._raw) > self._limits.size:
            self._gap("", Unread.TOO_LARGE, f"the message has more than {self._limits.size} bytes")
        while stack:
            self._visited += 1
            if self._visited > self._limits.parts or self._room < 0:
                self._gap("", Unread.TOO_LARGE, _TOO_MANY)
                return
            node = stack.pop()
            if node.depth > self._limits.depth:
                self._gap(node.path, Unread.TOO_DEEP, f"nested deeper than {self._limits.depth}")
                continue
            stack.extend(reversed(list(self._visit(node))))

    def defect(self, name: str) -> None:
        """Record a defect, once."""
        if name not in self.defects:
            self.defects.append(name)

    def _gap(self, path: str, why: Unread, detail: str) -> None:
        gap = Gap(f"part {path}" if path else "message", why, detail, "mail")
        if gap not in self.gaps:
            self.gaps.append(gap)

    def _visit(self, node: _Node) -> Iterator[_Node]:
        stop, body = _headers.split(node.buffer, node.start, node.end, self._limits.header_bytes)
        headers = _headers.parse(node.buffer[node.start : stop], self._limits.headers)
        if headers.count > self._limits.headers or stop - node.start >= self._limits.header_bytes:
            self._gap(node.path, Unread.TOO_LARGE, "more header than the limit")
        if node.depth == 0:
            self.headers = headers
        else:
            self.written += _written.written(headers, node.path)
        if headers.broken:
            self.defect("broken-header")
            text = "\n".join(headers.broken)
            self._add(node.path, "broken-header", text.encode("utf-8", "replace"))
        types = list(dict.fromkeys(headers.all("content-type"))) or [node.default]
        encodings = self._encodings(headers)
        for index, value in enumerate(self._few(types, node.path)):
            path = f"{node.path}~{index}" if index else node.path
            kind = self._kind(value) or node.default
            inner = _Node(node.buffer, body, node.end, path, node.depth, kind)
            if kind.startswith("multipart/") or _boundaries(value):
                yield from self._multipart(inner, value, encodings)
            else:
                self._leaf(inner, headers, value, encodings)
                if kind in _BODY_TYPES:
                    self._late(inner, node.buffer[node.start : stop])

    def _late(self, body: _Node, header: bytes) -> None:
        """The message that it is when its header goes on below."""
        if late := _LATE_HEADER.match(body.buffer, body.start, body.end):
            self.defect("late-header")
            fields = header.rstrip() + b"\r\n" if header.strip() else b""
            whole = fields + body.buffer[late.start(1) : body.end]
            self._add(body.path or "1", "late-header", whole, "message/rfc822")

    def _kind(self, value: str) -> str:
        """The type that a Content-Type means, "" for none."""
        strict = _TYPE.match(value)
        if strict:
            return strict[1].lower()
        plain = _AROUND_SLASH.sub("/", _TYPE_COMMENT.sub("", _headers.decoded(value)))
        lenient = _TYPE.match(plain)
        if lenient:
            self.defect("content-type")
        return lenient[1].lower() if lenient else ""

    def _encodings(self, headers: Headers) -> list[str]:
        """What the transfer encoding may be, the likeliest first."""
        values = headers.all("content-transfer-encoding")
        names = [_transfer.name(value) for value in values]
        if any(not strict for _, strict in names):
            self.defect("transfer-encoding")
        # Of an unknown word readers make nothing; a known one among the duplicates counts.
        return list(dict.fromkeys(name for name, _ in names)) or [""]

    def _multipart(self, node: _Node, value: str, encodings: list[str]) -> Iterator[_Node]:
        buffers = [(node.buffer, node.start, node.end)]
        if any(encodings):
            # RFC 2045 6.4 forbids it, and some readers decode it nevertheless.
            self.defect("encoded-multipart")
            whole = node.buffer[node.start : node.end]
            for encoding in filter(None, encodings):
                decoded = _transfer.decode(whole, encoding)
                buffers.append((decoded, 0, len(decoded)))
        readings = 0
        for buffer, start, end in buffers:
            candidates = _boundaries(value)
            if not any(_delimiters(buffer, start, end, name) for name in candidates):
                guess = _GUESS.search(buffer, start, end)
                candidates = [guess[1]] if guess else []
                if guess:
                    self.defect("guessed-boundary")
            for name in candidates:
                delimiters = _delimiters(buffer, start, end, name)
                if delimiters and readings == _READINGS:
                    self._gap(node.path, Unread.TOO_LARGE, _TOO_MANY)
                elif delimiters:
                    readings += 1
                    path = node.path if readings == 1 else f"{node.path}~b{readings}"
                    yield from self._children(
                        _Node(buffer, start, end, path, node.depth, node.default), delimiters
                    )
        if readings == 0:
            self.defect("broken-multipart")
            self._leaf(node, Headers(), "text/plain", encodings)
        elif readings > 1:
            self.defect("several-boundaries")

    def _children(self, node: _Node, delimiters: list[tuple[int, int, bool]]) -> Iterator[_Node]:
        self._outside(node, "preamble", node.start, delimiters[0][0])
        if not delimiters[-1][2]:
            self.defect("unclosed-multipart")
        default = "message/rfc822" if node.default == "multipart/digest" else "text/plain"
        number = 0
        ends = [before for before, _, _ in delimiters[1:]] + [node.end]
        for (_, after, closing), end in zip(delimiters, ends, strict=True):
            if closing:
                self._outside(node, "epilogue", after, end)
            elif end > after:
                number += 1
                path = f"{node.path}.{number}" if node.path else str(number)
                yield _Node(node.buffer, after, end, path, node.depth + 1, default)

    def _outside(self, node: _Node, name: str, start: int, end: int) -> None:
        """Text before, between or behind the parts, which mail programs do not show."""
        text = node.buffer[start:end].strip()
        if text and not (len(text) <= 400 and _BOILERPLATE.fullmatch(text)):
            self._add(node.path, name, text)
            for other in _readings.inside(Part(f"{node.path}~{name}", text, "text/plain")):
                self._extra(other)

    def _leaf(self, node: _Node, headers: Headers, value: str, encodings: list[str]) -> None:
        raw = node.buffer[node.start : node.end]
        dispositions = headers.all("content-disposition")
        of_type = _headers.parameters(value)
        names = [n for d in dispositions for n in _headers.parameters(d).get("filename", [])]
        names += of_type.get("name", [])
        filename = re.sub(r"[\x00-\x1f\x7f]{1,200}", " ", names[0]).strip() if names else ""
        others = [name for name in dict.fromkeys(names[1:]) if name != names[0]]
        if others:
            self.defect("several-names")
            self._add(node.path or "1", "names", "\n".join(others).encode("utf-8", "replace"))
        if addresses := of_type.get("url"):
            # RFC 2046 5.2.3: the body stands elsewhere, and its address says where.
            self._add(node.path or "1", "external", "\n".join(addresses).encode())
        attached = headers.first("content-disposition").strip().lower().startswith("attachment")
        kind = node.default
        plain = _transfer.plain_base64(raw) if encodings == ["base64"] else None
        content = _transfer.decode(raw, encodings[0]) if plain is None else plain
        labels = self._few(list(dict.fromkeys(of_type.get("charset", []))), node.path) or [""]
        is_body = kind in _BODY_TYPES and not attached and not filename
        part = Part(node.path or "1", content, kind, filename, labels[0], is_body)
        part, *fixed = _readings.flowed(part, of_type.get("format", []), of_type.get("delsp", []))
        self._keep(part)
        for other in fixed:
            self._extra(other)
        for other in _readings.others(part, raw if plain is None else b"", encodings, labels):
            self._extra(other)

    def _add(
        self,
        path: str,
        suffix: str,
        content: bytes,
        kind: str = "text/plain",
        filename: str = "",
        charset: str = "",
    ) -> None:
        """A part that most readers do not show; its path says what it is."""
        self._extra(Part(f"{path}~{suffix}", content, kind, filename, charset))

    def _extra(self, part: Part) -> None:
        self._visited += 1
        self._keep(part)

    def _few(self, readings: list[str], path: str) -> list[str]:
        """The first of many readings; the others are a gap."""
        if len(readings) > _READINGS:
            self._gap(path, Unread.TOO_LARGE, _TOO_MANY)
        return readings[:_READINGS]

    def _keep(self, part: Part) -> None:
        self._room -= len(part.content)
        if self._visited <= self._limits.parts and self._room >= 0:
            self.parts.append(part)
        else:
            self._gap("", Unread.TOO_LARGE, _TOO_MANY)


def _boundaries(value: str) -> list[bytes]:
    """Every boundary that some reader could see in a Content-Type."""
    strict = _headers.parameters(value).get("boundary", [])
    loose = [quoted or bare for quoted, bare in _LOOSE_BOUNDARY.findall(value)]
    trimmed = [re.split(r"[\s(]", name, maxsplit=1)[0] for name in loose]
    literal = [name.replace("\\", "") for name in loose]
    found: Iterable[str] = (name.rstrip() for name in [*strict, *loose, *trimmed, *literal])
    names = list(dict.fromkeys(name.encode("utf-8", "replace") for name in found))
    return [name for name in names if name] or names[:1]


def _delimiters(buffer: bytes, start: int, end: int, name: bytes) -> list[tuple[int, int, bool]]:
    """The delimiter lines of a boundary: where the body before ends, the next part begins, closing.

    RFC 2046 5.1.1: two hyphens, the boundary, two more hyphens if it closes, white space.
    """
    found = []
    sought = b"--" + name
    position = buffer.find(sought, start, end)
    while position != -1:
        after = position + len(sought)
        if position == start or buffer[position - 1] in b"\r\n":
            closing = buffer.startswith(b"--", after, end)
            match = _REST_OF_LINE.match(buffer, after + 2 * closing, end)
            if match:
                found.append((_before_line_end(buffer, start, position), match.end(), closing))
                after = match.end()
        position = buffer.find(sought, after, end)
    return found


_REST_OF_LINE = re.compile(rb"[ \t]{0,1000}(?:\r\n|\n|\r|\Z)")


def _before_line_end(buffer: bytes, start: int, position: int) -> int:
    """The line end before a delimiter belongs to the delimiter."""
    if position - 2 >= start and buffer[position - 2 : position] == b"\r\n":
        return position - 2
    return max(start, position - 1)
