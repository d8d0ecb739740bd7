"""Every text, comment and attribute value of an XML file that may be words of somebody.

For files of which a reader of its own takes what it knows: whatever else is in them, such as the
cache of a pivot table, is found here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from dlpguard.extractors._budget import Budget

_CHUNK = 1 << 16
_SAYS_SOMETHING = re.compile(r"[^\W\d_]{2}|\d{4}")
_SEVERAL_WORDS = re.compile(r"\w{2}[\s@/.,-]{1,5}\w{2}")


def values(
    content: bytes,
    budget: Budget,
    own: tuple[str, ...],
    whole: frozenset[str],
    passed: frozenset[str],
) -> Iterator[str]:
    """Each value once, in the order of the file.

    The elements called `whole` are one text with what is in them, those called `passed` are left
    out (local names).  Attributes are taken when there are several words in them, and all of them
    in elements whose namespace is none of those of the format, `own`.
    """
    from lxml import etree  # noqa: PLC0415 - 20 ms that most mail does not need

    reader = _Values(own, whole, passed)
    target: Any = reader  # lxml asks for plain methods, its stubs for more
    parser = etree.XMLParser(
        target=target, recover=True, huge_tree=True, resolve_entities=False, no_network=True
    )
    for start in range(0, len(content), _CHUNK):
        budget.charge()
        parser.feed(content[start : start + _CHUNK])
    parser.close()
    yield from reader.found


class _Values:
    """The target of lxml's parser."""

    def __init__(self, own: tuple[str, ...], whole: frozenset[str], passed: frozenset[str]) -> None:
        self._own = own
        self._whole, self._passed = whole, passed
        self._open: list[str] = []
        """The element that is whole or passed, and those in it."""
        self._text: list[str] = []
        self.found: dict[str, None] = {}

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        namespace, _, name = tag.rpartition("}")
        if self._open or name in self._whole or name in self._passed:
            self._open.append(name)
        if self._open and self._open[0] in self._passed:
            return
        if len(self._open) < 2:
            self._flush()
        is_foreign = namespace.lstrip("{") not in self._own
        for value in attributes.values():
            if is_foreign or _SEVERAL_WORDS.search(value):
                self._keep(value)

    def end(self, _tag: str) -> None:
        """An element ends."""
        if len(self._open) < 2:
            self._flush()
        if self._open:
            self._open.pop()

    def data(self, text: str) -> None:
        """Characters."""
        if not self._open or self._open[0] in self._whole:
            self._text.append(text)

    def comment(self, text: str) -> None:
        """A comment."""
        self._keep(text)

    def close(self) -> None:
        """The end of the file."""
        self._flush()

    def _flush(self) -> None:
        if self._text:
            self._keep("".join(self._text))
            self._text = []

    def _keep(self, text: str) -> None:
        if _SAYS_SOMETHING.search(text):
            self.found[text.strip()] = None
