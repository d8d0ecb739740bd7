"""Seconds of CPU in each stage of reading a message, without a line of it being written otherwise.

What one stage calls of another counts for that one only, so that the stages add up to the whole.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from types import GeneratorType
from typing import Any

from dlpguard import counting, detectors, extractors, mime, policy, recipients
from dlpguard.detectors import _gate, special
from dlpguard.recipients import campaign
from dlpguard.runners import _wire

REST = "facts, and the rest"
DETECTOR = "detector: "
STAGES = (
    *("MIME", "extraction", "gate of the detectors"),
    *(f"{DETECTOR}{detector.KIND}" for detector in detectors.DETECTORS),
    *("special categories", "counting, and tables", "audience", "digest of the content"),
    *(REST, "policies", "packing"),
)
"""In the order in which a message goes through them.  The detector `person_name` is `names`; what
detectors read in cells of a table counts for counting."""

_SEAMS: tuple[tuple[str, Any, str], ...] = (
    ("MIME", mime, "parse"),
    ("extraction", extractors, "extract"),
    ("gate of the detectors", _gate.Gate, "passages"),
    *((f"{DETECTOR}{each.KIND}", each, "find") for each in detectors.DETECTORS),
    ("special categories", special, "categories"),
    ("counting, and tables", counting, "examine"),
    ("audience", recipients, "audience"),
    ("digest of the content", campaign, "content"),
    ("policies", policy, "evaluate"),
    ("packing", _wire, "pack"),
)
"""Where each begins: a function that is looked up whenever it is called."""


class Stopwatch:
    """`spent`: seconds of CPU of this thread by stage."""

    def __init__(self) -> None:
        self.spent = defaultdict[str, float](float)
        self._stages: list[str] = []
        self._since = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Have every stage timed.  What belongs to none of them is `REST`."""
        with ExitStack() as stack:
            for stage, place, name in _SEAMS:
                function = getattr(place, name)
                setattr(place, name, self._timed(stage, function))
                stack.callback(setattr, place, name, function)
            self._begin(REST)
            stack.callback(self._end)
            yield

    def _timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def timed(*args: Any, **named: Any) -> Any:
            self._begin(stage)
            try:
                result = function(*args, **named)
                # A generator works while somebody asks it for more.
                return list(result) if isinstance(result, GeneratorType) else result
            finally:
                self._end()

        return timed

    def _begin(self, stage: str) -> None:
        self._book()
        self._stages.append(stage)

    def _end(self) -> None:
        self._book()
        self._stages.pop()

    def _book(self) -> None:
        now = time.thread_time()
        if self._stages:
            self.spent[self._stages[-1]] += now - self._since
        self._since = now
