"""What a sandbox answers, and what its workers cannot do."""

from __future__ import annotations

import os

import pytest

from dlpguard.document import Gap, Unread
from dlpguard.evidence import unpack
from dlpguard.mail import MessageId
from dlpguard.runners import _confine
from dlpguard.runners.sandbox import PROTECTIONS, Inspected, Limits, Stopped
from tests._needs import need, need_module
from tests.runners._sandboxes import ENVELOPE, LIMITS, Running, Start, is_fine, message, texts


def test_a_message_is_read_in_a_worker(shared: Running) -> None:
    answer = shared.inspect("notes.txt", text="Good morning, says Zoë")

    assert isinstance(answer, Inspected)
    assert "Zoë" in texts(unpack(answer.evidence).document)


def test_text_that_is_not_unicode_comes_back(shared: Running) -> None:
    raw = b"From: a@council.example\r\nSubject: caf\xe9\r\n\r\nfor \xff and \xed\xa0\x80\r\n"

    assert is_fine(shared.run(shared.sandbox.inspect(MessageId("m"), raw, ENVELOPE)))


@pytest.mark.parametrize(
    ("part", "why", "detail"),
    [
        ("die-of-abort", Unread.CRASHED, "the worker died of SIGABRT"),
        ("die-of-segmentation-fault", Unread.CRASHED, "the worker died of SIGSEGV"),
        ("end-quietly", Unread.CRASHED, "the worker ended with code 0"),
        ("be-killed", Unread.CRASHED, "the worker died of SIGKILL"),
        ("eat-memory", Unread.TOO_LARGE, "needs more memory than a worker has"),
        ("recurse", Unread.TOO_DEEP, "nested deeper than a worker can follow"),
        ("hang", Unread.TOO_SLOW, "longer than 1.5 s"),
        ("ignore-signals-and-hang", Unread.TOO_SLOW, "longer than 1.5 s"),
        ("trickle", Unread.TOO_SLOW, "longer than 4 s"),
        ("hang-up", Unread.CRASHED, "the worker died of SIGKILL"),
        ("claim-too-much", Unread.CRASHED, "the worker broke the protocol: longer than allowed"),
        ("send-garbage", Unread.CRASHED, "the worker broke the protocol: ValidationError"),
        ("send-a-bomb-of-nesting", Unread.CRASHED, "the worker broke the protocol: "),
        ("send-invalid-text", Unread.CRASHED, "the worker broke the protocol: "),
        ("answer-another-job", Unread.CRASHED, "the worker broke the protocol: an answer to"),
        ("slander", Unread.CRASHED, "the worker broke the protocol: ValidationError"),
        ("greet-again", Unread.CRASHED, "the worker broke the protocol: an answer to"),
        ("report-progress-for-ever", Unread.CRASHED, "the worker broke the protocol: progress"),
        ("write-for-ever", Unread.CRASHED, "the worker broke the protocol: "),
    ],
)  # fmt: skip
def test_a_part_that_takes_its_worker_over_is_named_and_the_next_message_is_read(
    shared: Running, part: str, why: Unread, detail: str
) -> None:
    answer = shared.inspect("fine.txt", f"{part}.hostile", "more.txt")

    assert isinstance(answer, Stopped)
    assert why == answer.why
    assert answer.detail.startswith(detail)
    assert answer.where == "3"
    assert is_fine(shared.inspect("fine.txt"))


def test_what_an_exception_says_stays_in_the_worker(shared: Running) -> None:
    answer = shared.inspect("panic.hostile")

    assert isinstance(answer, Stopped)
    assert answer.detail.startswith("Panic at _hostile.py:")
    assert "900123" not in repr(answer) + answer.detail


def test_a_part_that_stopped_a_worker_can_be_left_unread(shared: Running) -> None:
    raw = message("fine.txt", "hang.hostile", "more.txt")
    gap = Gap("3", Unread.TOO_SLOW, "longer than 1.5 s")
    answer = shared.run(shared.sandbox.inspect(MessageId("m"), raw, ENVELOPE, {"3": gap}))

    assert isinstance(answer, Inspected)
    assert [g.why for g in answer.facts.gaps if g.detail == gap.detail] == [Unread.TOO_SLOW]


def test_a_part_that_only_burns_cpu_is_stopped_by_its_cpu_limit(start: Start) -> None:
    limits = Limits(seconds=20.0, document_seconds=20.0, document_cpu=0.5)
    answer = start(1, limits).inspect("burn.hostile")

    assert isinstance(answer, Stopped)
    assert (answer.why, answer.detail) == (Unread.TOO_SLOW, "more than 0.5 s of CPU")


def test_cpu_is_counted_for_each_part_not_for_the_life_of_a_worker(start: Start) -> None:
    running = start(1, Limits(seconds=20.0, document_seconds=20.0, document_cpu=0.8))

    answer = running.inspect(*["compute.hostile"] * 5)  # two seconds

    assert is_fine(answer)


def test_a_message_longer_than_a_frame_is_not_handed_over(shared: Running) -> None:
    raw = bytes(LIMITS.frame + 1)
    answer = shared.run(shared.sandbox.inspect(MessageId("m"), raw, ENVELOPE))

    assert isinstance(answer, Stopped)
    assert (answer.why, answer.where) == (Unread.TOO_LARGE, "")


def test_an_answer_longer_than_a_frame_is_too_large(start: Start) -> None:
    running = start(1, Limits(frame=20_000))
    answer = running.inspect(text="".join(f"ann{n}@elsewhere.example\n" for n in range(500)))
    small = running.inspect(text="word")

    assert isinstance(answer, Stopped)
    assert answer.why == Unread.TOO_LARGE
    assert is_fine(small)


def test_a_worker_can_do_nothing_but_read(shared: Running) -> None:
    if set(PROTECTIONS) != set(shared.run(shared.sandbox.ready())):
        need(_confine.load_filter() is not None, "libseccomp2")
        need_module("landlock", "landlock")
        pytest.skip("this kernel does not have all of them")

    assert is_fine(shared.inspect("break-out.hostile"))


def test_a_worker_inherits_nothing(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLPGUARD_NEXT_HOP__PASSWORD", "hunter2")
    readable, writable = os.pipe()
    os.set_inheritable(readable, True)
    os.set_inheritable(writable, True)
    answer = start(1).inspect("look-around.hostile")
    os.close(readable)
    os.close(writable)

    assert is_fine(answer)


def test_limits_and_privileges_are_always_confined(shared: Running) -> None:
    protections = shared.run(shared.sandbox.ready())

    assert {_confine.LIMITS, _confine.NO_NEW_PRIVILEGES} <= set(protections)
