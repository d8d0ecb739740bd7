"""Faults: nothing while nobody asks for one, and then exactly that one."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from dlpguard import faults
from dlpguard.errors import ConfigurationError, TemporaryError
from dlpguard.store import schema
from dlpguard.store.opening import Store
from tests import _stores
from tests.store._world import Poster

PASSINGS = 300_000


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    faults.arm("")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = _stores.open_in(tmp_path)
    yield opened
    opened.close()


def test_nothing_happens_while_nothing_is_armed() -> None:
    for point in faults.POINTS:
        faults.at(point)


def test_an_unarmed_point_costs_as_much_as_a_function_that_asks_one_question() -> None:
    nothing: tuple[str, ...] = ()

    def ask(_point: str) -> None:
        if nothing:
            raise AssertionError

    assert _seconds(faults.at) < 3 * _seconds(ask) + 0.01


def _seconds(function: object) -> float:
    assert callable(function)
    started = time.process_time()
    for _ in range(PASSINGS):
        function("after-354")
    return time.process_time() - started


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("after-355:1", "there is no point after-355"),
        ("after-354:x", "not point:number:act"),
        ("after-354:1:explode", "acts are kill, raise, stop, eio, enospc"),
    ],
)
def test_what_is_not_understood_is_said_at_start(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        faults.arm(text)


def test_the_command_line_does_not_start_with_a_point_that_there_is_not() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dlpguard", "serve"],
        env={faults.VARIABLE: "nowhere:1"},
        capture_output=True,
        check=False,
    )

    assert 2 == done.returncode
    assert b"there is no point nowhere" in done.stderr


def test_a_fault_acts_at_its_passing_and_once() -> None:
    faults.arm("inspecting:3:raise")
    for _ in range(2):
        faults.at("inspecting")
        faults.at("inspected")
    with pytest.raises(faults.FaultError, match="inspecting"):
        faults.at("inspecting")
    faults.at("inspecting")


def test_several_faults_are_counted_by_themselves() -> None:
    faults.arm("inspecting:2:raise,inspected:1:raise")
    faults.at("inspecting")
    for point in ("inspected", "inspecting"):
        with pytest.raises(faults.FaultError, match=point):
            faults.at(point)


@pytest.mark.parametrize(("act", "number"), [("eio", 5), ("enospc", 28)])
def test_a_disk_fails_with_its_own_errors(act: str, number: int) -> None:
    faults.arm(f"body-written:1:{act},before-accept:1:{act}")
    with pytest.raises(OSError, match=r"\[Errno") as raised:
        faults.at("body-written")

    assert number == raised.value.errno
    with pytest.raises(RuntimeError, match=str(number)):
        faults.around("before", ["accept"], lambda number: RuntimeError(str(number)))


@pytest.mark.parametrize(
    ("act", "ended"), [("kill", -signal.SIGKILL), ("stop", None)], ids=["kill", "stop"]
)
def test_a_process_ends_or_stops_where_it_is(act: str, ended: int | None) -> None:
    program = (
        "from dlpguard import faults; faults.arm(); faults.at('dot-sent'); print('on', flush=True)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        env={faults.VARIABLE: f"dot-sent:1:{act}"},
        stdout=subprocess.PIPE,
    ) as process:
        if ended is None:
            _wait_until_stopped(process.pid)
            process.send_signal(signal.SIGCONT)
        assert process.stdout
        said = process.stdout.read()

    assert (ended or 0, b"" if ended else b"on\n") == (process.returncode, said)


def _wait_until_stopped(pid: int) -> None:
    stat = Path(f"/proc/{pid}/stat")
    deadline = time.monotonic() + 30
    while stat.read_text().rpartition(")")[2].split()[0] != "T":
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("act", ["eio", "enospc"])
def test_a_commit_that_finds_the_disk_broken_keeps_nothing(store: Store, act: str) -> None:
    post = Poster(store)
    faults.arm(f"before-accept:1:{act}")
    with pytest.raises(TemporaryError, match=r"SQLITE_(IOERR|FULL)|IoError|DiskFull"):
        post()

    assert 0 == _messages(store)
    post()
    assert 1 == _messages(store)


def test_a_change_that_was_undone_is_no_passing(store: Store) -> None:
    post = Poster(store)
    faults.arm("before-accept:2:raise")
    post()
    post.number = 0
    with pytest.raises(Exception, match=r"UNIQUE|UniqueViolation"):  # the same id again
        post()
    with pytest.raises(faults.FaultError):
        post()


def _messages(store: Store) -> int:
    query = select(func.count()).select_from(schema.messages)
    return store.database.read_now(lambda tx: int(tx.execute(query).scalar_one()))
