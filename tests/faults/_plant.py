"""The relay and its reviewers as processes, and what is done to them: kills, faults, full disks."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import psycopg

from dlpguard import faults
from tests import _stores
from tests.faults._history import Decision, History
from tests.faults._mail import write_policies
from tests.journeys._programs import HOST, free_port, listens

ROOT = Path(__file__).resolve().parents[2]

DISK_BYTES, MESSAGE_BYTES = 64 * 1024 * 1024, 40 * 1024
"""Size of the small disk, and how much larger it is for each message: rows of messages stay."""

START_SECONDS = 60.0
"""Seconds after which a relay that does not greet has failed."""

SETTINGS = """\
[organisation]
domains = ["council.example"]
case_references = ['ILS/\\d{{4}}/\\d{{5}}']

[listen]
smtp = "{host}:{port}"
web = ""
name = "relay.council.example"
connections = 400

[next_hop]
port = {next_hop}
tls = "opportunistic"

[queue]
first_retry = "1s"
longest_retry = "2s"

[policies]
directory = "{policies}"
mode = "enforce"

[campaign]
settle = "1s"
"""


@dataclass
class Life:
    """One run of the relay, or of a reviewer.  `ended_by`: the signal that ended it, 0 when it
    ended by itself, with `code`."""

    pid: int
    ended_by: int | None = None
    code: int = 0


@dataclass
class Nursery:
    """Starts relays, through `_mother`."""

    process: asyncio.subprocess.Process | None = None
    lives: dict[int, Life] = field(default_factory=dict)
    _born: asyncio.Queue[Life] = field(default_factory=asyncio.Queue)
    _listening: asyncio.Task[None] | None = None

    async def start(
        self,
        config: Path,
        log: Path,
        fault: str,
        *,
        walls: bool = True,
        decide: Sequence[str] = (),
        roles: Sequence[str] = (),
        machine: str = "",
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> Life:
        """A relay that is starting, a node of one, or a reviewer who decides (`_mother`)."""
        if self.process is None:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.faults._mother"),
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            self._listening = asyncio.create_task(self._listen())
        assert self.process.stdin
        wanted: dict[str, object] = {
            "config": str(config),
            "log": str(log),
            "fault": fault,
            "walls": walls,
            "roles": list(roles),
            "machine": machine,
            "environment": dict(environment),
        }
        if decide:
            wanted["decide"] = list(decide)
        self.process.stdin.write(json.dumps(wanted).encode() + b"\n")
        async with asyncio.timeout(START_SECONDS):
            return await self._born.get()

    async def close(self) -> None:
        """End all of them."""
        if self.process and self.process.stdin:
            self.process.stdin.close()
            await self.process.wait()

    async def _listen(self) -> None:
        assert self.process
        assert self.process.stdout
        while line := await self.process.stdout.readline():
            said = json.loads(line)
            if "started" in said:
                life = self.lives[said["started"]] = Life(said["started"])
                self._born.put_nowait(life)
            else:
                life = self.lives.pop(said["ended"])
                life.code, life.ended_by = said["code"], said["signal"]


@dataclass
class Plant:
    """A relay in a folder; `start`, `kill`, `stop` it as often as you like."""

    folder: Path
    next_hop: int
    history: History
    port: int = field(default_factory=free_port)
    nursery: Nursery = field(default_factory=Nursery)
    walls: bool = True
    """Whether messages are read in the sandbox, or (a third of the cost) in its own process."""
    life: Life | None = None

    def __post_init__(self) -> None:
        policies = self.folder / "policies"
        write_policies(policies)
        self.config.write_text(
            _stores.section(self.folder)
            + SETTINGS.format(
                host=HOST, port=self.port, next_hop=self.next_hop, policies=policies.name
            ),
            "utf-8",
        )

    @property
    def config(self) -> Path:
        """The settings file."""
        return self.folder / "dlpguard.toml"

    @property
    def log(self) -> Path:
        """What all runs wrote to standard error."""
        return self.folder.parent / f"{self.folder.name}.log"

    @property
    def runs(self) -> bool:
        """Whether it is there."""
        return self.life is not None and self.life.ended_by is None

    async def start(self, fault: str = "") -> bool:
        """Start it; False when it died before it greeted (a fault may want that)."""
        self.life = await self.nursery.start(self.config, self.log, fault, walls=self.walls)
        async with asyncio.timeout(START_SECONDS):
            while self.runs:
                if await asyncio.to_thread(listens, self.port):
                    return True
                await asyncio.sleep(0.05)
        return False

    async def kill(self) -> None:
        """`kill -9`."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """SIGTERM: it finishes what it has in hand."""
        await self._end(signal.SIGTERM)

    async def ended(self, seconds: float) -> bool:
        """Wait so long for a fault to end it; whether one did."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.runs:
                    await asyncio.sleep(0.02)
                return True
        return False

    def was_killed(self) -> bool:
        """Whether the last run was ended by SIGKILL."""
        return self.life is not None and self.life.ended_by == signal.SIGKILL

    async def freeze(self, seconds: float) -> None:
        """SIGSTOP and, later, SIGCONT: a machine that swaps, or a paused guest."""
        self._signal(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        self._signal(signal.SIGCONT)

    async def lock_database(self, seconds: float) -> None:
        """What a backup does that hangs; on PostgreSQL a change of a table."""
        lock = _embedded_lock if _stores.EMBEDDED else _table_lock
        errors = (sqlite3.OperationalError, psycopg.OperationalError)
        with contextlib.suppress(*errors), lock(self.folder):
            await asyncio.sleep(seconds)

    async def fill_disk(self, seconds: float) -> None:
        """No byte is free for a while, on a disk of its own (`small_disk`); PostgreSQL crashes."""
        if not _stores.EMBEDDED:
            await asyncio.to_thread(_stores.server().stop, signal.SIGQUIT)
            await asyncio.sleep(seconds)
            await asyncio.to_thread(_stores.server().start)
            return
        filler = self.folder / "filler"
        with filler.open("wb", buffering=0) as stream, contextlib.suppress(OSError):
            for size in (1 << 20, 1 << 12, 1):
                with contextlib.suppress(OSError):
                    while True:
                        stream.write(bytes(size))
        await asyncio.sleep(seconds)
        filler.unlink()

    async def _end(self, number: signal.Signals) -> None:
        self._signal(number)
        if not await self.ended(START_SECONDS):
            self._signal(signal.SIGKILL)
            raise AssertionError(f"the relay does not end after {number.name}; see {self.log}")

    def _signal(self, number: signal.Signals) -> None:
        if self.life and self.runs:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.life.pid, number)


class Reviewed(Protocol):
    """What a reviewer has to know of a relay."""

    history: History

    @property
    def config(self) -> Path:
        """The settings file."""


@dataclass
class Reviewer:
    """A reviewer's process; it is started again when it has died."""

    plant: Reviewed
    name: str
    chance: random.Random
    faulty: bool = True
    """Whether it has faults of its own, now and then."""
    process: asyncio.subprocess.Process | None = None
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def decide(self, id: str, act: str) -> Decision:
        """Have it decide; also recorded."""
        async with self._busy:
            told = await self._ask(id, act)
        decision = Decision(id, act, self.name, told)
        self.plant.history.decisions.append(decision)
        return decision

    async def kill(self) -> None:
        """`kill -9`, in the middle of whatever it does."""
        if self.process and self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
            await self.process.wait()

    async def _ask(self, id: str, act: str) -> str:
        process = self.process
        if process is None or process.returncode is not None:
            process = self.process = await self._start()
        assert process.stdin
        assert process.stdout
        with contextlib.suppress(ConnectionError):
            process.stdin.write(f"{id} {act}\n".encode())
            await process.stdin.drain()
        words = (await process.stdout.readline()).decode().split()
        if len(words) != len(("id", "act", "told")):  # it died, perhaps in the middle of the line
            await process.wait()
            return ""
        return words[-1]

    async def _start(self) -> asyncio.subprocess.Process:
        fault = ""
        if self.faulty and self.chance.random() < 0.2:
            change = self.chance.choice(("release", "return", "confirm", "cancel", "issue"))
            fault = f"{self.chance.choice(('before', 'after'))}-{change}:1"
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.faults._reviewer", str(self.plant.config), self.name),
            cwd=ROOT,
            env={**os.environ, faults.VARIABLE: fault},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )


@contextmanager
def _embedded_lock(folder: Path) -> Iterator[None]:
    file = folder / "dlpguard.db"
    with contextlib.closing(sqlite3.connect(file, timeout=1, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def _table_lock(folder: Path) -> Iterator[None]:
    with psycopg.connect(_stores.url(folder)) as other:
        other.execute("SET lock_timeout = '1s'")
        other.execute("LOCK TABLE messages IN ACCESS EXCLUSIVE MODE")
        yield


@contextmanager
def small_disk(folder: Path, messages: int) -> Iterator[bool]:
    """A small disk at a folder, where we may mount one; says whether there is something that
    `fill_disk` may break."""
    folder.mkdir(exist_ok=True)
    if not _stores.EMBEDDED:
        yield True
        return
    size = f"size={DISK_BYTES + messages * MESSAGE_BYTES}"
    mounted = _run("mount", "-t", "tmpfs", "-o", size, "dlpguard-test", folder)
    try:
        yield mounted
    finally:
        if mounted:
            _run("umount", "--lazy", folder)


def _run(*command: str | Path) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False
