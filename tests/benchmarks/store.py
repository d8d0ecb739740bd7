"""How fast messages are made durable, how many share a commit, and what reaches the disk.

    python -m tests.benchmarks store [--rounds 3]

So many clients at a time hand 4 KB each to `Reception`, as the edge does, and wait for the commit.
Beside them a bare loop appends the same bytes to a file with an fdatasync after each, in turns on
the same disk: the ratio is to its speed.  CPU is that of the whole process.  "Written" is what was
handed to the disk (SQLite: write_bytes of proc(5), the log and what it is folded into; PostgreSQL:
its log alone), "kept" is by how much the database has grown, both in KB.  Fsyncs are counted by
strace in a round of its own; those of PostgreSQL are another process's.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import psycopg
import pytest
import typer
import uvloop
from rich.console import Console
from rich.table import Table

from dlpguard import telemetry
from dlpguard.mail import Envelope, Recipient, new_id
from dlpguard.runners.reception import Reception
from dlpguard.smtp.receipts import Receipts
from dlpguard.smtp.server import Arrival
from dlpguard.store.opening import Store, open_store
from tests import _postgres
from tests.benchmarks._mails import Mail, prose

ROUNDS = 3
SIZE = 4_000
MESSAGES = {1: 60, 20: 400, 100: 800}
"""How many are sent in a round, by clients at a time."""

_BARE_SECONDS = 0.25
_TRACE = (
    b"Received: from client.example by relay.council.example; Mon, 1 Jun 2026 10:00:00 +0000\r\n"
)


@dataclass(frozen=True, slots=True)
class Written:
    """Bytes so far: handed to the disk, and of the database."""

    to_disk: int
    kept: int


@dataclass
class Figures:
    """Of so many clients: a value for each round, per second or per message."""

    rates: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    written: list[float] = field(default_factory=list)
    kept: list[float] = field(default_factory=list)
    syncs: float | None = None


@dataclass(frozen=True, slots=True)
class Engine:
    """A database that is measured, and how it tells what it has written."""

    name: str
    store: Store
    folder: Path
    written: Callable[[], Written]


def main(rounds: Annotated[int, typer.Option(help="Of each kind.", min=1)] = ROUNDS) -> None:
    """Print a row for each database and number of clients."""
    Console(width=max(Console().width, 130)).print(measure(rounds))


def measure(rounds: int = ROUNDS) -> Table:
    """The table."""
    printed = Table(title=f"Making messages of {SIZE / 1000:g} KB durable")
    printed.add_column("database")
    headings = ("clients", "messages/s: min", "median", "max", "x bare fdatasync", "in a commit")
    for heading in (*headings, "at most", "CPU ms", "written", "kept", "fsyncs"):
        printed.add_column(heading, justify="right")
    with ExitStack() as stack:
        for engine in _engines(stack):
            for clients, figures in uvloop.run(_rounds(engine, rounds)).items():
                printed.add_row(engine.name, str(clients), *_cells(figures))
            engine.store.close()
    return printed


def _cells(figures: Figures) -> Iterator[str]:
    for rate in (min, statistics.median, max):
        yield f"{rate(figures.rates):.0f}"
    yield f"{statistics.median(figures.ratios):.2f}"
    yield f"{statistics.mean(figures.groups):.1f}"
    yield str(max(figures.groups))
    yield f"{statistics.median(figures.cpu):.2f}"
    yield f"{statistics.median(figures.written):.1f}"
    yield f"{statistics.median(figures.kept):.1f}"
    yield "" if figures.syncs is None else f"{figures.syncs:.2f}"


def _engines(stack: ExitStack) -> Iterator[Engine]:
    """SQLite, and PostgreSQL where it is installed."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dlpguard-bench-")))
    store = open_store("sqlite:///dlpguard.db", folder / "dlpguard.key", folder)
    yield Engine("SQLite", store, folder, lambda: _by_sqlite(store, folder))
    try:
        server = stack.enter_context(_postgres.server(durable=True))
    except pytest.skip.Exception:
        return
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dlpguard-bench-")))
    url = server.url(server.create())
    store = open_store(url, folder / "dlpguard.key", folder)
    yield Engine("PostgreSQL", store, folder, lambda: _by_postgresql(url))


def _by_sqlite(store: Store, folder: Path) -> Written:
    store.database.truncate_log()  # what is in the log is in the database then, too
    counters = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return Written(int(counters["write_bytes"]), (folder / "dlpguard.db").stat().st_size)


def _by_postgresql(url: str) -> Written:
    with psycopg.connect(url) as connection:
        row: Any = connection.execute(
            "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0'), "
            "pg_database_size(current_database())"
        ).fetchone()
    return Written(int(row[0]), int(row[1]))


async def _rounds(engine: Engine, rounds: int) -> dict[int, Figures]:
    """All rounds of one database."""
    found = {clients: Figures() for clients in MESSAGES}
    mails = [prose(number, SIZE) for number in range(max(MESSAGES.values()))]
    await _send(engine, 20, mails[:200])  # statements are prepared, pages are there
    for _ in range(rounds):
        for clients, figures in found.items():
            await _round(engine, clients, mails[: MESSAGES[clients]], figures)
    for clients, figures in found.items():
        if not engine.store.database.is_shared:
            some = mails[: MESSAGES[clients] // 2]
            with _counted() as counts:
                await _send(engine, clients, some)
            figures.syncs = counts[0] / len(some) if counts else None
    return found


async def _round(engine: Engine, clients: int, mails: list[Mail], figures: Figures) -> None:
    bare = _bare(engine.folder)
    before = engine.written()
    with _groups(figures.groups):
        seconds, cpu = await _send(engine, clients, mails)
    after, count = engine.written(), len(mails)
    figures.rates.append(count / seconds)
    figures.ratios.append(count / seconds / statistics.mean((bare, _bare(engine.folder))))
    figures.cpu.append(cpu / count * 1000)
    figures.written.append((after.to_disk - before.to_disk) / count / 1000)
    figures.kept.append((after.kept - before.kept) / count / 1000)


async def _send(engine: Engine, clients: int, mails: list[Mail]) -> tuple[float, float]:
    """Seconds, and seconds of CPU, until all are committed."""
    reception = Reception(engine.store, Receipts())
    left = iter(mails)

    async def client() -> None:
        for mail in left:
            intake = reception.open(lambda _waits: None)
            for piece in mail.pieces:
                intake.keep(bytes(piece))
            id = new_id(time.time(), secrets.token_bytes(10))
            # Nobody sends anything twice, and no two of these are a mailing.
            envelope = Envelope(mail.sender, (Recipient(f"{id}@outside.example"),))
            await intake.commit(Arrival(id, envelope, mail.size, _TRACE, intake))

    began, cpu = time.monotonic(), time.process_time()
    await asyncio.gather(*(client() for _ in range(clients)))
    return time.monotonic() - began, time.process_time() - cpu


def _bare(folder: Path) -> float:
    """Appends with an fdatasync after each, in a second."""
    piece, count = os.urandom(SIZE), 0
    with tempfile.TemporaryFile(dir=folder) as file:
        began = time.monotonic()
        while time.monotonic() - began < _BARE_SECONDS:
            file.write(piece)
            file.flush()
            os.fdatasync(file.fileno())
            count += 1
        return count / (time.monotonic() - began)


@contextlib.contextmanager
def _groups(sizes: list[int]) -> Iterator[None]:
    """Note how many changes each commit holds."""
    committed = telemetry.committed
    telemetry.committed = lambda changes, seconds: sizes.append(changes)
    try:
        yield
    finally:
        telemetry.committed = committed


@contextlib.contextmanager
def _counted() -> Iterator[list[int]]:
    """The fsyncs of this process meanwhile; none where strace is missing, or may not look."""
    counts: list[int] = []
    with tempfile.NamedTemporaryFile("r") as report:
        command = ("strace", "-f", "-c", "-U", "name,calls", "-e", "trace=fsync,fdatasync")
        try:
            strace = subprocess.Popen((*command, "-o", report.name, "-p", str(os.getpid())),
                                      stderr=subprocess.PIPE)  # fmt: skip
        except OSError:
            yield counts
            return
        assert strace.stderr
        is_attached = b"attached" in strace.stderr.readline()
        yield counts
        strace.send_signal(signal.SIGINT)
        strace.communicate()
        if is_attached:
            lines = (line.split() for line in report.read().splitlines())
            counts.append(sum(int(words[1]) for words in lines if words[:1] in _SYNCS))


_SYNCS = (["fsync"], ["fdatasync"])


if __name__ == "__main__":
    typer.run(main)
