"""The samples, as journeys send them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from dlpguard.commands import demo

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


@dataclass(frozen=True)
class Mail:
    """A sample with its content."""

    title: str
    sender: str
    recipients: tuple[str, ...] = field(repr=False)
    content: bytes = field(repr=False)
    expect: str


def every_sample() -> dict[str, Mail]:
    """All mails of the samples by the name of their file, as `index.toml` has them."""
    return {
        str(s.file.relative_to(SAMPLES)): Mail(
            s.title, s.sender, s.recipients, s.file.read_bytes(), s.expect
        )
        for s in demo.samples(SAMPLES)
    }


def sample(name: str) -> Mail:
    """One of them."""
    return every_sample()[name]
