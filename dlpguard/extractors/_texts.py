"""Which format a text is: what its first words say, and what its name and type say.

Texts do not say what they are as other files do, and programs disagree about them: Notepad shows
the markup of what a browser shows as a page.  Where they do, a text has more than one format.
"""

from __future__ import annotations

import re

from dlpguard.mime.charsets import decode, wide_charset


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CLAIMS = {
    "csv": _words("csv tsv tab text/csv text/tab-separated-values"),
    # Of the types in the second line mail programs show what they know of HTML.
    "html": _words(
        "html htm xhtml hta text/html"
        " text/enriched text/richtext text/x-amp-html text/watch-html text/x-html"
    ),
    "calendar": _words("ics text/calendar"),
    "vcard": _words("vcf text/vcard text/x-vcard"),
    "json": _words("json application/json application/ld+json"),
    "xml": _words("xml text/xml application/xml"),
}
_ENDINGS = _words(
    "txt text csv tsv tab prn asc log htm html xhtml mht mhtml xml svg json ics vcf ldif eml mbox"
    " md yaml yml ini cfg conf sql tex css js ps1 bat"
)
"""Endings of files that are shown as text whatever is in them."""

_MESSAGES = ("message/rfc822", "message/global", "message/partial", "message/external-body")

_FIELD = r"[A-Za-z][A-Za-z0-9-]{1,60}:[ \t]?[^\r\n]{0,2000}"
_MAIL = re.compile(rf"(?:{_FIELD}\r?\n(?:[ \t][^\r\n]{{0,2000}}\r?\n){{0,50}}){{2}}")
_MAIL_NAMES = re.compile(
    r"^(?:from|to|subject|received|return-path|delivered-to|message-id|mime-version):",
    re.IGNORECASE | re.MULTILINE,
)
_HTML = re.compile(
    r"""<(?:!--|(?:!doctype\s{1,20}html|html|head|body|main|section|article|table|tr|td|div|p|br|hr
        |span|font|b|i|u|center|ul|ol|li|form|img|meta|link|base|style|script|title|h[1-6]|a\s)\b)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_MAYBE_PAGES = _words("doc xls dot xlt")
"""Endings under which Word and Excel open pages, whatever their first tag is."""

_XML = re.compile(r"(?:<!--[^>]{0,2000}>\s{0,100})?<(?:\?xml|svg|(?:ss:)?Workbook\s|pkg:package\s)")
_XHTML = re.compile(r"<html[\s>]")
_FLAT_ODF = re.compile(
    r"<office:document\s(?:[^>]{0,4000}application/vnd\.oasis\.opendocument\.([a-z]{1,20}))?"
)
_FLAT_KINDS = {"text": "odt", "spreadsheet": "ods", "presentation": "odp"}

_CONTROLS = bytes(set(range(32)) - {*range(8, 14), *range(27, 32)})
"""Control characters that texts do not have: all but white space, escape, and the separators of
fields and records that databases export."""

_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")
_ASCII = bytes(range(0x80))

FEW_CONTROLS = 0.01
"""Share of control characters in a text that nobody calls one."""

ODD_CONTROLS = 0.04
"""Share of control characters that a text may have; compressed bytes have twice as many."""


def is_shown(ending: str, declared: str) -> bool:
    """Whether a name's ending or a declared type makes programs show a file as text."""
    return declared.startswith(("text/", "message/")) or ending in _ENDINGS


def is_text(head: bytes, controls: float = FEW_CONTROLS) -> bool:
    """Whether bytes read as text: at most that share of control characters."""
    if head.startswith(_BYTE_ORDER_MARKS) or wide_charset(head):
        return True
    return len(head) - len(head.translate(None, _CONTROLS)) <= len(head) * controls


def is_noise(head: bytes) -> bool:
    """Whether bytes that are called a text are compressed or encrypted: they show no words."""
    others = len(head.translate(None, _ASCII))
    return others > len(head) * 0.3 and not is_text(head, ODD_CONTROLS)


def formats(head: bytes, ending: str, declared: str, *, is_body: bool = False) -> tuple[str, ...]:
    """The formats of a text that begins with `head`, the foremost first."""
    if is_body and declared != "text/html":
        return ("text",)
    claimed = next((kind for kind, names in _CLAIMS.items() if {ending, declared} & names), "")
    if not claimed and (ending == "txt" or declared.startswith("text/")):
        claimed = "text"
    begins = _by_beginning(decode(head).lstrip("\ufeff \t\r\n"), ending, declared)
    return tuple(dict.fromkeys(filter(None, (begins, claimed)))) or ("text",)


def _by_beginning(text: str, ending: str, declared: str) -> str:
    """The format of a text whose first words say it, "" otherwise."""
    if declared.startswith(_MESSAGES) or ending == "eml":
        return "mail"
    if text.startswith("<"):
        return _markup(text, ending, declared)
    if text.startswith("From ") and _MAIL.match(text.partition("\n")[2]):
        return "mbox"
    if not declared.startswith("text/") and _MAIL.match(text) and _MAIL_NAMES.search(text):
        return "mail"
    beginnings = {"{\\rt": "rtf", "ID;": "slk"}
    return next((kind for begins, kind in beginnings.items() if text.startswith(begins)), "")


def _markup(text: str, ending: str, declared: str) -> str:
    if flat := _FLAT_ODF.search(text):
        return _FLAT_KINDS.get(flat[1], "odf")
    if _XML.match(text):
        return "html" if _XHTML.search(text[:2000]) else "xml"
    page = _HTML.match(text) or ending in _MAYBE_PAGES
    return "html" if page and not declared.startswith("text/plain") else ""
