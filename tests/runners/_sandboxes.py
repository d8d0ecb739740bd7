"""A sandbox to test, and what the machine says about its processes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import TypeVar

from dlpguard.document import Document, Text
from dlpguard.inspection import Setup
from dlpguard.mail import Envelope, MessageId, Recipient
from dlpguard.recipients import Organisation
from dlpguard.runners.sandbox import Inspected, Limits, Sandbox, Stopped

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
