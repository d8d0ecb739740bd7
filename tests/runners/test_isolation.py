"""Each protection by itself, without the others, in a process that has nothing but it."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dlpguard.inspection import Setup, attach, read
from dlpguard.mail import Envelope, MessageId, Recipient
from dlpguard.recipients import Organisation
from dlpguard.runners import _calls, _confine, _isolate
from dlpguard.runners.sandbox import PROTECTIONS, Inspected, Limits, Sandbox, Stopped
from tests._needs import need, need_module

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "attachments"
SETUP = Setup(Organisation(domains=("council.example",)))
ENVELOPE = Envelope("ann@council.example", (Recipient("cy@elsewhere.example"),))

EPERM, EACCES = errno.EPERM, errno.EACCES


def errors_of(confine: Callable[[], str], *attempts: Callable[[], object]) -> list[int]:
    """What each attempt fails with in a confined process, 0 for nothing.

    Skips where the kernel cannot confine one; a library that is missing is a failure on CI.
    """
    readable, writable = os.pipe()
    pid = os.fork()
    if not pid:
        answer = "crashed"
        try:
            if confine():
                answer = " ".join(str(error_of(attempt)) for attempt in attempts)
            else:
                answer = "missing"
        finally:
            os.write(writable, answer.encode())
            os._exit(0)
    os.close(writable)
    with open(readable, encoding="ascii") as said:
        answer = said.read()
    os.waitpid(pid, 0)
    if answer == "missing":
        need(_confine.load_filter() is not None, "libseccomp2")
        need_module("landlock", "landlock")
        pytest.skip("this kernel does not have it")
    return [int(word) for word in answer.split()]


def error_of(attempt: Callable[[], object]) -> int:
    try:
        attempt()
    except OSError as error:
        return error.errno or -1
    return 0


def landlocked() -> str:
    _confine.forbid_privileges()
    return _isolate.forbid_others()


def test_a_process_with_scopes_reaches_nobody() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as own:
        own.bind("\0dlpguard-test")
        own.listen()
        parent = os.getpid()

        def connect() -> None:
            socket.create_connection(server.getsockname())

        def abstract() -> None:
            socket.socket(socket.AF_UNIX).connect("\0dlpguard-test")

        def listen() -> None:
            socket.create_server(("127.0.0.1", 0))

        found = errors_of(landlocked, connect, listen, abstract, lambda: os.kill(parent, 0))

    assert [EACCES, EACCES, EPERM, EPERM] == found


def test_a_process_with_scopes_can_still_abort() -> None:
    assert [0] == errors_of(landlocked, lambda: os.kill(os.getpid(), 0))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has capabilities to lose")
def test_root_without_capabilities_is_nobody_in_particular(tmp_path: Path) -> None:
    attempts = (
        lambda: os.chown(tmp_path, 1, 1),
        lambda: os.setuid(1),
        lambda: os.chroot("/"),
        lambda: os.nice(-5),
    )

    assert [EPERM, EPERM, EPERM, EPERM] == errors_of(_isolate.drop_capabilities, *attempts)


def test_capabilities_do_not_come_back_with_a_program() -> None:
    def run() -> None:
        if os.system("grep -q 'CapEff:.*[1-9a-f]' /proc/self/status") == 0:
            raise OSError(1, "it has some")

    assert [0] == errors_of(_isolate.drop_capabilities, run)


def test_files_are_forbidden_after_capabilities_were_dropped() -> None:
    def confine() -> str:
        _isolate.drop_capabilities()
        _confine.forbid_privileges()
        return _confine.forbid_files(())

    assert [EACCES] == errors_of(confine, lambda: open("/etc/passwd", "rb").close())


def test_calls_that_are_not_on_the_list_fail() -> None:
    filter = _confine.load_filter()

    def confine() -> str:
        return _calls.allow_only(filter)

    attempts = (
        socket.socket,
        os.fork,
        os.pipe,
        lambda: os.memfd_create("x"),
        lambda: os.open("/dev/null", os.O_WRONLY),
        lambda: os.open("/tmp", os.O_RDONLY | os.O_CREAT),
        lambda: os.kill(os.getppid(), 0),
        lambda: os.umask(0),
        lambda: os.execv("/bin/true", ["true"]),
        lambda: os.sched_setaffinity(0, {0}),
    )

    assert [EPERM] * len(attempts) == errors_of(confine, *attempts)


def test_calls_that_reading_needs_are_on_the_list() -> None:
    filter = _confine.load_filter()

    def confine() -> str:
        return _calls.allow_only(filter)

    attempts = (
        lambda: open(__file__, "rb").close(),
        lambda: os.listdir("/"),
        lambda: bytearray(100 << 20),
        lambda: os.urandom(16),
        lambda: _confine.allow_cpu(0, 1000),
        lambda: signal.raise_signal(signal.SIGCHLD),
    )

    assert [0] * len(attempts) == errors_of(confine, *attempts)


@pytest.fixture(scope="module")
def inspect() -> Iterator[Callable[[bytes], Inspected | Stopped]]:
    """What a sandbox says of a message."""
    with asyncio.Runner() as runner:
        sandbox = Sandbox(1, Limits(), SETUP)
        runner.run(sandbox.start())
        yield lambda raw: runner.run(sandbox.inspect(MessageId("m"), raw, ENVELOPE))
        runner.run(sandbox.stop())


def test_every_protection_that_the_kernel_has_is_active() -> None:
    missing = {_confine.SECCOMP} if _confine.load_filter() is None else set()
    errors_of(landlocked)  # skips where the kernel is too old for the newest of them
    with asyncio.Runner() as runner:
        sandbox = Sandbox(1, Limits(), SETUP)
        runner.run(sandbox.start())
        active = runner.run(sandbox.ready())
        runner.run(sandbox.stop())

    assert set(PROTECTIONS) - missing == set(active)


@pytest.mark.parametrize("name", sorted(file.name for file in SAMPLES.iterdir()))
def test_the_sandbox_reads_what_can_be_read_outside_of_it(
    inspect: Callable[[bytes], Inspected | Stopped], name: str
) -> None:
    raw = attach((SAMPLES / name).read_bytes(), name)
    outside = read(MessageId("m"), raw, ENVELOPE, SETUP)
    answer = inspect(raw)

    assert isinstance(answer, Inspected)
    assert outside.facts == answer.facts
