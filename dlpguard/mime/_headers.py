"""Header fields: unfolded, with encoded words and parameters decoded as a mail program would.

Our own, because the standard library recurses in comments and is quadratic in long fields, and
because what lenient readers see besides has to be read too: duplicates, broken lines.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from dlpguard.mail import Mailbox
from dlpguard.mime.charsets import decode

_FIELD = re.compile(rb"([!-9;-~]{1,200})([ \t]{0,20}):")
_EMPTY_LINE = re.compile(rb"\r\n\r\n|\n\n|\r\r(?!\n)|\n\r\n")
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r|$)")
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?\r\n]{0,8000})(?:\?=|\Z)")
_BETWEEN_WORDS = re.compile(r"(\?=)[ \t\r\n]{1,200}(?==\?[^?\s]{1,60}\?[bBqQ]\?)")
_PARAMETER = re.compile(
    r"""[;\s,]\s{0,100}([A-Za-z0-9_-]{1,40})(\*\d{1,3})?(\*)?\s{0,20}=\s{0,100}
        (?:"((?:[^"\\]|\\.){0,4000})"?|([^;\r\n]{0,4000}))""",
    re.VERBOSE,
)
_CONTINUED = re.compile(rb"[ \t][^\r\n]{0,998}\r?\n(?=[!-9;-~]{1,200}[ \t]{0,20}:)")
"""A line that goes on with a field that is not there, and a field behind it."""

_COMMENT = re.compile(r"\([^()]{0,500}\)")


@dataclass(frozen=True, slots=True)
class Headers:
    """The fields of one header block, names in lower case, in order.

    `broken` are lines that are no field; `count` is how many fields there were, kept or not.
    """

    fields: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    broken: tuple[str, ...] = field(default=(), repr=False)
    count: int = 0

    def all(self, name: str) -> list[str]:
        """Every value of a field, unfolded but not decoded."""
        return [value for key, value in self.fields if key == name]

    def first(self, name: str) -> str:
        """The first value of a field, "" when there is none."""
        return next((value for key, value in self.fields if key == name), "")


def split(content: bytes, start: int, end: int, most: int) -> tuple[int, int]:
    """Where the header block that begins at `start` ends, and where the body begins.

    At most `most` bytes are header; what a longer block holds beyond is taken as body.
    """
    if content[start : start + 2] == b"\r\n":
        return start, start + 2
    if content[start : start + 1] in {b"\n", b"\r"}:
        return start, start + 1
    first = _LINE.match(content, start, end)
    is_field = _FIELD.match(content, start, end) or _CONTINUED.match(content, start, end)
    if first and not is_field and not first[0].startswith((b"From ", b">From ")):
        return start, start  # no field at all: readers show everything as the body
    empty = _EMPTY_LINE.search(content, start, min(end, start + most))
    if empty:
        return empty.start(), empty.end()
    stop = min(end, start + most)
    return stop, stop


def parse(block: bytes, most: int) -> Headers:
    """A header block as fields; the first `most` of them.  8-bit characters are taken as text."""
    fields: list[tuple[str, list[str]]] = []
    broken: list[str] = []
    count = 0
    for line in _LINE.findall(block):
        text = line.rstrip(b"\r\n")
        if not text:
            continue
        if text[:1] in {b" ", b"\t"} and fields:
            if count <= most:
                fields[-1][1].append(decode(text))
        elif match := _FIELD.match(text):
            count += 1
            if count <= most:
                name = match[1].decode("ascii").lower()
                fields.append((name, [decode(text[match.end() :])]))
        elif not text.startswith((b"From ", b">From ")) and len(broken) < most:
            broken.append(decode(text))
    return Headers(
        tuple((name, "".join(lines).strip()) for name, lines in fields), tuple(broken), count
    )


def decoded(value: str) -> str:
    """A value with its encoded words (RFC 2047) decoded, wherever in it they stand.

    >>> decoded("=?utf-8?q?caf=C3?= =?utf-8?q?=A9?= bar")
    'café bar'
    """
    if "=?" not in value:
        return value
    text: list[str] = []
    pending: list[bytes] = []
    charset, position = "", 0
    joined = _BETWEEN_WORDS.sub(r"\1", value)
    for match in _WORD.finditer(joined):
        label = match[1].split("*")[0].lower()
        if pending and (label != charset or match.start() > position):
            text.append(decode(b"".join(pending), charset))
            pending = []
        text.append(joined[position : match.start()])
        # Words that follow each other may share one character's bytes.
        pending.append(_word(match[2], match[3]))
        charset, position = label, match.end()
    if pending:
        text.append(decode(b"".join(pending), charset))
    return "".join([*text, joined[position:]])


def _word(encoding: str, text: str) -> bytes:
    raw = text.encode("utf-8", "replace")
    if encoding in "qQ":
        return binascii.a2b_qp(raw, header=True)
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", raw)
    letters = letters if len(letters) % 4 != 1 else letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def parameters(value: str) -> dict[str, list[str]]:
    """The parameters of a structured field (RFC 2045, 2231), every value that a name has.

    >>> parameters('text/plain; name*0*=utf-8\\'\\'a%20; name*1="b.txt"; charset="x"')
    {'name': ['a b.txt'], 'charset': ['x']}
    """
    found: dict[str, list[str]] = {}
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for name, number, percent, quoted, bare in _PARAMETER.findall(f";{value.partition(';')[2]}"):
        key = name.lower()
        text = re.sub(r"\\(.)", r"\1", quoted) if quoted else _COMMENT.sub("", bare).strip()
        if number or percent:
            pieces.setdefault(key, []).append((int(number[1:] or 0), bool(percent), text))
            found.setdefault(key, [])
        else:
            found.setdefault(key, []).append(decoded(text))
    for key, parts in pieces.items():
        found[key].insert(0, _joined(parts))
    return found


def _joined(parts: list[tuple[int, bool, str]]) -> str:
    """The sections of an RFC 2231 parameter as one text."""
    charset, raw = "", []
    for number, percent, text in sorted(parts, key=lambda part: part[0]):
        section = text
        if percent:
            if number == 0 and section.count("'") >= 2:
                charset, _, section = section.split("'", 2)
            escaped = re.split(r"%([0-9A-Fa-f]{2})", section)
            for index, piece in enumerate(escaped):
                raw.append(bytes.fromhex(piece) if index % 2 else piece.encode("utf-8", "replace"))
        else:
            raw.append(section.encode("utf-8", "replace"))
    return decode(b"".join(raw), charset)


def mailboxes(value: str) -> tuple[Mailbox, ...]:
    """The addresses of a From, To or Cc field (RFC 5322 3.4), group members included.

    >>> [(m.name, m.address) for m in mailboxes('A: "Bee, Ann" <a@x.example>, b@x.example (Bob);')]
    [('Bee, Ann', 'a@x.example'), ('Bob', 'b@x.example')]
    """
    if plain := _PLAIN_MAILBOX.fullmatch(value):
        return (Mailbox(" ".join((plain[1] or "").split()), plain[2] or plain[3]),)
    return tuple(_mailboxes(value))


_PLAIN_MAILBOX = re.compile(
    r"\s{0,9}(?:([^\\\"(),:;<>@=]{0,200})<([^\\\"(),:;<>\s]{1,320})>"
    r"|([^\\\"(),:;<>@=\s]{1,64}@[^\\\"(),:;<>=\s]{0,320}))\s{0,9}"
)
"""One without quotes, comments or encoded words, as most are."""


def _mailboxes(value: str) -> Iterator[Mailbox]:
    name: list[str] = []
    comment: list[str] = []
    angle: list[str] = []
    depth, quoted, inside = 0, False, False
    characters = iter(value)
    for character in characters:
        target = comment if depth else angle if inside else name
        if character == "\\":
            target.append(next(characters, ""))
        elif depth:
            depth += {"(": 1, ")": -1}.get(character, 0)
            comment.append(character if depth else " ")
        elif quoted and character != '"':
            target.append(character)
        elif character == '"':
            quoted = not quoted
        elif character == "(":
            depth = 1
        elif character in "<>":
            inside = character == "<"
        elif character == ":" and not inside:
            name.clear()  # the name of a group
        elif character in ",;" and not inside:
            yield from _mailbox(name, comment, angle)
            name, comment, angle = [], [], []
        else:
            target.append(character)
    # An unclosed quote, comment or angle may have swallowed the end; it is read all the same.
    yield from _mailbox(name, comment, angle)


def _mailbox(name: list[str], comment: list[str], angle: list[str]) -> Iterator[Mailbox]:
    words = decoded(" ".join("".join(name).split()))
    where = "".join("".join(angle).rpartition(":")[2].split())  # after RFC 5322 4.4's route
    if not where and "@" in words:
        # Without angle brackets the words are the address, and a comment the name.
        before, _, last = words.rpartition(" ")
        words, where = (before, last) if "@" in last else ("", words.replace(" ", ""))
    words = words or decoded(" ".join("".join(comment).split()))
    if where or words:
        yield Mailbox(words, where)
