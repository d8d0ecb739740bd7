"""aiosmtpd as it comes, in a process of its own, to compare with.

    python _stock.py receive|forward uvloop|asyncio PORT NEXT_PORT

Takes mail on a port, with no more than aiosmtpd's own `Controller`, until standard input ends.
`receive` drops it; `forward` hands it on with aiosmtplib over a connection for each message, before
it answers, and keeps nothing.  Nothing of dlpguard is imported here.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
from typing import Any

import uvloop
from aiosmtpd.controller import Controller

_HOST = "127.0.0.1"


class Dropping:
    """Takes everything."""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        return "250 2.0.0 Ok"


class Forwarding:
    """Hands everything on."""

    def __init__(self, port: int) -> None:
        self._aiosmtplib = importlib.import_module("aiosmtplib")  # only the benchmarks know it
        self._port = port

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        await self._aiosmtplib.send(
            envelope.original_content,
            sender=envelope.mail_from,
            recipients=envelope.rcpt_tos,
            hostname=_HOST,
            port=self._port,
            start_tls=False,
        )
        return "250 2.0.0 Ok"


def main(what: str, loop: str, port: str, next_port: str) -> None:
    """Serve until standard input ends."""
    handler = Forwarding(int(next_port)) if what == "forward" else Dropping()
    own = uvloop.new_event_loop() if loop == "uvloop" else asyncio.new_event_loop()
    controller = Controller(handler, hostname=_HOST, port=int(port), loop=own)
    controller.start()
    sys.stdin.read()
    controller.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
