"""Nodes with roles of their own on one PostgreSQL, and what is done to them and to it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dlpguard.commands._roles import Role
from tests import _postgres
from tests.faults._history import History
from tests.faults._mail import write_policies
from tests.faults._plant import START_SECONDS, Life, Nursery
from tests.journeys._programs import HOST, free_port

LAYOUT = (
    (Role.EDGE, "alpha"),
    (Role.EDGE, "beta"),
    (Role.INSPECT, "alpha"),
    (Role.INSPECT, "beta"),
    (Role.INSPECT, "gamma"),
    (Role.DELIVER, "alpha"),
    (Role.DELIVER, "beta"),
    (Role.WEB, "alpha"),
)
"""Who is there, and on which machine each takes itself to be: one that died is found dead by its
neighbours by its process, by the others by its lock and its silence."""

AGAIN_SECONDS = (0.5, 6.0)
"""How long a node that died stays away: what a supervisor waits, and sometimes more."""

SETTINGS = """\
[organisation]
domains = ["council.example"]
case_references = ['ILS/\\d{{4}}/\\d{{5}}']

[store]
url = "{url}"

[listen]
web = ""
name = "relay.council.example"
connections = 400

[next_hop]
port = {next_hop}
tls = "opportunistic"

[inspect]
workers = 1

[queue]
first_retry = "1s"
longest_retry = "2s"

[policies]
directory = "policies"
mode = "enforce"

[campaign]
settle = "{settle:g}s"

[review]
second_factor = false
undo = "1s"
"""


@dataclass
class Span:
    """One life of a node; `ended` is the earliest that it can have ended, in seconds since 1970."""

    machine: str
    life: Life
    ended: float | None = None


@dataclass
class Node:
    """A process with a role; what it writes goes into `log`."""

    name: str
    role: Role
    machine: str
    log: Path
    port: int
    spans: list[Span] = field(default_factory=list)
    is_wanted: bool = True
    """Whether it is to be started again when it has ended."""

    @property
    def runs(self) -> bool:
        """Whether it is there."""
        return bool(self.spans) and self.spans[-1].life.ended_by is None

    @property
    def environment(self) -> dict[str, str]:
        """What is this node's alone: where it listens."""
        key = "WEB" if self.role is Role.WEB else "SMTP"
        return {f"DLPGUARD_LISTEN__{key}": f"{HOST}:{self.port}"}

    def send(self, number: signal.Signals) -> None:
        """Send a signal to it, where it is there."""
        if self.runs:
            if number in {signal.SIGKILL, signal.SIGTERM}:
                self.spans[-1].ended = self.spans[-1].ended or time.time()
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.spans[-1].life.pid, number)

    async def has_ended(self, seconds: float) -> bool:
        """Wait so long for it to end; whether it did."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.runs:
                    await asyncio.sleep(0.02)
                return True
        return False


@dataclass
class Farm:
    """All nodes, over a settings file and a key file that they share."""

    folder: Path
    server: _postgres.Server
    next_hop: int
    history: History
    settle: float
    walls: bool = True
    nodes: tuple[Node, ...] = ()
    nursery: Nursery = field(default_factory=Nursery)
    away: list[tuple[float, float]] = field(default_factory=list)
    """When the database was away, in seconds since 1970."""

    def __post_init__(self) -> None:
        write_policies(self.folder / "policies")
        url = self.server.url(self.server.create())
        self.config.write_text(
            SETTINGS.format(url=url, next_hop=self.next_hop, settle=self.settle), "utf-8"
        )
        self.nodes = tuple(
            Node(f"{role}-{number}", role, machine, self.folder / f"{number}.log", free_port())
            for number, (role, machine) in enumerate(LAYOUT, 1)
        )

    @property
    def config(self) -> Path:
        """The settings file."""
        return self.folder / "dlpguard.toml"

    def of(self, role: Role) -> tuple[Node, ...]:
        """The nodes with a role."""
        return tuple(node for node in self.nodes if node.role is role)

    async def start(self, node: Node, fault: str = "") -> None:
        """Start a node; returns when it is a process, not when it is ready."""
        life = await self.nursery.start(
            self.config,
            node.log,
            fault,
            walls=self.walls,
            roles=(str(node.role),),
            machine=node.machine,
            environment=node.environment,
        )
        node.spans.append(Span(node.machine, life))

    async def stop(self, node: Node) -> None:
        """SIGTERM: it finishes what it has in hand, or is said not to."""
        node.send(signal.SIGTERM)
        if not await node.has_ended(START_SECONDS):
            node.send(signal.SIGKILL)
            raise AssertionError(f"{node.name} does not end after SIGTERM; see {node.log}")

    async def freeze(self, node: Node, seconds: float) -> None:
        """SIGSTOP and, later, SIGCONT: a machine that swaps, or a paused guest."""
        node.send(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        node.send(signal.SIGCONT)

    async def restart_database(self, how: signal.Signals, seconds: float) -> None:
        """Stop the server, in order (SIGINT) or as a crash (SIGQUIT), and start it again."""
        began = time.time()
        await asyncio.to_thread(self.server.stop, how)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(self.server.start)
        self.away.append((began, time.time()))

    def was_away(self, at: float, before: float) -> bool:
        """Whether the database was away at a time, or in the seconds before it."""
        return any(began <= at and at - before <= ended for began, ended in self.away)


@asynccontextmanager
async def farm(
    folder: Path, next_hop: int, history: History, *, settle: float, walls: bool
) -> AsyncIterator[Farm]:
    """A farm on a durable server of its own; no node is started yet."""
    with _postgres.server(durable=True) as server:
        made = Farm(folder, server, next_hop, history, settle, walls)
        try:
            yield made
        finally:
            await made.nursery.close()
