"""What several actions put into their plans: header fields of tags, and notices to the sender."""

from __future__ import annotations

import unicodedata

from dlpguard.mail import Envelope
from dlpguard.verdict import Action, Notice, Verdict

TAG_FIELD = "X-DLPGuard-Tag"
"""The header field by which the next hop knows why a message was marked."""

TAG_LENGTH = 200
"""Characters of a tag: with the field's name well below the 998 of a line (RFC 5322 2.1.1)."""


def tags(verdict: Verdict) -> tuple[tuple[str, str], ...]:
    """One header field for every policy that marks the message, those that only observe left out.

    What is held keeps its marks: it leaves with them when somebody releases it.
    """
    marks = (m for m in verdict.matches if m.action is Action.TAG and not m.observed)
    return tuple((TAG_FIELD, _ascii(f"{m.policy}; {m.title}")) for m in marks)


def to_sender(envelope: Envelope, template: str) -> tuple[Notice, ...]:
    """A notice to the envelope sender; none for the null sender (RFC 5321 4.5.5)."""
    return (Notice((envelope.sender,), template),) if envelope.sender else ()


def _ascii(text: str) -> str:
    """A text as one line of printable ASCII, so that it can stand in a header field as it is."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return " ".join("".join(c if c.isprintable() else " " for c in plain).split())[:TAG_LENGTH]
