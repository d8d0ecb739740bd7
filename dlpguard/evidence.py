"""What the inspection saw, as bytes: kept with a held message so that an upgrade cannot change it.

The parent of the sandbox never opens them: it needs the facts, and a worker that was taken over
must not be able to make it decode a million objects.  They are decoded against a schema when
somebody looks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import msgspec

from dlpguard.document import Block, Document, Gap, Table, Text
from dlpguard.finding import Finding


@dataclass(frozen=True, slots=True)
class Evidence:
    """The document that a message is, and everything that was found in it."""

    document: Document = field(repr=False)
    findings: tuple[Finding, ...] = field(default=(), repr=False)


def pack(evidence: Evidence) -> bytes:
    """Evidence as msgpack."""
    return encode(_Evidence(_flatten(evidence.document), evidence.findings))


def unpack(data: bytes) -> Evidence:
    """The evidence that was packed.  `ValueError` when the bytes are none, or lie."""
    try:
        packed = _decoder.decode(data)
        return Evidence(_restore(packed.document), packed.findings)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        # Its text may quote what the bytes hold.
        raise ValueError(type(error).__name__) from None


def encode(value: Any) -> bytes:
    """A value as msgpack.

    Lone surrogates, which mail with broken charsets leads to and UTF-8 cannot carry, become
    U+FFFD: one character for one, so that offsets into a text stay right.
    """
    try:
        return msgspec.msgpack.encode(value)
    except UnicodeEncodeError:
        return msgspec.msgpack.encode(
            _without_surrogates(msgspec.to_builtins(value, builtin_types=(bytes,)))
        )


class _Document(msgspec.Struct, frozen=True, array_like=True):
    """A `Document` as it is packed: msgspec cannot tell two dataclasses in a union apart."""

    name: str
    format: str
    blocks: tuple[tuple[Text | None, Table | None], ...]
    gaps: tuple[Gap, ...]
    inside: tuple[_Document, ...]
    defects: tuple[str, ...]


class _Evidence(msgspec.Struct, frozen=True, array_like=True):
    document: _Document
    findings: tuple[Finding, ...]


_decoder = msgspec.msgpack.Decoder(_Evidence)
_SURROGATES = re.compile("[\ud800-\udfff]")


def _flatten(document: Document) -> _Document:
    return _Document(
        document.name,
        document.format,
        tuple((b, None) if isinstance(b, Text) else (None, b) for b in document.blocks),
        document.gaps,
        tuple(_flatten(d) for d in document.inside),
        document.defects,
    )


def _restore(document: _Document) -> Document:
    return Document(
        document.name,
        document.format,
        tuple(_block(text, table) for text, table in document.blocks),
        document.gaps,
        tuple(_restore(d) for d in document.inside),
        document.defects,
    )


def _block(text: Text | None, table: Table | None) -> Block:
    block = text or table
    if block is None or (text and table):
        raise ValueError("a block is a text or a table")
    return block


def _without_surrogates(value: Any) -> Any:
    """Plain data with every lone surrogate replaced."""
    match value:
        case str():
            return _SURROGATES.sub("\ufffd", value)
        case dict():
            return {_without_surrogates(k): _without_surrogates(v) for k, v in value.items()}
        case list() | tuple():
            return tuple(_without_surrogates(item) for item in value)
        case _:
            return value
