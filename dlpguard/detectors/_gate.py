"""The gate: which detectors need to look at which part of a text.

Every detector says in `GATE` what must stand near anything that it finds: an "@", seven digits, a
word.  One `re2.Set` of all of them looks at each block of 4 KB, cut at a line's end, some fifty
times as fast as the detectors one by one (measured, 40 patterns); only where a sign of a kind
is seen does its detector look, with a margin for the words around.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

BLOCK = 4096
"""Characters that the gate takes at once: it tells only whether a sign is somewhere in them."""

OVERLAP = 128
"""Characters beyond a block's end that are looked at too: a sign may run over it."""

MARGIN = 256
"""Characters around a block that its detectors see as well: the longest reach of any (an
address's 160) and some more."""

TOKEN = 1024
"""Characters within which the margin's edge is moved to white space, so as to cut no token."""

MEMORY = 64 << 20
"""Bytes for the automaton of all signs.  It grows to a few MB; with too few it would give up."""


class Gate:
    """Signs, compiled.  `signs` is kind → patterns for google-re2; "" is a sign that is anywhere.
    `words` is one more pattern, for what no detector finds; a text that has it is not silent.

    >>> Gate({"a": ("@",), "b": (r"\\d{8}",)}).passages("ann@x.example")
    {'a': ((0, 13),)}
    """

    def __init__(self, signs: Mapping[str, tuple[str, ...]], words: str = "") -> None:
        import re2  # noqa: PLC0415 - 20 ms that commands which detect nothing do not need

        options = re2.Options()
        options.log_errors = False
        options.max_mem = MEMORY
        self._everywhere = frozenset(kind for kind, patterns in signs.items() if "" in patterns)
        self._set: Any = re2.Set.SearchSet(options)
        self._kinds: list[str] = []
        for kind, patterns in signs.items():
            for pattern in patterns if kind not in self._everywhere else ():
                self._set.Add(pattern)
                self._kinds.append(kind)
        wanted = [p for kind, ps in signs.items() if kind not in self._everywhere for p in ps]
        either = "|".join(f"(?:{pattern})" for pattern in (*wanted, words) if pattern)
        self._any: Any = re2.compile(either, options) if either else None
        # A set that runs out of memory says that nothing matches.  This pattern always does, so
        # that silence can be told from failure.
        self._sentinel: int = self._set.Add("")
        self._set.Compile()

    def is_silent(self, text: str) -> bool:
        """Whether no sign and no word stands in a text, by the first glance that finds one.

        Half the time of asking for `passages` of a long text in which there is nothing.
        """
        return not (self._any and self._any.search(text.encode("utf-8", "replace")))

    def everywhere(self, text: str) -> dict[str, tuple[tuple[int, int], ...]]:
        """`passages` of a text that is silent."""
        return dict.fromkeys(self._everywhere, ((0, len(text)),))

    def passages(self, text: str) -> dict[str, tuple[tuple[int, int], ...]]:
        """Where each kind could stand: start and end in characters, in order, without overlaps."""
        whole = ((0, len(text)),)
        if len(text) <= BLOCK:
            return dict.fromkeys(self._seen(text), whole)
        found: dict[str, list[tuple[int, int]]] = {}
        for start, end in _blocks(text):
            edges = None
            for kind in self._seen(text[start : end + OVERLAP]) - self._everywhere:
                edges = edges or _with_margin(text, start, end)
                ranges = found.setdefault(kind, [])
                if ranges and ranges[-1][1] >= edges[0]:
                    ranges[-1] = (ranges[-1][0], edges[1])
                else:
                    ranges.append(edges)
        everywhere = dict.fromkeys(self._everywhere, whole)
        return everywhere | {kind: tuple(ranges) for kind, ranges in found.items()}

    def _seen(self, text: str) -> frozenset[str]:
        # Lone surrogates, which UTF-8 cannot carry, are part of no sign.
        matched = self._set.Match(text.encode("utf-8", "replace")) or ()
        if self._sentinel not in matched:
            return frozenset(self._kinds) | self._everywhere
        kinds = {self._kinds[index] for index in matched if index != self._sentinel}
        return self._everywhere | kinds


@lru_cache(maxsize=8)
def gate(signs: tuple[tuple[str, tuple[str, ...]], ...], words: str = "") -> Gate:
    """The gate for signs, as pairs of a kind and its patterns; one is made for each setup."""
    return Gate(dict(signs), words)


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """A text in pieces of at most `BLOCK` characters, cut after a line's end where there is one."""
    start = 0
    while start < len(text):
        end = min(start + BLOCK, len(text))
        if end < len(text):
            end = text.rfind("\n", start, end) + 1 or end
        yield start, end
        start = end


def _with_margin(text: str, start: int, end: int) -> tuple[int, int]:
    """A block with what stands around it, cut at white space where there is some near."""
    first = max(0, start - MARGIN)
    if first:
        lowest = max(0, first - TOKEN)
        space = max(text.rfind(" ", lowest, first), text.rfind("\n", lowest, first))
        first = space + 1 if space >= 0 else first
    last = min(len(text), end + MARGIN)
    spaces = (text.find(" ", last, last + TOKEN), text.find("\n", last, last + TOKEN))
    return first, min((space for space in spaces if space >= 0), default=last)
