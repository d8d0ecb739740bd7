"""What comes of asking the next hop: a reply, or no reply."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from dlpguard.errors import TemporaryError

_LINE = re.compile(rb"([2-5]\d\d)(?:([ -])(.{0,4096}))?", re.DOTALL)
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?: |$)")

LONGEST_TEXT = 4000
"""Characters of a reply's text that are kept: enough for any DSN."""


class Unreachable(TemporaryError):  # noqa: N818 - a state of affairs, like the two below
    """The next hop could not be asked, or broke off before it got the final dot: it has nothing.

    The text names the step and what happened, never an address or a password.
    """


class InDoubt(TemporaryError):  # noqa: N818 - the word of DESIGN 4
    """The connection failed after the final dot was sent: the next hop may have the message."""


class Abandoned(TemporaryError):  # noqa: N818 - nothing went wrong
    """The caller did not want the final dot to be sent any more: the next hop has nothing."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply: basic code (250), enhanced code ("2.1.5", "" without one), text of all lines."""

    code: int
    enhanced: str = ""
    text: str = field(default="", repr=False)

    @property
    def positive(self) -> bool:
        """It was done."""
        return 200 <= self.code < 300

    @property
    def temporary(self) -> bool:
        """It was not done, and may be later."""
        return 400 <= self.code < 500

    @property
    def permanent(self) -> bool:
        """It was not done, and will not be."""
        return self.code >= 500


def is_last(line: bytes) -> bool:
    """Whether a line ends its reply; `Unreachable` when it is no line of a reply."""
    match = _LINE.fullmatch(line)
    if not match:
        raise Unreachable("the next hop sent something that is no reply")
    return match[2] != b"-"


def assemble(lines: Sequence[bytes]) -> Reply:
    """The reply that some lines make (RFC 5321 4.2.1); `Unreachable` when their codes disagree."""
    codes = {line[:3] for line in lines}
    if len(codes) != 1:
        raise Unreachable("the next hop sent a reply with more than one code")
    texts = [line[4:].decode("utf-8", "replace") for line in lines]
    enhanced = _ENHANCED.match(texts[0])
    if enhanced:
        texts = [text.removeprefix(enhanced[0]) for text in texts]
    text = "\n".join(map(_printable, texts))
    return Reply(int(codes.pop()), enhanced[1] if enhanced else "", text[:LONGEST_TEXT])


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else "?" for c in text)
