"""Numbers and times in sentences."""

from __future__ import annotations

from datetime import UTC, datetime

_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"))
_SIZES = ((1 << 40, "TB"), (1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "kB"))


def lasting(seconds: float) -> str:
    """A length of time.

    >>> lasting(30), lasting(7300)
    ('less than a minute', '2 hours')
    """
    for length, word in _UNITS:
        if seconds >= length:
            return number_of(int(seconds // length), word)
    return "less than a minute"


def ago(seconds: float) -> str:
    """When something is, from now: in so many seconds, or so many ago.

    >>> ago(120), ago(-120), ago(-5)
    ('in 2 minutes', '2 minutes ago', 'now')
    """
    if abs(seconds) < _UNITS[-1][0]:
        return "now"
    return f"in {lasting(seconds)}" if seconds > 0 else f"{lasting(-seconds)} ago"


def number_of(number: int, one: str, more: str = "") -> str:
    """So many of something; `more` is the plural where that is not with an s.

    >>> number_of(1, "message"), number_of(1200, "message"), number_of(2, "policy", "policies")
    ('1 message', '1,200 messages', '2 policies')
    """
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def size(number: float) -> str:
    """So many bytes.

    >>> size(12), size(3 << 29)
    ('12 bytes', '1.5 GB')
    """
    for length, unit in _SIZES:
        if number >= length:
            return f"{number / length:.1f} {unit}"
    return f"{number:.0f} bytes"


def day(seconds: float) -> str:
    """The day of a moment (UTC).

    >>> day(0.0)
    '1 January 1970'
    """
    at = datetime.fromtimestamp(seconds, UTC)
    return f"{at.day} {at:%B %Y}"
