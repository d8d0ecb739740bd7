"""E-mail addresses.

An addr-spec as people use it (RFC 5321 4.1.2, RFC 6531 for letters beyond ASCII): a local part of
up to 64 characters without spaces or quotes, "@", a domain of labels and a top-level label of
letters.  Almost nothing else has this shape; names of picture files do (`icon@2x.png`) and are
left out.  An address identifies a person, except a role's (`info@`, `enquiries@`): that is LOW.

The pattern looks for "@" and its domain; the local part is read backwards from there, so a long
run of letters costs nothing.

Source: RFC 5321 4.1.2 and 4.5.3.1.1; RFC 2142 for the names of roles.

>>> read_cell("Mailto:Ann.Bee@Council.example", Setup())
'ann.bee@council.example'
>>> read_cell("icon@2x.png", Setup()) is None
True
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dlpguard.conventions import Setup
from dlpguard.detectors._pattern import finding
from dlpguard.document import Text
from dlpguard.finding import Confidence, Finding

KIND = "email_address"
PATTERN = re.compile(r"@((?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}[^\W\d_]{2,24})(?![\w-])")
SUPPORT: tuple[str, ...] = ("e-mail", "email", "mail", "e-bost")
HEADINGS = frozenset({
    "e-mail", "email", "mail", "e-mail address", "email address", "email addr", "e mail",
    "emailaddress", "contact email", "home email", "work email", "personal email", "e-bost",
    "cyfeiriad e-bost",
})  # fmt: skip
GATE = "@"
PRIVATE = False
STRONG = True
NEEDS_HEADING = False

ROLES = frozenset({
    "abuse", "accounts", "admin", "bookings", "careers", "complaints", "contact",
    "customerservice", "customerservices", "do-not-reply", "donotreply", "enquiries", "enquiry",
    "events", "feedback", "finance", "foi", "hello", "help", "helpdesk", "hostmaster", "hr",
    "info", "jobs", "mail", "mailer-daemon", "marketing", "media", "newsletter", "no-reply",
    "noreply", "office", "postmaster", "press", "reception", "recruitment", "sales", "security",
    "service", "support", "team", "unsubscribe", "webmaster",
})  # fmt: skip
"""Local parts that name a function, not a person (RFC 2142 and common use)."""

_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~-](?:[\w.!#$%&'*+/=?^`{|}~-]{0,63})\Z")
_LONGEST_LOCAL = 64
_FILE_ENDINGS = frozenset({
    "bmp", "css", "gif", "htm", "html", "jpeg", "jpg", "js", "pdf", "php", "png", "svg", "tif",
    "webp", "xml",
})  # fmt: skip


def find(block: Text, setup: Setup) -> Iterator[Finding]:
    """Every e-mail address in a block; the value is in lower case."""
    del setup
    text = block.text
    for match in PATTERN.finditer(text):
        start = _local_start(text, match.start())
        value = _read(text[start : match.start()], match[1])
        if value is None:
            continue
        role = value.partition("@")[0] in ROLES
        confidence = Confidence.LOW if role else Confidence.HIGH
        evidence = "address of a role" if role else "by its shape"
        yield finding(KIND, value, block, start, match.end(), confidence, evidence)


def read_cell(cell: str, setup: Setup) -> str | None:
    """The address that a cell holds, `mailto:` and angle brackets aside."""
    del setup
    candidate = cell.strip().strip("<>;,").strip()
    if candidate[:7].casefold() == "mailto:":
        candidate = candidate[7:]
    match = PATTERN.search(candidate[: _LONGEST_LOCAL + 256])
    if match is None or match.end() != len(candidate) or _local_start(candidate, match.start()):
        return None
    return _read(candidate[: match.start()], match[1])


def _local_start(text: str, at: int) -> int:
    before = text[max(0, at - _LONGEST_LOCAL) : at]
    match = _LOCAL.search(before)
    if match is None:
        return at
    local = match[0]
    quotes = len(local) - len(local.lstrip("'`/=*|{"))  # what stands around an address
    return at - len(local) + quotes


def _read(local: str, domain: str) -> str | None:
    if not local or local.endswith(".") or ".." in local:
        return None
    if domain.rpartition(".")[2].casefold() in _FILE_ENDINGS:
        return None
    return f"{local}@{domain}".lower()
