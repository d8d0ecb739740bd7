"""Reads messages as a worker of the sandbox does, in the process of the relay.

For tests that start a relay hundreds of times and are not about the sandbox: its start is most of
what one costs.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from types import MappingProxyType

from dlpguard import evidence, inspection
from dlpguard.commands import _wiring
from dlpguard.config import Settings
from dlpguard.document import Gap
from dlpguard.evidence import Evidence
from dlpguard.inspection import Setup
from dlpguard.mail import Envelope, MessageId
from dlpguard.runners._channel import Content
from dlpguard.runners.sandbox import Inspected, Sandbox


class Reader(Sandbox):
    """A sandbox without walls."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self.largest = setup.limits.message

    async def start(self) -> None:
        """Nothing is to be started."""

    async def stop(self) -> None:
        """Nothing is to be stopped."""

    async def ready(self) -> tuple[str, ...]:
        """There is no protection, and nothing hostile."""
        return ()

    async def inspect(
        self,
        id: MessageId,
        raw: bytes | Content,
        envelope: Envelope,
        unread: Mapping[str, Gap] = MappingProxyType({}),
        size: int | None = None,
    ) -> Inspected:
        """What there is in a message."""
        content = await _whole(raw)
        found = await asyncio.to_thread(
            inspection.read, id, content, envelope, self._setup, clock=time.monotonic, unread=unread
        )
        seen = evidence.pack(Evidence(found.document, found.findings))
        return Inspected(found.facts, seen)


async def _whole(raw: bytes | Content) -> bytes:
    if isinstance(raw, bytes):
        return raw
    async with raw.pieces() as pieces:
        return b"".join([piece async for piece in pieces])


def sandbox(settings: Settings, workers: int | None = None, hook: str = "") -> Sandbox:
    """In the place of `commands._wiring.sandbox`."""
    return Reader(_wiring.inspection_setup(settings))
