"""How sure one can be of what is found, and how little is missed: 2,000 lines (issue 4)."""

from __future__ import annotations

from collections import Counter

from dlpguard.detectors import Setup, detect
from dlpguard.document import Text
from dlpguard.finding import Confidence
from tests.detectors import _generated

LINES = 2000
SETUP = Setup()
NOT_ASKED = frozenset({"person_name"})
"""Names are the tagger's, and measured with it."""


def test_of_2000_lines_nearly_all_identifiers_are_found_and_hardly_anything_else() -> None:
    right, missed, wrong = _measured(seed=11)
    everything, extra = right.total() + missed.total(), wrong.total()
    precision = right.total() / (right.total() + extra)
    recall = right.total() / everything

    assert everything > 1200
    assert precision >= 0.98, f"precision {precision:.3f}; wrong: {wrong.most_common()}"
    assert recall >= 0.99, f"recall {recall:.3f}; missed: {missed.most_common()} of {right}"


def test_no_kind_hides_behind_the_others() -> None:
    right, missed, wrong = _measured(seed=12)
    found = {kind: right[kind] / (right[kind] + missed[kind]) for kind in right + missed}
    sure = {kind: right[kind] / (right[kind] + wrong[kind]) for kind in right + wrong}

    assert {} == {kind: share for kind, share in found.items() if share < 0.95}
    assert {} == {kind: share for kind, share in sure.items() if share < 0.9}


def _measured(seed: int) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Findings that were expected, missed and wrong, by kind; only those sure enough to act on."""
    right: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for line in _generated.lines(seed, LINES):
        found = {
            (f.kind, f.value)
            for f in detect(Text("body", line.text), SETUP)
            if f.confidence >= Confidence.MEDIUM and f.kind not in NOT_ASKED
        }
        right.update(kind for kind, _ in found & line.expected)
        missed.update(kind for kind, _ in line.expected - found)
        wrong.update(kind for kind, _ in found - line.expected)
    return right, missed, wrong
