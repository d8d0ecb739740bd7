"""The trained model: labels for the words of a sequence.

A linear-chain conditional random field.  `crf.model` is written by `train.py` and read when first
asked (some 10 ms and 10 MB); SOURCES.md says what it was trained on.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import cast

import pycrfsuite

MODEL = Path(__file__).parent / "crf.model"
"""The file that the package ships."""

BEGIN, INSIDE, OUTSIDE = "B", "I", "O"
"""The labels: a word begins a name, goes on with it, or is in none."""


def label(features: list[list[str]]) -> list[str]:
    """The label of each word of a sequence, by its features."""
    opened = _OPEN.model or use(MODEL)
    return cast("list[str]", opened.tag(features))


def use(file: Path) -> pycrfsuite.Tagger:
    """Opens a model for this thread: the one that is shipped, or another to measure it."""
    opened = pycrfsuite.Tagger()
    opened.open(str(file))
    _OPEN.model = opened
    return opened


class _Open(threading.local):
    """The opened model; one a thread, since it keeps the sequence that it is looking at."""

    model: pycrfsuite.Tagger | None = None


_OPEN = _Open()
