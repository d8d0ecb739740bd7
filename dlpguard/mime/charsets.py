"""Bytes as text, whatever their label says: mail and files lie about their character set.

The order of belief: a byte order mark, the shape of UTF-16 and UTF-32, UTF-8 when the label is
absent, then the label, then UTF-8, then Windows-1252, which can read anything.

>>> decode(b"caf\\xc3\\xa9", "us-ascii")
'café'
>>> decode("Ann".encode("utf-16-le"))
'Ann'
"""

from __future__ import annotations

import codecs

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

_SAMPLE = 4096
"""Bytes looked at for the shape of UTF-16: a page of text says it."""


def decode(content: bytes, declared: str = "") -> str:
    """The text of some bytes; `declared` is the label they came with.  Never raises."""
    for mark, charset in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(charset, "replace")
    if shape := wide_charset(content):
        return content.decode(shape, "replace")
    label = _known(declared)
    # A label of two or four bytes a character on bytes without a single NUL is a lie.
    if label.startswith(("utf-16", "utf-32")) and content.isascii():
        label = ""
    for charset in (label, "utf-8", "cp1252"):
        if charset:
            try:
                return content.decode(charset)
            except (UnicodeError, ValueError):
                continue
    return content.decode("latin-1")


def wide_charset(content: bytes) -> str:
    """UTF-16 or UTF-32 recognised by where its zero bytes are; "" when it is neither."""
    sample = content[:_SAMPLE]
    if len(sample) < 4 or b"\0" not in sample:
        return ""
    quarters = [sample[i::4].count(0) / len(sample[i::4]) for i in range(4)]
    if min(quarters[1:]) > 0.9 and quarters[0] < 0.1:
        return "utf-32-le"
    if min(quarters[:3]) > 0.9 and quarters[3] < 0.1:
        return "utf-32-be"
    even, odd = sample[::2].count(0) / len(sample[::2]), sample[1::2].count(0) / len(sample[1::2])
    if odd > 0.5 and even < 0.1:
        return "utf-16-le"
    if even > 0.5 and odd < 0.1:
        return "utf-16-be"
    return ""


def _known(declared: str) -> str:
    """The codec's name for a label, "" for one that nobody knows."""
    try:
        name = codecs.lookup(declared.strip().strip("\"'")[:40]).name if declared else ""
        b"\0\0\0\0".decode(name or "utf-8", "replace")  # raises for what gives no text, as zlib
    except (LookupError, UnicodeError, ValueError):
        return ""
    return "" if name.replace("-", "_") in _NOT_CHARSETS else name
