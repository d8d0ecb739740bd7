"""Bytes as text, whatever their label says: mail and files lie about their character set.

The order of belief: a byte order mark, the shape of UTF-16 and UTF-32, ASCII, UTF-8 against a label
of one byte a character, then the label, then UTF-8, then Windows-1252, which can read anything.
Where another program would see something else, `readings` has that too.

>>> decode(b"caf\\xc3\\xa9", "us-ascii")
'café'
>>> decode("Ann".encode("utf-16-le"))
'Ann'
>>> decode(b"Ann Lee", "cp037")
'Ann Lee'
>>> readings(b"caf+AOk-", "utf-7")
('café', 'caf+AOk-')
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from functools import cache
from itertools import islice

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_NOT_CHARSETS = frozenset(
    {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
)
"""Python codecs that no mail program knows; some of them take quadratic time."""

_MEANT = {
    "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949",
    "iso8859-9": "cp1254", "tis-620": "cp874",
}  # fmt: skip
"""What the Encoding Standard (WHATWG, 4.2) reads under labels that say less than they mean."""

_SHIFTING = ("utf-7", "hz", "iso2022")
"""Charsets that write letters of other scripts in ASCII: ASCII alone does not refute them."""

_SHIFTING_EVERYWHERE = "iso2022_jp"
"""The only one of them that every mail program still reads as its label says."""

_ASCII = bytes(range(0x20, 0x7F))
_SAMPLE = 4096
"""Bytes looked at for the shape of UTF-16: a page of text says it."""

_FEW_ZEROS = 0.02
"""Share of zero bytes that spaces, digits and line ends alone give to UTF-16 of any script."""

_PLAIN = re.compile(rb"[\t\r\n !-?A-~]{16}")
"""Sixteen characters of ASCII in a row, which neither UTF-16 nor EBCDIC gives by chance; the @ is
EBCDIC's space, and stands in rows."""

_CONTROL = re.compile(r"[^\n\x08]\x08|[\0-\x08\x0e-\x1b\x7f]")
_NOT_ASCII = re.compile("[^\0-\x7f]{1,10000}")
_CONTROLS = bytes(code for code in range(0x80) if _CONTROL.fullmatch(chr(code)))
_IN_A_WORD = re.compile(r"[^\W_][\0-\x08\x0e-\x1b\x7f]{1,20}[^\W_]")
_UTF_7 = re.compile(rb"\+[A-Za-z0-9+/]{3,2000}-")
_RUNS = 1000
"""Runs of UTF-7 looked at: the first ones say whether it is."""

_OF_TEXT = frozenset("LMNPSZ")
"""General categories of characters (Unicode 4.5) that texts are made of, controls aside."""


def decode(content: bytes, declared: str = "") -> str:
    """The likeliest text of some bytes; `declared` is the label they came with.  Never raises."""
    return _decoded(content, _likeliest(content, declared))


def readings(content: bytes, declared: str = "") -> tuple[str, ...]:
    """The likeliest text first, then what programs that believe otherwise would show.

    More than one only where they disagree about ASCII, or about control characters in words: about
    accents they disagree every day.
    """
    likeliest, label = _likeliest(content, declared), _known(declared)
    charsets = [likeliest]
    if likeliest.startswith(_SHIFTING):
        doubtful = not _keeps_ascii(likeliest) or not _reads(content, likeliest)
    else:
        doubtful = not _keeps_ascii(likeliest) and _PLAIN.search(content) is not None
    if doubtful:
        charsets.append(_lenient(content))
    if label and not _keeps_ascii(label) and not _is_lie(label, content):
        charsets.append(label)
    if content.isascii() and not label.startswith(_SHIFTING) and _hides_utf_7(content):
        charsets.append("utf-7")
    texts = [_decoded(content, charset) for charset in charsets]
    # Some programs show a box for a control character, some a space, and most nothing at all.
    if not label.startswith(_SHIFTING):
        in_words = [t for t in texts if _has_controls(t) and _IN_A_WORD.search(t)]
        texts += [_CONTROL.sub("", text) for text in in_words]
    return tuple(dict.fromkeys(texts))


def _has_controls(text: str) -> bool:
    encoded = text.encode("utf-8", "surrogatepass")
    return len(encoded.translate(None, _CONTROLS)) < len(encoded)


def _hides_utf_7(content: bytes) -> bool:
    """Whether letters that need no encoding are written in UTF-7 (RFC 2152), which nobody says."""
    for run in islice(_UTF_7.finditer(content), _RUNS):
        try:
            text = run[0].decode("utf-7")
        except UnicodeError:
            continue
        if any(c.isascii() and c.isalnum() for c in text) and all(c < "\u0250" for c in text):
            return True
    return False


def wide_charset(content: bytes) -> str:
    """UTF-16 or UTF-32 recognised by where its zero bytes are; "" when it is neither."""
    first = content.find(b"\0")
    if first == -1 or len(content) < 4:
        return ""
    if first < _SAMPLE:
        return _shape(content[:_SAMPLE])
    # A page in a script other than Latin may have none before its first digit or line end.
    shape = _shape(content[first - _SAMPLE // 2 & ~3 :][:_SAMPLE])
    return shape if shape.startswith("utf-16") and _is_wide_text(content[:_SAMPLE], shape) else ""


def _shape(sample: bytes) -> str:
    quarters = [sample[i::4].count(0) / len(sample[i::4]) for i in range(4)]
    even, odd = sample[::2].count(0) / len(sample[::2]), sample[1::2].count(0) / len(sample[1::2])
    few = _FEW_ZEROS
    shapes = {
        "utf-32-le": min(quarters[1:]) > 0.9 and quarters[0] < 0.1,
        "utf-32-be": min(quarters[:3]) > 0.9 and quarters[3] < 0.1,
        "utf-16-le": odd > 0.5 and even < 0.1,
        "utf-16-be": even > 0.5 and odd < 0.1,
    }
    if not any(shapes.values()):
        shapes["utf-16-le"] = odd > few and even == 0 and _is_wide_text(sample, "utf-16-le")
        shapes["utf-16-be"] = even > few and odd == 0 and _is_wide_text(sample, "utf-16-be")
    return next((charset for charset, fits in shapes.items() if fits), "")


def _is_wide_text(sample: bytes, charset: str) -> bool:
    """Whether bytes with few zeros are UTF-16 in a script other than Latin.

    Pairs of ASCII bytes are Chinese characters, so what is ASCII for the most part is not.
    """
    if len(sample.translate(None, _ASCII)) < len(sample) * 0.3:
        return False
    try:
        text = sample[: len(sample) & ~1].decode(charset)
    except UnicodeError:
        return False
    fitting = sum(c in "\t\r\n\ufeff" or unicodedata.category(c)[0] in _OF_TEXT for c in text)
    return fitting >= 0.98 * len(text)


def _likeliest(content: bytes, declared: str) -> str:
    """The charset of `decode`."""
    if content.isascii() and b"\0" not in content and not _known(declared).startswith(_SHIFTING):
        return "utf-8"
    marked = next((charset for mark, charset in _MARKS if content.startswith(mark)), "")
    if shape := marked or wide_charset(content):
        return shape
    label = _known(declared)
    if not label or _is_lie(label, content):
        return _lenient(content)
    if not _keeps_ascii(label) and not label.startswith(_SHIFTING) and _PLAIN.search(content):
        return _lenient(content)
    if _is_single_byte(label):
        fits = _reads(content, label) and not _reads(content, "utf-8")
    else:
        fits = _reads(content, label) or _mostly_reads(content, label)
    return label if fits else _lenient(content)


def _is_lie(label: str, content: bytes) -> bool:
    """Whether nobody could have written these bytes in that charset."""
    if label.startswith(("utf-16", "utf-32")):
        return b"\0" not in content
    return content.isascii() and not label.startswith(_SHIFTING)


def _lenient(content: bytes) -> str:
    if _reads(content, "utf-8") or _mostly_reads(content, "utf-8"):
        return "utf-8"
    return "cp1252" if _reads(content, "cp1252") else "latin-1"


def _reads(content: bytes, charset: str) -> bool:
    try:
        content.decode(charset)
    except (UnicodeError, ValueError):
        return False
    return True


def _mostly_reads(content: bytes, charset: str) -> bool:
    """Whether a charset of several bytes reads nearly all that is not ASCII: one byte is broken."""
    text = content.decode(charset, "replace")
    broken = text.count("\ufffd")
    return broken * 2 < sum(len(run) for run in _NOT_ASCII.findall(text))


def _decoded(content: bytes, charset: str) -> str:
    text = content.decode(charset, "replace")
    return text.removeprefix("\ufeff")


@cache
def _keeps_ascii(charset: str) -> bool:
    """Whether ASCII bytes mean in a charset what they mean in ASCII."""
    if charset.startswith(_SHIFTING):
        return charset.startswith(_SHIFTING_EVERYWHERE)
    text = _ASCII.decode(charset, "replace").ljust(len(_ASCII))
    # The Japanese ones have a yen sign and an overline for two of them.
    return sum(a != chr(b) for a, b in zip(text, _ASCII, strict=False)) <= 3


@cache
def _is_single_byte(charset: str) -> bool:
    every = bytes(range(256)).decode(charset, "replace")
    return _keeps_ascii(charset) and not charset.startswith(_SHIFTING) and len(every) == 256


def _known(declared: str) -> str:
    """The codec's name for a label, "" for one that nobody knows."""
    try:
        name = codecs.lookup(declared.strip().strip("\"'")[:40]).name if declared else ""
        b"\0\0\0\0".decode(name or "utf-8", "replace")  # raises for what gives no text, as zlib
    except (LookupError, UnicodeError, ValueError):
        return ""
    return "" if name.replace("-", "_") in _NOT_CHARSETS else _MEANT.get(name, name)
