"""How a line looks: for people, or as one JSON object.

What libraries log (asyncio, uvicorn, aiosmtpd) may quote what they were working on: of it only the
logger, the class of the error and the place in its source are said.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable

from dlpguard.telemetry.events import place
from dlpguard.telemetry.said import Said


class Text(logging.Formatter):
    """`2026-11-22 14:05:01,123 INFO accepted id=… bytes=…`; local time."""

    def __init__(self, *, with_time: bool = True) -> None:
        """Without time and level for who adds them itself."""
        super().__init__()
        self._with_time = with_time
        self._clock = _Clock("%Y-%m-%d %H:%M:%S", time.localtime)

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        text = str(said(record))
        if not self._with_time:
            return text
        return f"{self._clock.at(record.created)},{record.msecs:03.0f} {record.levelname} {text}"


class Json(logging.Formatter):
    """`{"time":"2026-11-22T14:05:01.123Z","level":"info","event":"accepted",…}`; UTC."""

    def __init__(self) -> None:
        super().__init__()
        import msgspec  # noqa: PLC0415 - 5 MB that commands without such a log save

        self._encode = msgspec.json.Encoder().encode
        self._clock = _Clock("%Y-%m-%dT%H:%M:%S", time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        at = f"{self._clock.at(record.created)}.{record.msecs:03.0f}Z"
        values = {"time": at, "level": record.levelname.lower(), **said(record).values()}
        try:
            return self._encode(values).decode()
        except UnicodeEncodeError:  # the name of a policy's file need not be text
            return json.dumps(values)


class _Clock:
    """Times in words, put together once a second: that costs as much as the rest of a line."""

    def __init__(self, words: str, convert: Callable[[float], time.struct_time]) -> None:
        self._words = words
        self._convert = convert
        self._last = (-1, "")

    def at(self, seconds: float) -> str:
        """A time, to the second."""
        second, said = self._last  # both at once: lines come from several threads
        if second != int(seconds):
            said = time.strftime(self._words, self._convert(seconds))
            self._last = int(seconds), said
        return said


def said(record: logging.LogRecord) -> Said:
    """What a record says; of a library's not its text."""
    if isinstance(record.msg, Said):
        return record.msg
    error = record.exc_info[1] if record.exc_info else None
    return Said(
        "library",
        {
            "logger": record.name,
            "error": type(error).__name__ if error else "none",
            "at": place(error) if error else f"{record.pathname}:{record.lineno}",
        },
    )
