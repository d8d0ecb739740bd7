"""Lines to syslog, as datagrams: to this machine's own, or over UDP to another.

To `/dev/log` a line is as programs of this machine write it; over the network it is RFC 5424
(section 6) in one datagram (RFC 5426).  Nothing waits for syslog: a line that it does not take goes
to standard error.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import sys
import time
from datetime import UTC, datetime

from dlpguard.errors import ConfigurationError
from dlpguard.telemetry.formats import said

MAIL = 2
"""The facility (RFC 5424 6.2.1)."""

NAME = "dlpguard"

_SEVERITIES = {
    logging.DEBUG: 7,
    logging.INFO: 6,
    logging.WARNING: 4,
    logging.ERROR: 3,
    logging.CRITICAL: 2,
}


class Syslog(logging.Handler):
    """Where lines go."""

    def __init__(self, address: str) -> None:
        """`address` is the path of a socket, or "host:port", which is looked up now, once.

        `ConfigurationError` when there is nothing by that name.
        """
        super().__init__()
        self._is_here = address.startswith("/")
        self._family, self._to = _look_up(address)
        self._socket: socket.socket | None = None
        self._host = socket.gethostname()
        try:
            self._socket = self._connect()
        except OSError as error:
            raise _unreachable(address, error) from None

    def emit(self, record: logging.LogRecord) -> None:
        """Send a line, on a new socket where syslog was restarted."""
        line = self.format(record)
        datagram = self._framed(record, line).encode()
        with contextlib.suppress(OSError):
            if self._socket:
                self._socket.send(datagram)
                return
        self._hang_up()
        try:
            self._socket = self._connect()
            self._socket.send(datagram)
        except OSError:
            self._hang_up()
            sys.stderr.write(line + "\n")

    def close(self) -> None:
        """Let go of the socket."""
        self._hang_up()
        super().close()

    def _connect(self) -> socket.socket:
        made = socket.socket(self._family, socket.SOCK_DGRAM)
        made.setblocking(False)
        try:
            made.connect(self._to)
        except OSError:
            made.close()
            raise
        return made

    def _hang_up(self) -> None:
        if self._socket:
            self._socket.close()
        self._socket = None

    def _framed(self, record: logging.LogRecord, line: str) -> str:
        priority = MAIL * 8 + _SEVERITIES.get(record.levelno, 5)
        if self._is_here:
            at = time.strftime("%b %e %H:%M:%S", time.localtime(record.created))
            return f"<{priority}>{at} {NAME}[{os.getpid()}]: {line}"
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        event = said(record).event.replace(" ", "_")
        return f"<{priority}>1 {at} {self._host} {NAME} {os.getpid()} {event} - {line}"


def _look_up(address: str) -> tuple[int, str | tuple[object, ...]]:
    if address.startswith("/"):
        return socket.AF_UNIX, address
    host, _, port = address.rpartition(":")
    try:
        found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_DGRAM)
    except OSError as error:
        raise _unreachable(address, error) from None
    family, _, _, _, to = found[0]
    return family, to


def _unreachable(address: str, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f'log.syslog: {address} cannot be reached ({error.strerror}); log.destination = "stderr" '
        "leaves the log to whoever started dlpguard"
    )
