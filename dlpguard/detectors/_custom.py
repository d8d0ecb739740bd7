"""Detectors that administrators write (settings, `detectors.custom`).

They run on google-re2, whose time grows with the text and with nothing else; what it cannot do
(looking around, back-references) a pattern cannot ask for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from dlpguard.conventions import Custom, Setup, Validator
from dlpguard.detectors import _linear
from dlpguard.detectors._check_digits import luhn, mod11, mod97
from dlpguard.detectors._normalise import cell as tidy
from dlpguard.detectors._normalise import squash
from dlpguard.detectors._pattern import finding, supporting
from dlpguard.document import Text
from dlpguard.finding import Confidence, Finding

_NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")
_SIGNS = re.compile(r"[^0-9A-Za-z]")
_PROBES = ("", "a", "0", " ", "a 0-A.")
"""Texts in which a pattern that can match nothing at all does so."""

_CHECKS: dict[Validator, Callable[[str], bool]] = {
    Validator.NONE: lambda _value: True,
    Validator.LUHN: luhn,
    Validator.MOD11: mod11,
    Validator.MOD97: mod97,
}


class CustomDetector:
    """One of them, as a member of the family (`Detector` says what the attributes mean)."""

    def __init__(self, custom: Custom) -> None:
        self.KIND = custom.name
        self.GATE = f"(?m){custom.pattern}"  # ^ and $ are a line's: texts are read in pieces
        self.PATTERN: Any = _linear.compiled(self.GATE)
        self.SUPPORT = custom.support
        words = (*custom.support, custom.name.replace("_", " "))
        self.HEADINGS = frozenset(word.casefold() for word in words)
        self.PRIVATE = custom.private
        self.STRONG = custom.strong
        self.NEEDS_HEADING = bool(custom.support)
        self._is_valid = _CHECKS[custom.validator]

    def find(self, block: Text, setup: Setup) -> Iterator[Finding]:
        """Every match that stands alone and is valid; the value is in capitals without spaces."""
        del setup
        text = block.text
        for start, end in _linear.spans(self.PATTERN, text):
            value = squash(text[start:end])
            if not self._is_valid(_SIGNS.sub("", value)):
                continue
            word = supporting(text, start, end, self.SUPPORT)
            sure = Confidence.HIGH if word or not self.SUPPORT else Confidence.LOW
            evidence = f"“{word}” nearby" if word else "the organisation's own pattern"
            yield finding(self.KIND, value, block, start, end, sure, evidence)

    def read_cell(self, cell: str, setup: Setup) -> str | None:
        """The value when the whole cell matches and is valid."""
        del setup
        text = _linear.encodable(tidy(cell))
        value = squash(text)
        matches = text and self.PATTERN.fullmatch(text)
        return value if matches and self._is_valid(_SIGNS.sub("", value)) else None


def problems(custom: Iterable[Custom], taken: Collection[str]) -> Iterator[tuple[int, str, str]]:
    """What is wrong with administrators' detectors: which one, which field, and what to do.

    `taken` are the kinds that there are already.
    """
    seen: set[str] = set()
    for index, each in enumerate(custom):
        if not _NAME.fullmatch(each.name):
            yield index, "name", "2 to 40 small letters, digits and _, such as “staff_number”"
        elif each.name in taken:
            yield index, "name", f"“{each.name}” is built in; choose another name"
        elif each.name in seen:
            yield index, "name", f"“{each.name}” is there twice; give each detector its own name"
        seen.add(each.name)
        if why := _linear.refusal(each.pattern):
            yield index, "pattern", (
                f"not a pattern that google-re2 takes: {why}; it has no look-around and no "
                "back-references (look-around is seldom needed: a match must stand alone anyway)"
            )  # fmt: skip
        elif _matches_nothing(each.pattern):
            yield index, "pattern", "it matches the empty text; say what must be there (+, not *)"
        if any(not word.strip() for word in each.support):
            yield index, "support", "a word is empty; remove it"


def _matches_nothing(pattern: str) -> bool:
    compiled = _linear.compiled(pattern)
    return any(m.start() == m.end() for probe in _PROBES for m in compiled.finditer(probe))
