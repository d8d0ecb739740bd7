"""What a message costs several nodes and their PostgreSQL, and what follows for more mail.

    python -m tests.benchmarks.scaling [--messages N] [--write]

One relay, one courier and 1, 2 and 4 inspectors (`serve --role`, a worker each) on a durable
server; ordinary mail of 4 KB, no two alike, from 200 senders to 2,000 people; shipped
policies enforced; a next hop that keeps nothing.  CPU is that of processes with their children, so
what else the machine does changes it little; messages a second say as much of the machine as of
dlpguard.

`--write` puts what was measured, and what is computed from it, into docs/scaling.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import smtplib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import psycopg
import typer

from dlpguard import config
from dlpguard.commands import _opening
from dlpguard.lifecycle import State
from dlpguard.store import presences
from tests import _postgres
from tests.benchmarks import _scaling_page
from tests.benchmarks._load import CountingSink, counting_sink, cpu_of
from tests.benchmarks._scaling_page import INSPECTORS, ROLES, Cost, Figures, Flow
from tests.journeys._programs import DEADLINE, HOST, free_port, listens, wait_until

CONNECTIONS = 16
"""Of the clients: enough that nobody waits for one."""

SENDERS, RECIPIENTS = 200, 2000

WARMING = 60
"""Messages that nobody counts: workers import what they read with."""

IDLE_SECONDS = 15.0
"""In which it is measured what nodes do that have nothing to do."""

SETTLED_SECONDS = 3.0
"""After which a server's counters say all that was done."""

SETTINGS = """\
[organisation]
domains = ["council.example"]
case_references = ['ILS/\\d{{4}}/\\d{{5}}']
[store]
url = "{url}"
[listen]
web = ""
name = "relay.council.example"
[next_hop]
port = {next_hop}
tls = "none"
[inspect]
workers = 1
[policies]
mode = "enforce"
"""

_SENTENCES = (
    "The bins in street {n} are collected on Tuesday, and the green ones every second week.",
    "Please put yours out before seven, with the lid closed and nothing beside number {n}.",
    "If a collection is missed we shall come back within {n} working days.",
    "Garden waste needs a brown sack, which library {n} and the town hall sell.",
)


@dataclass
class Plant:
    """The processes, by role."""

    folder: Path
    server: _postgres.Server
    database: str
    sink: CountingSink
    port: int = field(default_factory=free_port)
    running: dict[str, list[subprocess.Popen[bytes]]] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        """The settings that all share."""
        return self.folder / "dlpguard.toml"

    def start(self, role: str) -> None:
        """One more process with a role; returns when the others know it."""
        before = self._present()
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                (sys.executable, "-m", "dlpguard", "serve", "--role", role,
                 "--config", str(self.config)),
                env={**os.environ, "DLPGUARD_LISTEN__SMTP": f"{HOST}:{self.port}"},
                stdout=log,
                stderr=log,
            )  # fmt: skip
        self.running.setdefault(role, []).append(process)
        wait_until(lambda: self._present() > before, f"{role} to be there")
        if role == "edge":
            wait_until(lambda: listens(self.port), "the relay to greet")

    def end(self) -> None:
        """SIGTERM for all."""
        everyone = [process for found in self.running.values() for process in found]
        for process in everyone:
            process.terminate()
        for process in everyone:
            process.wait(DEADLINE)

    def cpu(self) -> dict[str, float]:
        """Seconds of CPU so far, by role and of the server."""
        spent = {role: sum(cpu_of(p.pid) for p in found) for role, found in self.running.items()}
        return spent | {"postgresql": cpu_of(self.postmaster)}

    @property
    def postmaster(self) -> int:
        """The server's process."""
        return int((self.server.folder / "data/postmaster.pid").read_text().split()[0])

    def ask(self, query: str) -> Any:
        """What the server says of itself: the first value of the first row."""
        with psycopg.connect(self.server.url(self.database), autocommit=True) as connection:
            row = connection.execute(query).fetchone()
        assert row
        return row[0]

    def _present(self) -> int:
        store = _opening.store(config.load(self.config))
        with contextlib.closing(store):
            return len(store.database.read_now(presences.present))


@dataclass(frozen=True)
class Count:
    """The server's counters at a moment."""

    at: float
    commits: int
    rollbacks: int
    writes: int
    statements: int
    wal: int


def main(
    messages: Annotated[int, typer.Option(help="In each measurement.", min=50)] = 600,
    write: Annotated[bool, typer.Option("--write", help="Change docs/scaling.md.")] = False,
) -> None:
    """Print what was measured, and what follows."""
    figures = measure(messages)
    for name, text in _scaling_page.tables(figures).items():
        print(f"{name}\n\n{text}")
    if write:
        _scaling_page.write(figures)


def measure(messages: int) -> Figures:
    """Everything that is measured."""
    with contextlib.ExitStack() as stack:
        sink = stack.enter_context(counting_sink())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dlpguard-bench-")))
        server = stack.enter_context(_postgres.server(durable=True))
        plant = _plant(folder, server, sink)
        stack.callback(plant.end)
        connections = {}
        for role in ROLES:
            before = _connections(plant)
            plant.start(role)
            time.sleep(SETTLED_SECONDS)
            connections[role] = _connections(plant) - before
        number = _Numbers()
        _through(plant, number(WARMING), ordinary)
        idle = _idle(plant)
        flows, sizes = [], []
        for inspectors in INSPECTORS:
            while len(plant.running["inspect"]) < inspectors:
                plant.start("inspect")
                _through(plant, number(WARMING), ordinary)
            before_size = _size(plant)
            flows.append(_flow(plant, number(messages), inspectors, idle))
            sizes.append((_size(plant) - before_size) / messages)
        held, packed = _held(plant, number(messages // 4))
        load = os.getloadavg()[0]
        return Figures(
            messages, tuple(flows), connections, _idle_rate(idle), statistics.median(sizes), held,
            packed, os.cpu_count() or 1, load,
        )  # fmt: skip


def ordinary(number: int) -> bytes:
    """4 KB of text of which no line is another message's."""
    lines = [_SENTENCES[i % len(_SENTENCES)].format(n=number * 100 + i) + "\r\n" for i in range(45)]
    return (_header(number) + "".join(lines)).encode()


def stopped(number: int) -> bytes:
    """A list of twelve people in 4 KB of text, which the shipped policies stop."""
    people = "".join(
        f"{_name(number, n)}, born 0{1 + n % 9}/03/19{50 + n}, 07700 9001{n:02}, "
        f"ILS/2013/{(number * 12 + n) % 100000:05}\r\n"
        for n in range(12)
    )
    return ordinary(number)[:3200] + b"\r\n" + people.encode()


def _name(number: int, n: int) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz"
    return f"Moira Tregen{letters[number % 26]}{letters[number // 26 % 26]}{letters[n]}a"


def _header(number: int) -> str:
    return (
        f"From: Ann Bee <{_sender(number)}>\r\nTo: Carol <{_recipient(number)}>\r\n"
        f"Subject: bins {number}\r\nDate: Fri, 19 Jul 2013 09:30:00 +0100\r\n"
        f"Message-ID: <{number}@council.example>\r\n\r\n"
    )


def _sender(number: int) -> str:
    return f"ann{number % SENDERS}@council.example"


def _recipient(number: int) -> str:
    return f"carol{number * 7 % RECIPIENTS}@outside.example"


@dataclass
class _Numbers:
    """Numbers that were not used before."""

    next: int = 0

    def __call__(self, count: int) -> range:
        self.next += count
        return range(self.next - count, self.next)


def _plant(folder: Path, server: _postgres.Server, sink: CountingSink) -> Plant:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")
    server.stop()
    server.start()
    plant = Plant(folder, server, server.create(), sink)
    url = server.url(plant.database)
    plant.config.write_text(SETTINGS.format(url=url, next_hop=sink.port), "utf-8")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION pg_stat_statements")
    return plant


def _send(plant: Plant, numbers: range, content: Callable[[int], bytes]) -> None:
    """Over `CONNECTIONS` at once."""

    def some(part: range) -> None:
        with smtplib.SMTP(HOST, plant.port, timeout=DEADLINE * 5) as client:
            for number in part:
                client.sendmail(_sender(number), [_recipient(number)], content(number))

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        list(threads.map(some, [numbers[n::CONNECTIONS] for n in range(CONNECTIONS)]))


def _through(plant: Plant, numbers: range, content: Callable[[int], bytes]) -> float:
    """Seconds until the next hop has them all."""
    before, began = plant.sink.count, time.monotonic()
    _send(plant, numbers, content)
    plant.sink.wait_for(before + len(numbers))
    return time.monotonic() - began


def _flow(plant: Plant, numbers: range, inspectors: int, idle: tuple[Count, Count]) -> Flow:
    """What so many messages cost, without what the nodes do anyhow."""
    before, spent = _count(plant), plant.cpu()
    with _peak(lambda: _connections(plant)) as peak:
        seconds = _through(plant, numbers, ordinary)
    time.sleep(SETTLED_SECONDS)
    after, cpu = _count(plant), plant.cpu()
    share = (after.at - before.at) / (idle[1].at - idle[0].at)

    def each(what: str) -> float:
        did = getattr(after, what) - getattr(before, what)
        anyhow = getattr(idle[1], what) - getattr(idle[0], what)
        return float(max(0.0, did - share * anyhow) / len(numbers))

    cost = Cost(
        {role: (cpu[role] - spent[role]) / len(numbers) for role in cpu},
        *(each(what) for what in ("commits", "rollbacks", "writes", "statements", "wal")),
    )
    return Flow(inspectors, len(numbers) / seconds, cost, max(peak))


def _held(plant: Plant, numbers: range) -> tuple[float, float]:
    """Bytes of a message that waits for a reviewer or its sender, and of all after packing."""
    before = _size(plant)
    _send(plant, numbers, stopped)
    waits = f"'{State.QUARANTINED}', '{State.AWAITING_SENDER}'"
    query = f"SELECT count(*) FROM messages WHERE state IN ({waits})"
    wait_until(lambda: plant.ask(query) >= len(numbers), "all to be held", DEADLINE * 5)
    held = (_size(plant) - before) / len(numbers)
    plain = _size(plant)
    with psycopg.connect(plant.server.url(plant.database), autocommit=True) as connection:
        connection.execute("VACUUM FULL")
    return held, _size(plant) / plain


def _size(plant: Plant) -> int:
    """Bytes of all tables and indexes, with the room in them that new rows will take."""
    with psycopg.connect(plant.server.url(plant.database), autocommit=True) as connection:
        connection.execute("VACUUM")
    found = plant.ask(
        "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c "
        "JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = 'public' AND c.relkind = 'r'"
    )
    return int(found)


def _idle(plant: Plant) -> tuple[Count, Count]:
    time.sleep(SETTLED_SECONDS)
    before = _count(plant)
    time.sleep(IDLE_SECONDS)
    return before, _count(plant)


def _idle_rate(idle: tuple[Count, Count]) -> float:
    """Commits a second of a node that has nothing to do."""
    return (idle[1].commits - idle[0].commits) / (idle[1].at - idle[0].at) / len(ROLES)


def _count(plant: Plant) -> Count:
    name = f"datname = '{plant.database}'"
    of_database = f"FROM pg_stat_database WHERE {name}"
    mine = f"FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid WHERE {name}"
    return Count(
        time.monotonic(),
        int(plant.ask(f"SELECT xact_commit {of_database}")),
        int(plant.ask(f"SELECT xact_rollback {of_database}")),
        int(plant.ask(f"SELECT coalesce(sum(calls), 0) {mine} AND query LIKE '%pg_current_xact%'")),
        int(plant.ask(f"SELECT coalesce(sum(calls), 0) {mine}")),
        int(plant.ask("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")),
    )


def _connections(plant: Plant) -> int:
    return int(
        plant.ask("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'dlpguard'")
    )


@contextlib.contextmanager
def _peak(look: Callable[[], int]) -> Iterator[list[int]]:
    """What is seen twice a second meanwhile."""
    seen = [look()]

    async def watch() -> None:
        while True:
            await asyncio.sleep(0.5)
            seen.append(await asyncio.to_thread(look))

    with ThreadPoolExecutor(1) as thread:
        loop = asyncio.new_event_loop()
        watching = loop.create_task(watch())
        done = thread.submit(lambda: loop.run_until_complete(asyncio.wait([watching])))
        try:
            yield seen
        finally:
            loop.call_soon_threadsafe(watching.cancel)
            done.result()
            loop.close()


if __name__ == "__main__":
    typer.run(main)
