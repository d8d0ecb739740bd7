"""A client that sends a message in one of many manners, and knows what it was told."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Sequence
from enum import StrEnum

from tests.faults._history import Attempt, History, Said
from tests.faults._mail import Mail

HOST = "127.0.0.1"

PATIENCE = 30.0
"""Seconds without an answer after which a client gives up."""


class Manner(StrEnum):
    """How a client sends."""

    USUAL = "usual"
    PIPELINED = "pipelined"
    SLOW = "slow"
    HALF_CLOSED = "half-closed behind the dot"
    LEAVES_AT_RCPT = "leaves behind RCPT"
    LEAVES_INSIDE = "leaves inside the message"
    LEAVES_BEHIND_DOT = "leaves behind the dot"
    RESETS_BEHIND_DOT = "resets behind the dot"


WEIGHTS = (70, 6, 4, 4, 2, 4, 6, 4)

_LEAVES = frozenset({Manner.LEAVES_BEHIND_DOT, Manner.RESETS_BEHIND_DOT})

_PIECES = 6
"""In which a slow client sends a message."""

_PAUSE = 0.05
"""Seconds between them."""


class _Refused(Exception):
    """The relay said no before the message was sent."""


def draw(chance: random.Random) -> Manner:
    """A manner by chance."""
    return chance.choices(list(Manner), WEIGHTS)[0]


async def send(mail: Mail, port: int, manner: Manner, history: History) -> Attempt:
    """One attempt, which is also recorded."""
    history.events[f"client: {manner}"] += 1
    progress = _Progress()
    try:
        async with asyncio.timeout(PATIENCE):
            attempt = await _send(mail, port, manner, progress)
    except (OSError, asyncio.IncompleteReadError, TimeoutError, _Refused):
        said = Said.UNANSWERED if progress.dot_sent else Said.UNSENT
        attempt = Attempt(mail.number, said)
    history.attempts.append(attempt)
    return attempt


class _Progress:
    dot_sent = False


async def _send(mail: Mail, port: int, manner: Manner, progress: _Progress) -> Attempt:
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        await _expect(reader, b"220")
        await _commands(reader, writer, mail, manner)
        if manner is Manner.LEAVES_AT_RCPT:
            raise _Refused
        writer.write(b"DATA\r\n")
        await _expect(reader, b"354")
        wire = b"".join(
            b"." * line.startswith(b".") + line for line in mail.content.splitlines(keepends=True)
        )
        if manner is Manner.LEAVES_INSIDE:
            writer.write(wire[: len(wire) // 2])
            await writer.drain()
            raise _Refused
        for piece in _pieces(wire, _PIECES if manner is Manner.SLOW else 1):
            writer.write(piece)
            await writer.drain()
            if manner is Manner.SLOW:
                await asyncio.sleep(_PAUSE)
        progress.dot_sent = True
        writer.write(b".\r\n")
        await writer.drain()
        if manner in _LEAVES:
            await asyncio.sleep(0)
            return Attempt(mail.number, Said.UNANSWERED)
        if manner is Manner.HALF_CLOSED:
            writer.write_eof()
        reply = (await reader.readuntil(b"\r\n")).decode().strip()
    finally:
        if manner is Manner.RESETS_BEHIND_DOT:
            writer.transport.abort()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    if reply.startswith("250"):
        return Attempt(mail.number, Said.ACCEPTED, reply[:3], reply.split()[-1])
    return Attempt(mail.number, Said.REFUSED, reply[:3])


async def _commands(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, mail: Mail, manner: Manner
) -> None:
    commands = [f"MAIL FROM:<{mail.sender}>", *(f"RCPT TO:<{r}>" for r in mail.recipients)]
    writer.write(b"EHLO client.example\r\n")
    await _expect(reader, b"250")
    for batch in [commands] if manner is Manner.PIPELINED else [[c] for c in commands]:
        writer.write("".join(f"{command}\r\n" for command in batch).encode())
        for _ in batch:
            await _expect(reader, b"250")


async def _expect(reader: asyncio.StreamReader, code: bytes) -> None:
    while (line := await reader.readuntil(b"\r\n"))[3:4] == b"-":
        pass
    if not line.startswith(code):
        raise _Refused


def _pieces(content: bytes, number: int) -> Sequence[bytes]:
    size = len(content) // number + 1
    return [content[i : i + size] for i in range(0, len(content), size)]
