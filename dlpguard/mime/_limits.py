"""How much of a message's structure is followed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What is beyond one of these is a gap.  Real mail stays far below; hostile mail does not.

    `depth` and `parts` are about MIME parts, `headers` and `header_bytes` about one header block,
    `size` (bytes) about the message.
    """

    depth: int = 30
    parts: int = 1000
    headers: int = 1000
    header_bytes: int = 262_144
    size: int = 50_000_000
