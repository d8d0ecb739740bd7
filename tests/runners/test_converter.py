from __future__ import annotations

import asyncio
import os
import sys
import textwrap
import time
from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar

import pytest
import uvloop

from dlpguard.document import Text, Unread
from dlpguard.evidence import unpack
from dlpguard.inspection import Setup
from dlpguard.mail import Envelope, MessageId, Recipient
from dlpguard.recipients import Organisation
from dlpguard.runners import _confine, _wire
from dlpguard.runners._converter import Converter, Limits
from dlpguard.runners.sandbox import Inspected, Sandbox
from dlpguard.runners.sandbox import Limits as SandboxLimits
from tests._needs import need_module

LIMITS = Limits(seconds=1.5, cpu=1, memory=200 << 20, files=3)
RTF = b"{\\rtf1{\\info{\\author Ann Lee}}Dear Bob\\par}"

PROGRAM = """
import os, signal, socket, sys, time
from dlpguard.document import Unread
from dlpguard.evidence import encode
from dlpguard.runners import _wire
channel = socket.socket(fileno=int(sys.argv[1]))
def say(message):
    channel.sendall(_wire.frame(encode(message)))
def answer(content):
    word = content.decode()
    if word == "hang": time.sleep(60)
    if word == "spin":
        import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 60))
        while True: pass
    if word == "abort": os.abort()
    if word == "grow":
        kept = bytearray(os.urandom(1 << 20) * 300); time.sleep(60)
    if word == "hang up": channel.close(); time.sleep(60)
    if word == "lie": return say(_wire.Started(()))
    if word == "mess": return channel.sendall(_wire.frame(b"nonsense"))
    if word == "endless": return channel.sendall(_wire.LENGTH.pack(1 << 31))
    say(_wire.Converted(f"{os.getpid()} read {word}"))
START
while (request := _wire.receive_convert(channel, 1 << 20)) is not None:
    answer(request.content)
"""

T = TypeVar("T")
Run = Callable[[Callable[[Converter], Awaitable[Any]], tuple[str, ...]], Any]
Program = Callable[..., tuple[str, ...]]


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], tuple[str, ...]]:
    """A converter that does what it is told, after this greeting."""

    def write(start: str = "say(_wire.Started(()))") -> tuple[str, ...]:
        path = tmp_path / "converter.py"
        path.write_text(textwrap.dedent(PROGRAM.replace("START", start)))
        return (str(path),)

    return write


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    """Does something with a converter that runs a program, in both kinds of loops."""
    factory = uvloop.new_event_loop if request.param == "uvloop" else None

    def run(work: Callable[[Converter], Awaitable[Any]], program: tuple[str, ...]) -> Any:
        with asyncio.Runner(loop_factory=factory) as runner:
            return runner.run(using(Converter(1 << 20, LIMITS, program), work))

    return run


async def using(converter: Converter, work: Callable[[Converter], Awaitable[T]]) -> T:
    """Do something with a converter, and close it."""
    try:
        async with asyncio.timeout(60):
            return await work(converter)
    finally:
        await converter.close()


async def ask(converter: Converter, word: str) -> _wire.Converted:
    return await converter.convert(_wire.Convert(word.encode()))


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("hang", Unread.TOO_SLOW),
        ("spin", Unread.TOO_SLOW),
        ("abort", Unread.CRASHED),
        ("grow", Unread.TOO_LARGE),
        ("hang up", Unread.CRASHED),
        ("lie", Unread.CRASHED),
        ("mess", Unread.CRASHED),
        ("endless", Unread.CRASHED),
    ],
)
def test_whatever_it_does_is_a_gap_and_the_next_file_is_read(
    word: str, why: Unread, run: Run, program: Program
) -> None:
    async def work(converter: Converter) -> tuple[_wire.Converted, _wire.Converted]:
        return await ask(converter, word), await ask(converter, "this")

    first, second = run(work, program())

    assert first.why is why
    assert second.text.endswith("read this")


def test_one_process_reads_several_files_and_is_then_replaced(run: Run, program: Program) -> None:
    async def work(converter: Converter) -> list[str]:
        return [(await ask(converter, "x")).text.split()[0] for _ in range(4)]

    pids = run(work, program())

    assert pids[0] == pids[1] == pids[2] != pids[3]


def test_files_are_read_one_after_the_other(run: Run, program: Program) -> None:
    async def work(converter: Converter) -> list[_wire.Converted]:
        return await asyncio.gather(*(ask(converter, f"file {n}") for n in range(3)))

    answers = run(work, program())

    assert [answer.text.partition("read ")[2] for answer in answers] == [
        "file 0",
        "file 1",
        "file 2",
    ]


def test_one_that_cannot_work_is_not_asked_again(run: Run, program: Program) -> None:
    start = 'say(_wire.Failed(Unread.UNSUPPORTED, "iscc-tika is not installed")); sys.exit()'

    async def work(converter: Converter) -> tuple[_wire.Converted, _wire.Converted, float]:
        first, started = await ask(converter, "x"), time.perf_counter()
        return first, await ask(converter, "x"), time.perf_counter() - started

    first, second, seconds = run(work, program(start))

    expected = _wire.Converted(why=Unread.UNSUPPORTED, detail="iscc-tika is not installed")
    assert first == second == expected
    assert seconds < 0.01


def test_one_that_dies_at_its_start_is_a_gap(run: Run, program: Program) -> None:
    async def work(converter: Converter) -> _wire.Converted:
        return await ask(converter, "x")

    assert run(work, program("os.abort()")).why is Unread.CRASHED


def test_a_cancelled_question_costs_the_process_and_not_the_next_answer(
    run: Run, program: Program
) -> None:
    async def work(converter: Converter) -> str:
        asking = asyncio.create_task(ask(converter, "hang"))
        await asyncio.sleep(0.8)
        asking.cancel()
        await asyncio.wait((asking,))
        return (await ask(converter, "this")).text

    assert run(work, program()).endswith("read this")


def test_closing_ends_a_process_that_hangs(run: Run, program: Program) -> None:
    async def work(converter: Converter) -> tuple[float, list[_wire.Converted]]:
        words = ("hang", "x")
        asking = [asyncio.create_task(ask(converter, word)) for word in words]
        await asyncio.sleep(0.8)
        started = time.perf_counter()
        await converter.close()
        return time.perf_counter() - started, await asyncio.gather(*asking)

    seconds, answers = run(work, program())

    assert seconds < 0.5
    assert [Unread.CRASHED, Unread.UNSUPPORTED] == [answer.why for answer in answers]


def message(content: bytes) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "ann@council.example", "x@y.example", "Hello"
    mail.set_content("Good morning")
    mail.add_attachment(content, "application", "octet-stream", filename="old.wpd")
    return mail.as_bytes()


def test_a_worker_of_the_sandbox_gets_its_answer(program: Program) -> None:
    path = Path(program()[0])
    path.write_text(path.read_text().replace("word = content.decode()", 'word = "SECRET"'))
    envelope = Envelope("ann@council.example", (Recipient("cy@elsewhere.example"),))

    async def work() -> Inspected:
        converter = Converter(1 << 20, LIMITS, (str(path),))
        setup = Setup(Organisation(domains=("council.example",)))
        sandbox = Sandbox(1, SandboxLimits(), setup, converter=converter)
        await sandbox.start()
        try:
            async with asyncio.timeout(60):
                raw = message(b"\xffWPC\x10\0\0\0" + bytes(100))
                found = await sandbox.inspect(MessageId("m"), raw, envelope)
                assert isinstance(found, Inspected)
                return found
        finally:
            await sandbox.stop()

    evidence = unpack(asyncio.run(work()).evidence)

    texts = [b.text for d in evidence.document.walk() for b in d.blocks if isinstance(b, Text)]
    assert any(text.endswith("read SECRET") for text in texts)


def _namespaces() -> bool:
    """Whether this machine lets a process have a /tmp of its own."""
    pid = os.fork()
    if pid == 0:
        try:
            _confine.own_tmp(1 << 20)
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(pid, 0)[1] == 0


needs_tika = pytest.mark.skipif(
    not sys.platform.startswith("linux") or not _namespaces(),
    reason="this kernel gives no process a /tmp of its own",
)


@needs_tika
def test_tika_reads_a_file_behind_all_protections() -> None:
    need_module("iscc_tika", "iscc-tika")

    async def work(converter: Converter) -> tuple[_wire.Converted, tuple[str, ...]]:
        return await converter.convert(_wire.Convert(RTF)), converter.protections

    answer, protections = asyncio.run(using(Converter(1 << 20), work))

    assert (answer.text, answer.properties, answer.why) == ("Dear Bob", "Ann Lee", None)
    assert {*_confine.EVERYTHING, _confine.PRIVATE_TMP} == set(protections)


@needs_tika
def test_what_tika_cannot_read_is_a_gap() -> None:
    need_module("iscc_tika", "iscc-tika")

    async def work(converter: Converter) -> list[_wire.Converted]:
        damaged = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)
        return [await converter.convert(_wire.Convert(raw)) for raw in (damaged, RTF)]

    first, second = asyncio.run(using(Converter(1 << 20), work))

    assert (first.why, first.detail) == (Unread.CORRUPT, "Tika cannot read it")
    assert second.text == "Dear Bob"


@needs_tika
def test_a_process_with_a_tmp_of_its_own_can_write_nothing_else() -> None:
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        outcome = b"?"
        try:
            _confine.own_tmp(1 << 20)
            Path("/tmp/here").write_bytes(b"x")
            outcome = b"tmp" if os.listdir("/tmp") == ["here"] else b"not alone"
            try:
                Path("/tmp/big").write_bytes(bytes(2 << 20))
            except OSError:
                outcome += b" small"
            try:
                Path("/var/tmp/there").write_bytes(b"x")
            except OSError:
                outcome += b" read-only"
        finally:
            os.write(writer, outcome)
            os._exit(0)
    os.waitpid(pid, 0)

    assert b"tmp small read-only" == os.read(reader, 100)
