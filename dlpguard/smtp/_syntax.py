"""What stands behind MAIL FROM: and RCPT TO: — paths and parameters (RFC 5321 4.1.2, RFC 3461).

Lenient where it does no harm (no angle brackets, dots at the ends of a local part, underscores in
domains), strict about everything that could become something else at the next hop.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass, field

from dlpguard.mail import Recipient

_ALPHANUMERIC = string.ascii_letters + string.digits
_QTEXT = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) not in '"\\')


def _one_of(characters: str) -> str:
    """A set for `re`: these of ASCII, and all beyond it but controls and halves of characters.

    It says what does not belong to it.  `re` goes through what is named one by one, and of UTF-8
    that would be 60,000 in each set: a twentieth of the time in which the relay starts.
    """
    others = (chr(code) for code in range(0xA0) if chr(code) not in characters)
    return f"[^{re.escape(''.join(others))}\ud800-\udfff]"


_ATOM = _one_of(_ALPHANUMERIC + "!#$%&'*+/=?^_`{|}~.-")
_QUOTED = rf'"(?:{_one_of(_QTEXT)}|\\[ -~]){{0,256}}"'
_LABEL = rf"{_one_of(_ALPHANUMERIC + '_')}{_one_of(_ALPHANUMERIC + '_-')}{{0,62}}"
_DOMAIN = rf"{_LABEL}(?:\.{_LABEL}){{0,126}}"
_LITERAL = r"\[[!-Z^-~]{1,128}\]"
_MAILBOX = re.compile(rf"(?:{_ATOM}{{1,256}}|{_QUOTED})@(?:{_DOMAIN}|{_LITERAL})")
_ROUTE = re.compile(rf"(?:@{_DOMAIN},){{0,20}}@{_DOMAIN}:")
"""A source route, which is to be ignored (RFC 5321 4.1.1.3, appendix C)."""

_PARAMETER = re.compile(
    r"([A-Za-z0-9][A-Za-z0-9-]{0,63})(?:=([^\x00-\x20\x7f\ud800-\udfff]{1,999}))?"
)
_XTEXT = re.compile(r"(?:[!-*,-<>-~]|\+[0-9A-F]{2}){1,500}")
_ORIGINAL = re.compile(r"[A-Za-z0-9-]{1,64};[^;\s]{1,500}")

LONGEST_ADDRESS = 512
"""In octets.  RFC 5321 4.5.3.1.3 says 256 for a path; some addresses of lists are longer."""

LONGEST_ENVID = 100
"""RFC 3461 4.4."""

_NOTIFY = frozenset({"SUCCESS", "FAILURE", "DELAY"})


class BadSyntaxError(ValueError):
    """The command is malformed (501)."""


class BadAddressError(ValueError):
    """What should be an address is none (553)."""


@dataclass(frozen=True, slots=True)
class Path:
    """An address without its brackets and source route, and the parameters behind it.

    `address` is "" for the null sender; parameters have upper-case keywords, "" for no value.
    """

    address: str = field(repr=False)
    parameters: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def is_ascii(self) -> bool:
        """Whether it can be sent without SMTPUTF8."""
        return self.address.isascii() and all(value.isascii() for _, value in self.parameters)


def sender(argument: str) -> Path:
    """What came behind MAIL: `FROM:<ann@council.example> SIZE=1000`."""
    path, parameters = _split(argument, "FROM:")
    return Path("" if path == "<>" else _address(path), parameters)


def recipient(argument: str) -> Path:
    """What came behind RCPT: `TO:<bob@nhs.example> NOTIFY=NEVER`, or `TO:<postmaster>`."""
    path, parameters = _split(argument, "TO:")
    if path.strip("<>").casefold() == "postmaster":
        return Path(path.strip("<>"), parameters)
    return Path(_address(path), parameters)


def size(parameters: tuple[tuple[str, str], ...]) -> int:
    """The declared size, 0 without one (RFC 1870)."""
    value = dict(parameters).get("SIZE", "0")
    if not (value.isascii() and value.isdigit() and len(value) <= 20):
        raise BadSyntaxError
    return int(value)


def check_dsn(parameters: tuple[tuple[str, str], ...]) -> None:
    """Refuse impossible values of MAIL's DSN parameters (RFC 3461 4.3, 4.4)."""
    values = dict(parameters)
    if values.get("RET", "FULL").upper() not in {"FULL", "HDRS"}:
        raise BadSyntaxError
    envid = values.get("ENVID", "x")
    if len(envid) > LONGEST_ENVID or not _XTEXT.fullmatch(envid):
        raise BadSyntaxError


def addressed(path: Path) -> Recipient:
    """A recipient with its DSN parameters (RFC 3461 4.1, 4.2); others must have been refused."""
    values = dict(path.parameters)
    notify = tuple(values["NOTIFY"].upper().split(",")) if "NOTIFY" in values else ()
    if notify != ("NEVER",) and not _NOTIFY.issuperset(notify):
        raise BadSyntaxError
    original = values.get("ORCPT", "")
    if "ORCPT" in values and not _ORIGINAL.fullmatch(original):
        raise BadSyntaxError
    return Recipient(path.address, notify, original)


def _split(argument: str, keyword: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The path, in brackets if it has them, and the parameters."""
    if argument[: len(keyword)].upper() != keyword:
        raise BadSyntaxError
    rest = argument[len(keyword) :].strip(" ")
    end = _end_of_path(rest)
    path, rest = rest[:end], rest[end:]
    if not path or (rest and not rest.startswith(" ")):
        raise BadSyntaxError
    return path, _parameters(rest)


def _end_of_path(text: str) -> int:
    """Where the path ends with which a text begins; what is quoted does not end it."""
    ends = ">" if text.startswith("<") else " "
    quoted = escaped = False
    for position, character in enumerate(text):
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = quoted
        elif character == '"':
            quoted = not quoted
        elif character == ends and not quoted:
            return position + (ends == ">")
    if ends == ">" or quoted:
        raise BadAddressError
    return len(text)


def _address(path: str) -> str:
    """The mailbox in a path."""
    mailbox = path[1:-1].strip(" ") if path.startswith("<") else path
    route = _ROUTE.match(mailbox)
    mailbox = mailbox[route.end() :] if route else mailbox
    if not _MAILBOX.fullmatch(mailbox) or len(mailbox.encode()) > LONGEST_ADDRESS:
        raise BadAddressError
    if not mailbox.isprintable():  # U+2028 and the like could not be passed on
        raise BadAddressError
    return mailbox


def _parameters(text: str) -> tuple[tuple[str, str], ...]:
    """`SIZE=1000 SMTPUTF8` as pairs."""
    if not text.isprintable():
        raise BadSyntaxError
    pairs = []
    for word in text.split(" "):
        if not word:
            continue
        match = _PARAMETER.fullmatch(word)
        if not match:
            raise BadSyntaxError
        pairs.append((match[1].upper(), match[2] or ""))
    if len({keyword for keyword, _ in pairs}) != len(pairs):
        raise BadSyntaxError
    return tuple(pairs)
