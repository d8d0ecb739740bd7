"""Transports of asyncio and of uvloop, which are not of asyncio's classes but do the same."""

from __future__ import annotations

import asyncio
from typing import cast


def duplex(transport: asyncio.BaseTransport) -> asyncio.Transport:
    """A connection's transport, which can be read, written and aborted."""
    return cast("asyncio.Transport", transport)
