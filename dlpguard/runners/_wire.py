"""What parent, zygote and workers say to each other: msgpack, decoded against a schema.

Two channels.  Between the parent and a worker runs a stream of frames, four bytes of length
before each; a job is followed by the message's raw bytes.  Between the parent and the zygote
runs a socket that keeps messages apart, because file descriptors travel with them.

A worker parses hostile files and may therefore say anything at all.  What it sends is never
unpickled, never longer than a limit, and either fits the schema or is a `Lie`.
"""

from __future__ import annotations

import gc
import socket
import struct
from typing import TYPE_CHECKING, Annotated

import msgspec

from dlpguard import evidence
from dlpguard.document import Gap, Unread
from dlpguard.evidence import Evidence, encode
from dlpguard.facts import Facts
from dlpguard.mail import Envelope, MessageId
from dlpguard.setup import Setup

if TYPE_CHECKING:
    from dlpguard.inspection import Inspection

LENGTH = struct.Struct(">I")
"""A frame's length: four bytes reach far beyond the largest message that is accepted."""

LONGEST_DETAIL = 200
"""Characters: room for our own phrases, and for an exception's class with its place."""


class Lie(Exception):  # noqa: N818 - it says what the worker did
    """What a worker sent is too long, does not fit the schema, or was not asked for."""


class Begin(msgspec.Struct, frozen=True):
    """What a zygote is told once, before it imports anything; every worker inherits it.

    `memory` in bytes on top of what a worker starts with, `cpu` in seconds a part, `frame` in
    bytes both ways.  `hook` is "file.py:function" in tests and "" otherwise.
    """

    setup: Setup
    memory: int
    cpu: float
    frame: int
    hook: str = ""


class Fork(msgspec.Struct, frozen=True, array_like=True):
    """Parent to zygote, with the worker's end of its channel: one more worker, please."""

    worker: int


class Forked(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Zygote to parent, with the worker's pidfd."""

    worker: int


class Exited(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Zygote to parent: how a worker ended, as `os.waitpid` tells it."""

    worker: int
    status: int


class Job(msgspec.Struct, frozen=True, array_like=True):
    """Parent to worker: read the message whose `size` raw bytes follow.

    `whole` is how many it has altogether; more than follow when it is too large to be read.
    """

    number: int
    id: MessageId
    envelope: Envelope
    unread: dict[str, Gap]
    size: int
    whole: int


class Started(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Worker to parent, once: ready for a job, behind these protections."""

    protections: tuple[str, ...]


class Progress(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Worker to parent: about to read this part."""

    where: Annotated[str, msgspec.Meta(max_length=1000)]


class Failed(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Worker to parent: the job cannot be done, and this worker ends.

    `detail` goes into logs: it is short and has no room for an address or for markup.
    """

    why: Unread
    detail: Annotated[str, msgspec.Meta(max_length=LONGEST_DETAIL, pattern=r"^[\w .:<>-]*$")]


class Convert(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Worker to parent, and on to the converter: what is the text of this file?"""

    content: bytes


class Converted(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """The answer to `Convert`: the text and what the properties say; or why there is none.

    `detail` goes into gaps and logs, like that of `Failed`.
    """

    text: str = ""
    properties: str = ""
    why: Unread | None = None
    detail: Annotated[str, msgspec.Meta(max_length=LONGEST_DETAIL, pattern=r"^[\w .:<>-]*$")] = ""


class Result(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Worker to parent: the answer to the job with this number.

    `evidence` is opened only by whoever looks at a held message (`evidence.unpack`).  `worn`: the
    worker has grown so large that it had better be replaced.
    """

    number: int
    facts: Facts
    evidence: bytes
    worn: bool = False


Said = Started | Progress | Failed | Result | Convert | Converted

_begin = msgspec.msgpack.Decoder(Begin)
_fork = msgspec.msgpack.Decoder(Fork)
_from_zygote: msgspec.msgpack.Decoder[Forked | Exited] = msgspec.msgpack.Decoder(Forked | Exited)
_job = msgspec.msgpack.Decoder(Job)
_convert = msgspec.msgpack.Decoder(Convert)
_converted = msgspec.msgpack.Decoder(Converted)
_said: msgspec.msgpack.Decoder[Said] = msgspec.msgpack.Decoder(Said)


def frame(payload: bytes) -> bytes:
    """A payload with its length in front."""
    return LENGTH.pack(len(payload)) + payload


def decode_begin(payload: bytes) -> Begin:
    """What the zygote is told at its start."""
    return _begin.decode(payload)


def decode_fork(payload: bytes) -> Fork:
    """What the zygote is asked for."""
    return _fork.decode(payload)


def decode_from_zygote(payload: bytes) -> Forked | Exited:
    """What the zygote says."""
    return _from_zygote.decode(payload)


def decode_said(payload: bytes | memoryview) -> Said:
    """What a worker says.  `Lie` when it does not fit the schema."""
    collecting = gc.isenabled()
    # A long answer is a million new objects and no garbage: looking for some meanwhile would
    # more than double the time for which the event loop stands still.
    gc.disable()
    try:
        return _said.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        # Its text may quote what the worker sent.
        raise Lie(type(error).__name__) from None
    finally:
        if collecting:
            gc.enable()


def receive_job(channel: socket.socket, limit: int) -> tuple[Job, bytes] | None:
    """The next job and the raw bytes of its message; None when the parent has hung up."""
    payload = _receive_frame(channel, limit)
    if payload is None:
        return None
    job = _job.decode(payload)
    raw = _receive(channel, job.size) if job.size <= limit else None
    return None if raw is None else (job, raw)


def receive_convert(channel: socket.socket, limit: int) -> Convert | None:
    """The next file to convert; None when the parent has hung up."""
    payload = _receive_frame(channel, limit)
    return None if payload is None else _convert.decode(payload)


def receive_converted(channel: socket.socket, limit: int) -> Converted | None:
    """The answer to `Convert`; None when the parent has hung up."""
    payload = _receive_frame(channel, limit)
    return None if payload is None else _converted.decode(payload)


def pack(number: int, inspection: Inspection, *, worn: bool = False) -> bytes:
    """The payload that carries an inspection as the answer to a job."""
    seen = evidence.pack(Evidence(inspection.document, inspection.findings))
    return encode(Result(number, inspection.facts, seen, worn))


def _receive_frame(channel: socket.socket, limit: int) -> bytes | None:
    """The payload of a frame, None when the other side hangs up or it is too long."""
    head = _receive(channel, LENGTH.size)
    if head is None:
        return None
    (length,) = LENGTH.unpack(head)
    return _receive(channel, length) if length <= limit else None


def _receive(channel: socket.socket, size: int) -> bytes | None:
    """So many bytes, None when the other side hangs up before."""
    if not size:
        return b""
    data = channel.recv(size, socket.MSG_WAITALL)
    while data and len(data) < size:  # a signal or a full buffer may cut one call short
        more = channel.recv(size - len(data), socket.MSG_WAITALL)
        data = data + more if more else b""
    return data or None
