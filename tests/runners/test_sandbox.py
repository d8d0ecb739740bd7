from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import TypeVar

import pytest
import uvloop

from dlpguard.document import Document, Gap, Text, Unread
from dlpguard.errors import TemporaryError
from dlpguard.evidence import unpack
from dlpguard.inspection import Setup
from dlpguard.mail import Envelope, MessageId, Recipient
from dlpguard.recipients import Organisation
from dlpguard.runners import _confine
from dlpguard.runners.sandbox import PROTECTIONS, Inspected, Limits, Sandbox, Stopped
from tests._needs import need, need_module

HOOK = f"{Path(__file__).parent / '_hostile.py'}:meet"
SETUP = Setup(Organisation(domains=("council.example",)))
ENVELOPE = Envelope("ann@council.example", (Recipient("cy@elsewhere.example"),))
LIMITS = Limits(seconds=4.0, document_seconds=1.5, memory=256 << 20, frame=8 << 20)

T = TypeVar("T")


def message(*attachments: str, text: str = "Good morning") -> bytes:
    """A mail with attachments of these names."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "ann@council.example", "x@y.example", "Hello"
    mail.set_content(text)
    for name in attachments:
        mail.add_attachment(name.encode(), "application", "octet-stream", filename=name)
    return mail.as_bytes()


class Running:
    """A sandbox in a loop of its own."""

    def __init__(self, runner: asyncio.Runner, sandbox: Sandbox) -> None:
        self.runner = runner
        self.sandbox = sandbox

    def run(self, coroutine: Awaitable[T]) -> T:
        async def wait() -> T:
            async with asyncio.timeout(60):
                return await coroutine

        return self.runner.run(wait())

    def inspect(self, *attachments: str, text: str = "Good morning") -> Inspected | Stopped:
        return self.run(self.inspecting(*attachments, text=text))

    def inspecting(self, *attachments: str, text: str = "") -> Awaitable[Inspected | Stopped]:
        return self.sandbox.inspect(MessageId("m"), message(*attachments, text=text), ENVELOPE)


Start = Callable[..., Running]


@contextmanager
def starting(factory: Callable[[], asyncio.AbstractEventLoop] | None) -> Iterator[Start]:
    """Starts sandboxes, and stops them in the end."""
    running: list[Running] = []
    with asyncio.Runner(loop_factory=factory) as runner:

        def start(
            workers: int = 1, limits: Limits = LIMITS, messages_per_worker: int = 200
        ) -> Running:
            sandbox = Sandbox(workers, limits, SETUP, messages_per_worker, HOOK)
            running.append(Running(runner, sandbox))
            runner.run(sandbox.start())
            return running[-1]

        yield start
        for one in running:
            one.run(one.sandbox.stop())


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts sandboxes of a test's own, in the loop that is used in production."""
    with starting(uvloop.new_event_loop) as start:
        yield start


@pytest.fixture(scope="module", params=["asyncio", "uvloop"])
def shared(request: pytest.FixtureRequest) -> Iterator[Running]:
    """A sandbox of two workers that survives everything the tests do to it."""
    with starting(uvloop.new_event_loop if request.param == "uvloop" else None) as start:
        yield start(2)


def processes(parent: int) -> dict[int, str]:
    """The children of a process and their states (Z: zombie)."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, ppid = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:  # it has just ended
            continue
        if int(ppid) == parent:
            found[int(stat.parent.name)] = state
    return found


def zygotes() -> set[int]:
    return {
        pid for pid in processes(os.getpid())
        if b"dlpguard.runners._zygote" in Path(f"/proc/{pid}/cmdline").read_bytes()
    }  # fmt: skip


def workers() -> set[int]:
    """The workers of all sandboxes."""
    return {pid for zygote in zygotes() for pid in processes(zygote)}


def texts(document: Document) -> str:
    return "\n".join(b.text for d in document.walk() for b in d.blocks if isinstance(b, Text))


def is_fine(answer: Inspected | Stopped) -> bool:
    return isinstance(answer, Inspected)


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
    running = start(1, Limits(seconds=20.0, document_seconds=20.0, document_cpu=0.5))

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


def test_a_worker_that_speaks_when_not_asked_is_replaced(shared: Running) -> None:
    first = shared.inspect("speak-later.hostile")
    before = workers()
    shared.run(asyncio.sleep(0.4))

    assert is_fine(first)
    assert before - workers()
    assert is_fine(shared.inspect("fine.txt"))


@pytest.mark.parametrize("waiting", [False, True])
def test_an_answer_in_advance_is_not_taken_for_the_next_message(
    start: Start, waiting: bool
) -> None:
    running = start()

    async def one_after_the_other() -> list[Inspected | Stopped]:
        first = asyncio.ensure_future(running.inspecting("answer-twice.hostile"))
        await asyncio.sleep(0) if waiting else await first
        return [await running.inspecting("fine.txt"), await first]

    second, first = running.run(one_after_the_other())

    assert isinstance(first, Inspected)
    assert first.facts.sender == "forged"
    assert isinstance(second, Inspected)
    assert second.facts.sender == ENVELOPE.sender


def test_a_worker_that_has_grown_is_replaced(shared: Running) -> None:
    before = workers()
    answer = shared.inspect("grow.hostile")
    shared.run(asyncio.sleep(0.3))

    assert is_fine(answer)
    assert before - workers()


def test_a_worker_is_replaced_after_its_share_of_messages(start: Start) -> None:
    running = start(1, messages_per_worker=2)
    before = []
    for _ in range(5):
        running.run(running.sandbox.ready())
        before.append(frozenset(workers()))
        assert is_fine(running.inspect("fine.txt"))
        running.run(asyncio.sleep(0.1))

    assert len(set(before)) == 3
    assert before[0] == before[1] != before[2] == before[3] != before[4]


def test_idle_workers_that_are_killed_are_replaced(shared: Running) -> None:
    for pid in workers():
        os.kill(pid, signal.SIGKILL)

    assert is_fine(shared.inspect("fine.txt"))


def test_messages_in_work_survive_the_death_of_the_zygote(shared: Running) -> None:
    async def kill_it_meanwhile() -> list[Inspected | Stopped]:
        reading = [asyncio.ensure_future(shared.inspecting("dawdle.hostile")) for _ in range(4)]
        await asyncio.sleep(0.05)
        for pid in zygotes():
            os.kill(pid, signal.SIGKILL)
        return await asyncio.gather(*reading)

    answers = shared.run(kill_it_meanwhile())

    assert [is_fine(a) for a in answers] == [True] * 4


def test_a_poisonous_message_delays_nobody_by_more_than_its_limit(shared: Running) -> None:
    async def race() -> tuple[float, float]:
        begun = time.monotonic()
        poison = asyncio.ensure_future(shared.inspecting("hang.hostile"))
        await asyncio.gather(*(shared.inspecting("fine.txt") for _ in range(50)))
        healthy = time.monotonic() - begun
        await poison
        return healthy, time.monotonic() - begun

    healthy, poisoned = shared.run(race())

    assert healthy < poisoned < LIMITS.document_seconds + 1


def test_two_hundred_at_once_with_some_poison(shared: Running) -> None:
    poison = {20: "die-of-abort", 60: "hang", 100: "eat-memory", 140: "send-garbage", 180: "panic"}

    async def all_of_them() -> list[Inspected | Stopped]:
        names = (f"{poison.get(n, 'fine')}.hostile" for n in range(200))
        return await asyncio.gather(*map(shared.inspecting, names))

    answers = shared.run(all_of_them())

    assert set(poison) == {n for n, answer in enumerate(answers) if isinstance(answer, Stopped)}


def test_a_cancelled_inspection_frees_its_worker_at_once(start: Start) -> None:
    running = start(1, Limits())

    async def cancel_and_go_on() -> tuple[bool, Inspected | Stopped]:
        await running.sandbox.ready()
        reading = asyncio.ensure_future(running.inspecting("hang.hostile"))
        waiting = asyncio.ensure_future(running.inspecting("fine.txt"))
        leaving = asyncio.ensure_future(running.inspecting("fine.txt"))
        await asyncio.sleep(0.1)
        leaving.cancel()
        reading.cancel()
        return reading.cancelled(), await waiting

    begun = time.monotonic()
    _, answer = running.run(cancel_and_go_on())

    assert is_fine(answer)
    assert time.monotonic() - begun < 10  # its limit is 30 s


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


def test_start_does_not_wait_for_the_parsers(start: Start) -> None:
    begun = time.monotonic()
    start()

    assert time.monotonic() - begun < 0.3


def test_nothing_is_left_after_stop() -> None:
    before = zygotes()

    async def live() -> set[int]:
        sandbox = Sandbox(3, LIMITS, SETUP, hook=HOOK)
        await sandbox.start()
        await sandbox.inspect(MessageId("m"), message("die-of-abort.hostile"), ENVELOPE)
        inside = zygotes() - before
        inside |= {pid for zygote in inside for pid in processes(zygote)}
        reading = asyncio.ensure_future(
            sandbox.inspect(MessageId("m"), message("hang.hostile"), ENVELOPE)
        )
        await asyncio.sleep(0.1)
        await sandbox.stop()
        with pytest.raises(TemporaryError):
            await reading
        with pytest.raises(TemporaryError):
            await sandbox.inspect(MessageId("m"), message(), ENVELOPE)
        return inside

    asyncio.run(live())
    others = set(processes(os.getpid()))
    descriptors = set(os.listdir("/proc/self/fd"))
    inside = asyncio.run(live())

    assert others == set(processes(os.getpid()))
    assert descriptors == set(os.listdir("/proc/self/fd"))
    assert [pid for pid in inside if Path(f"/proc/{pid}").exists()] == []


def test_stopping_while_the_zygote_imports_leaves_nothing() -> None:
    others = set(processes(os.getpid()))

    async def start_and_stop() -> None:
        sandbox = Sandbox(2, LIMITS, SETUP)
        await sandbox.start()
        await sandbox.stop()

    asyncio.run(start_and_stop())

    assert others == set(processes(os.getpid()))


def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import asyncio, sys\n"
        "from dlpguard.inspection import Setup\n"
        "from dlpguard.recipients import Organisation\n"
        "from dlpguard.runners.sandbox import Limits, Sandbox\n"
        "async def main():\n"
        "    sandbox = Sandbox(2, Limits(), Setup(Organisation(domains=('council.example',))))\n"
        "    await sandbox.start()\n"
        "    await sandbox.ready()\n"
        "    print('ready', flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        (zygote,) = processes(parent.pid)
        pids = {zygote, *processes(zygote)}
        parent.kill()
    deadline = time.monotonic() + 5
    while (left := [p for p in pids if is_running(p)]) and time.monotonic() < deadline:
        time.sleep(0.02)

    assert len(pids) >= 2
    assert left == []


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_zygote_that_cannot_start_is_said_to_callers(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    hook = tmp_path / "broken.py"
    hook.write_text("raise ImportError('no such library')")

    async def try_it() -> None:
        sandbox = Sandbox(1, LIMITS, SETUP, hook=f"{hook}:meet")
        await sandbox.start()
        try:
            await sandbox.inspect(MessageId("m"), message(), ENVELOPE)
        finally:
            await sandbox.stop()

    with pytest.raises(TemporaryError, match="standard error says why"):
        asyncio.run(try_it())
    assert "no such library" in capfd.readouterr().err


def test_the_zygote_holds_no_database_and_no_server() -> None:
    code = "import sys, dlpguard.runners._zygote; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, check=True, text=True
    ).stdout.split()

    assert set() == {"sqlalchemy", "sqlite3", "asyncio", "aiosmtpd", "cryptography"} & set(loaded)
