"""What each stage of reading a message costs, by message, and what the hop to a worker adds.

    python -m tests.benchmarks inspection [--peers PYTHON]

Milliseconds of CPU for one message.  The stages are measured in this process; "all of them" is the
same without a watch on each.  Then the message goes to a worker of the sandbox and back: what that
costs the relay's process, which reads nothing, and the worker, which does.

PYTHON is an interpreter in whose environment Presidio or kreuzberg is (`--peers` may be given for
each): what they take for the same text, or for the same attachment, stands below.  How much they
find is another matter, for which there are `detection` and `extraction`.
"""

from __future__ import annotations

import gc
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, cast

import typer
import uvloop
from rich.console import Console
from rich.table import Table

from dlpguard import extractors, inspection, mime, policy
from dlpguard.commands._opening import shipped
from dlpguard.inspection import Setup
from dlpguard.mail import Envelope, MessageId, Recipient
from dlpguard.policy import Policies
from dlpguard.recipients import Organisation
from dlpguard.runners import _wire
from dlpguard.runners._zygote import COLLECT_AFTER
from dlpguard.runners.sandbox import Inspected, Limits, Sandbox
from tests.benchmarks import _presidio
from tests.benchmarks._mails import KINDS
from tests.benchmarks._programs import Program
from tests.benchmarks._reader import Answer
from tests.benchmarks._stages import DETECTOR, STAGES, Stopwatch

MESSAGES = {
    "4 KB prose": ("prose", 4_000, 50),
    "100 KB prose": ("prose", 100_000, 3),
    "100 KB filler": ("filler", 100_000, 10),
    "5 MB prose": ("prose", 5_000_000, 1),
    "10,000 people, xlsx": ("spreadsheet", 10_000, 1),
    "docx, 4 KB": ("letter", 4_000, 10),
    "pdf, 3.5 KB": ("leaflet", 3_500, 10),
}
"""A kind of `_mails`, how much of it, and how often it is read."""

ALL, PARENT, WORKER = "all of them", "in the sandbox: the relay", "in the sandbox: the worker"

_SETUP = Setup(Organisation(domains=("council.example",)))
_LONGEST_PEER = 200_000
"""Bytes of the longest text that Presidio is asked about: it reads 10 KB in a second."""

Row = dict[str, float]
"""Milliseconds by stage."""


@dataclass(frozen=True, slots=True)
class Post:
    """A message and its envelope."""

    raw: bytes = field(repr=False)
    envelope: Envelope = field(repr=False)
    times: int


def main(
    peers: Annotated[
        list[str] | None,
        typer.Option(help="A Python that has Presidio or kreuzberg.", metavar="PYTHON"),
    ] = None,
) -> None:
    """Print milliseconds by stage and message."""
    Console(width=max(Console().width, 130)).print(table(measure(peers or ())))


def measure(peers: Sequence[str] = ()) -> dict[str, Row]:
    """A row for each message."""
    gc.set_threshold(*COLLECT_AFTER)  # as in a worker
    rules = policy.load(shipped("policies"))
    posts = {name: _post(*kind) for name, kind in MESSAGES.items()}
    rows = {name: _here(post, rules) for name, post in posts.items()}
    for name, row in uvloop.run(_hops(posts)).items():
        rows[name] |= row
    for name, post in posts.items():
        for python in peers:
            rows[name] |= _beside(python, post)
    return rows


def table(measured: dict[str, Row]) -> Table:
    """Stages by messages.  Detectors that nowhere take a hundredth are left out."""
    printed = Table("", title="Milliseconds of CPU for one message")
    for name in measured:
        printed.add_column(name, justify="right")
    peers = sorted({stage for row in measured.values() for stage in row if " reads" in stage})
    for stage in (*STAGES, ALL, PARENT, WORKER, *peers):
        takes = [row.get(stage, 0.0) for row in measured.values()]
        shares = [row.get(stage, 0.0) / row[ALL] for row in measured.values()]
        if not stage.startswith(DETECTOR) or max(shares) >= 0.01:
            is_last = stage in {STAGES[-1], ALL, WORKER}
            printed.add_row(stage, *(f"{one:.2f}" if one else "" for one in takes),
                            end_section=is_last)  # fmt: skip
    return printed


def _post(kind: str, size: int, times: int) -> Post:
    mail = KINDS[kind](1, size)
    return Post(b"".join(mail.pieces), Envelope(mail.sender, (Recipient(mail.recipient),)), times)


def _here(post: Post, rules: Policies) -> Row:
    """By stage, and all of them without a watch."""

    def go() -> None:
        found = inspection.read(
            MessageId("m"), post.raw, post.envelope, _SETUP, clock=time.monotonic
        )
        policy.evaluate(rules, found.facts, enforce=True)
        _wire.pack(0, found)

    if post.times > 1:
        go()  # what is compiled or read once
    whole = _each(go, post.times)
    watch = Stopwatch()
    with watch.running():
        for _ in range(post.times):
            go()
    return {stage: watch.spent[stage] * 1000 / post.times for stage in STAGES} | {ALL: whole}


async def _hops(posts: dict[str, Post]) -> dict[str, Row]:
    """What the relay's process and the worker take for each."""
    relay = os.getpid()
    sandbox = Sandbox(1, Limits(), _SETUP, messages_per_worker=1 << 30)
    await sandbox.start()
    await sandbox.ready()
    (zygote,) = _children(relay)
    (worker,) = _children(zygote)

    async def read(post: Post, times: int) -> Row:
        before = _cpu(relay), _cpu(worker)
        for _ in range(times):
            answer = await sandbox.inspect(MessageId("m"), post.raw, post.envelope)
            assert isinstance(answer, Inspected), answer
        after = _cpu(relay), _cpu(worker)
        taken = [(b - a) / times for a, b in zip(before, after, strict=True)]
        return {PARENT: taken[0], WORKER: taken[1]}

    rows = {}
    for name, post in posts.items():
        if post.times > 1:
            await read(post, 1)  # as in `_here`
        rows[name] = await read(post, post.times)
    await sandbox.stop()
    return rows


def _beside(python: str, post: Post) -> Row:
    """What others take, as far as they are there."""
    row: Row = {}
    message, _ = mime.parse(post.raw, post.envelope, MessageId("m"))
    with ExitStack() as stack:
        presidio = Program("presidio", python, Path(_presidio.__file__))
        kreuzberg = Program("kreuzberg", python)
        stack.callback(presidio.stop)
        stack.callback(kreuzberg.stop)
        text = "\n".join(
            block.text
            for part in message.parts
            for block in extractors.extract(part).blocks
            if hasattr(block, "text")
        )
        if len(text) <= _LONGEST_PEER and presidio.is_there():
            question = _presidio.Question(text=text, entities=[])
            found = cast("_presidio.Answer | None", presidio.ask(question))
            row["Presidio reads its text"] = found["seconds"] * 1000 if found else 0.0
        attached = [part for part in message.parts if part.filename]
        if attached and kreuzberg.is_there():
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            file = folder / attached[0].filename
            file.write_bytes(attached[0].content)
            answers = [kreuzberg.read(file) for _ in range(2)]  # the first loads its parser
            last: Answer | None = answers[-1]
            row["kreuzberg reads its attachment"] = last["seconds"] * 1000 if last else 0.0
    return row


def _each(go: Callable[[], None], times: int) -> float:
    """Milliseconds of CPU, median."""
    taken = []
    for _ in range(times):
        begun = time.thread_time()
        go()
        taken.append((time.thread_time() - begun) * 1000)
    return statistics.median(taken)


def _children(process: int) -> list[int]:
    return list(map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split()))


def _cpu(process: int) -> float:
    """Milliseconds of CPU that all threads of a process have had, to the nanosecond."""
    tasks = Path(f"/proc/{process}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e6


if __name__ == "__main__":
    typer.run(main)
