"""Files and messages that are meant to harm, in the real sandbox, judged by the shipped policies.

No test looks at a clock: the sandbox does, and says so.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import pytest

from dlpguard.document import Unread
from dlpguard.runners.sandbox import Limits, Stopped
from tests.extractors.hostile._ordeal import HOSTILE, Ordeal
from tests.extractors.hostile._quine import quine

LIMITS = Limits(seconds=20.0, document_seconds=12.0, document_cpu=6.0)
READING = 2.0
"""Seconds that extractors give themselves for a document."""


@pytest.fixture(scope="module")
def ordeal() -> Iterator[Ordeal]:
    with Ordeal(LIMITS, READING) as ordeal:
        yield ordeal


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_message_ends_within_its_limits_and_is_held_for_what_was_not_read(
    ordeal: Ordeal, name: str
) -> None:
    hostile = HOSTILE[name]
    outcome = ordeal.put(hostile.make())

    assert not outcome.crashed
    assert bool(hostile.gaps) <= bool(outcome.gaps)
    assert outcome.unread <= hostile.gaps | {Unread.TOO_SLOW, Unread.TOO_LARGE, Unread.CORRUPT}
    assert outcome.held == bool(outcome.unread - {Unread.SCAN})
    assert outcome.peak <= 2 * ordeal.idle + LIMITS.memory


def test_what_takes_longer_than_its_limit_is_stopped_from_outside() -> None:
    with Ordeal(Limits(seconds=20.0, document_seconds=0.5), READING) as ordeal:
        answer = ordeal.inspect(HOSTILE["text: 2 MB of digits"].make())

    assert isinstance(answer, Stopped)
    assert (answer.why, answer.detail) == (Unread.TOO_SLOW, "longer than 0.5 s")


def test_what_needs_more_memory_than_its_limit_is_stopped_from_inside() -> None:
    with Ordeal(Limits(memory=60 << 20), READING) as ordeal:
        outcome = ordeal.put(HOSTILE["mail: 500,000 false boundaries"].make())

    assert outcome.unread == {Unread.TOO_LARGE}
    assert outcome.held


def test_the_zip_that_contains_itself_does() -> None:
    content = quine()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        inside = [archive.read(name) for name in archive.namelist()]

    assert [content] == inside
