"""The words of an XML file: text of its elements and values of its attributes, a line each.

Read by libxml2 as a stream, without a tree; entities are never resolved (lxml's default for a
parser with `resolve_entities=False`), so that none can grow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from dlpguard.extractors._budget import Budget

_CHUNK = 1 << 16
_TAG = re.compile(r"<[^<>]{0,2000}>")
_MACHINE = re.compile(
    r"(?:uuid|xmp\.[di]id|urn:uuid):.{0,100}|application/[\w.+-]{1,80}|x-default"
    r"|Adobe XMP Core.{0,100}|\d{4}-\d\d-\d\dT[\d:.+Z-]{0,30}|https?://\S{0,500}"
    r"|[\d.]{1,20}(?:pt|in|mm|cm|px|em)?|true|false|[#0-9a-fA-F-]{32,40}"
)
"""Values that programs write for programs: identifiers, times, addresses of schemas, measures."""


_PICTURE, _LONGEST_WORD = 500, 50
"""Characters of a text, and of each of its words, beyond which it is a picture in base64."""


def lines(content: bytes, budget: Budget, *, attributes: bool = True) -> Iterator[str]:
    """What an XML file says to people, in order; `attributes` asks for their values too.

    What is not well formed is read as far and as well as libxml2 recovers it.
    """
    from lxml import etree  # noqa: PLC0415 - 20 ms that most mail does not need

    target: Any = _Words(attributes)  # lxml asks for plain methods, its stubs for more
    parser = etree.XMLParser(
        target=target, recover=True, huge_tree=True, resolve_entities=False, no_network=True
    )
    for start in range(0, len(content), _CHUNK):
        budget.charge()
        parser.feed(content[start : start + _CHUNK])
    if content.strip():
        parser.close()
    yield from target.said


def plain(markup: str) -> str:
    """A short piece of XHTML without its tags, for rich text in fields and notes."""
    return " ".join(_TAG.sub(" ", markup).split())


class _Words:
    """The target of lxml's parser."""

    def __init__(self, attributes: bool) -> None:
        self._attributes = attributes
        self.said: list[str] = []
        self._text: list[str] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins: its attributes are words too."""
        del tag
        self._finish()
        if self._attributes:
            self.said.extend(v.strip() for v in attributes.values() if _is_for_people(v))

    def end(self, tag: str) -> None:
        """An element ends."""
        del tag
        self._finish()

    def data(self, text: str) -> None:
        """Characters."""
        self._text.append(text)

    def close(self) -> None:
        """lxml calls it at the end."""
        self._finish()

    def _finish(self) -> None:
        text = " ".join("".join(self._text).split())
        self._text.clear()
        if text and _is_for_people(text):
            self.said.append(text)


def _is_for_people(value: str) -> bool:
    text = value.strip()
    if len(text) > _PICTURE and min(len(word) for word in text.split()[:20]) > _LONGEST_WORD:
        return False
    return bool(text) and _MACHINE.fullmatch(text) is None
