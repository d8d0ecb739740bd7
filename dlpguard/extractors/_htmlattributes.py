"""What stands in the attributes of a web page: words people see, words they do not, other files.

A program's names and numbers stand there too, and addresses with which a mailing is tracked; they
are no text.  An attribute nobody knows is text when it holds words with spaces between them.
"""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import NamedTuple

from dlpguard import mime
from dlpguard.extractors import _stylesheet


class Seen(Enum):
    """What becomes of a text in an attribute."""

    SHOWN = "shown"
    HIDDEN = "hidden"
    CONTACT = "contact"
    LINK = "link"
    SCRIPT = "script"
    PROPERTY = "property"
    PAGE = "page"


class Words(NamedTuple):
    """A text in an attribute."""

    seen: Seen
    text: str


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SHOWN = {
    **dict.fromkeys(("alt", "placeholder", "label"), frozenset[str]()),
    "value": _words("input button data"),
    "string": _words("v:textpath"),
}
"""Attributes that are shown, at these elements; at every one where there are none."""

_TOLD = _words("title summary abbr aria-label aria-description aria-placeholder aria-valuetext")
"""Attributes that are shown to whoever points at them, or read out."""

_OF_PROGRAMS = _words(
    """class id style lang dir name for type rel role align valign width height color face size
    bgcolor border cellpadding cellspacing colspan rowspan target method enctype accept charset
    media sizes srcset usemap shape coords rules frame scope http-equiv lang xml:lang tabindex
    viewbox d points transform preserveaspectratio xmlns allow sandbox autocomplete"""
)
_ONE_WORD = _words("id name for headers")
"""Of them, those whose values have no spaces: with spaces it is somebody's text."""

_LINKS = _words("href src action formaction data background poster cite longdesc ping xlink:href")
_DATA = re.compile(r"\s{0,20}data:([\w.+/-]{0,100})([^,]{0,200}),", re.IGNORECASE)
_WRITTEN_TO = re.compile(r"\s{0,20}(mailto|tel|sms|smsto|callto|facetime):", re.IGNORECASE)
_PROGRAM = re.compile(r"\s{0,20}(?:javascript|vbscript):", re.IGNORECASE)
_PHRASE = re.compile(r"\w{2}[^\w<>{}]{0,3}[ \t\r\n][^\w<>{}]{0,3}\w{2}|\w \w{2}")
"""Two words with a space between them."""

_NUMBER = re.compile(r"\d(?:[ /.-]{0,2}\d){5,20}")
"""What makes the words in a path, which is the title of some page, something to read."""

_PARAMETER = re.compile(r"[?&;#]([^=&;#?\s]{1,100})=([^&;#]{1,4000})")
_TRACKING = re.compile(
    r"utm_.*|mc_.*|_hs.*|gclid|fbclid|trk.*|campaign.*|source|medium|font|family"
)
"""Parameters that say which mailing an address stands in, or which letters a page is set in."""

_LINKS_IN_LINKS = 3
"""Addresses in the parameters of addresses: guards of mail and counters of clicks wrap them."""

_PROPERTIES = _words("description keywords author subject title")
_MACHINE_PROPERTIES = _words("viewport generator robots referrer content-type theme-color")


def words(tag: str, attributes: Mapping[str, str]) -> Iterator[Words]:
    """Everything in the attributes of an element that somebody could read."""
    for key, value in attributes.items():
        if not value or (len(value) < 3 and key not in {"alt", "value"}):
            continue
        if key in _LINKS:
            yield from _in_link(tag, key, value)
        elif key == "style":
            yield from (Words(Seen.HIDDEN, text) for text in _stylesheet.words(value))
        elif key == "srcdoc":
            yield Words(Seen.PAGE, value)
        elif key.startswith("on"):
            yield Words(Seen.SCRIPT, value)
        elif key == "content" and tag == "meta":
            yield from _property(attributes, value)
        else:
            yield from _plain(tag, key, value, attributes)


def files(attributes: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """The types and contents of data: addresses (RFC 2397) in links and styles."""
    for key, value in attributes.items():
        if key in _LINKS:
            yield from _data(value)
        elif key in {"style", "srcset"}:
            for address in _stylesheet.addresses(value):
                yield from _data(address)


def _data(address: str) -> Iterator[tuple[str, bytes]]:
    if found := _DATA.match(address):
        raw = urllib.parse.unquote_to_bytes(address[found.end() :])
        yield found[1].lower(), mime.base64(raw) if "base64" in found[2].lower() else raw


def _plain(tag: str, key: str, value: str, attributes: Mapping[str, str]) -> Iterator[Words]:
    elements = _SHOWN.get(key)
    is_phrase = _PHRASE.search(value) is not None
    if elements is not None and (not elements or tag in elements):
        hidden = tag == "input" and attributes.get("type", "").lower() == "hidden"
        yield Words(Seen.HIDDEN if hidden else Seen.SHOWN, value)
    elif key in _TOLD or (is_phrase and (key not in _OF_PROGRAMS or key in _ONE_WORD)):
        yield Words(Seen.HIDDEN, value)


def _property(attributes: Mapping[str, str], value: str) -> Iterator[Words]:
    """The content of a `meta` element."""
    name = (attributes.get("name") or attributes.get("property") or "").lower()
    if name in _PROPERTIES:
        yield Words(Seen.PROPERTY, value)
    elif attributes.get("http-equiv", "").lower() == "refresh":
        yield from (Words(Seen.LINK, text) for text in _link(value))
    elif (
        name not in _MACHINE_PROPERTIES and "http-equiv" not in attributes and _PHRASE.search(value)
    ):
        yield Words(Seen.PROPERTY, value)


def _in_link(tag: str, key: str, value: str) -> Iterator[Words]:
    """What people would read in an address: whom it writes to and what, words in parameters."""
    if contact := _WRITTEN_TO.match(value):
        whom, _, rest = value[contact.end() :].partition("?")
        if tag in {"a", "area"} and key == "href":
            yield Words(Seen.CONTACT, urllib.parse.unquote(whom))
        yield from (Words(Seen.LINK, text) for text in _parameters(f"?{rest}"))
    elif _PROGRAM.match(value):
        yield Words(Seen.SCRIPT, value)
    elif not _DATA.match(value):
        yield from (Words(Seen.LINK, text) for text in _link(value))


def _link(address: str) -> Iterator[str]:
    """The words in an address, and in the addresses in it."""
    pending = [address]
    for _ in range(_LINKS_IN_LINKS):
        inner: list[str] = []
        for each in pending:
            yield from _parameters(each)
            place = urllib.parse.unquote(each.partition("?")[0])
            if _PHRASE.search(place) and _NUMBER.search(place):
                yield place
            inner += [
                urllib.parse.unquote_plus(value)
                for _, value in _PARAMETER.findall(each)
                if "%3a%2f%2f" in value[:40].lower() or "://" in value[:20]
            ]
        pending = inner


def _parameters(address: str) -> Iterator[str]:
    """The parameters of an address, where any of them holds words."""
    found = [
        (urllib.parse.unquote_plus(name), urllib.parse.unquote_plus(value))
        for name, value in _PARAMETER.findall(address)
    ]
    told = [
        (name, value)
        for name, value in found
        if not _TRACKING.fullmatch(name.lower()) and "://" not in value
    ]
    if any(_PHRASE.search(value) for _, value in told):
        yield "\n".join(f"{name}: {value}" for name, value in told)
    fragment = urllib.parse.unquote(address.rpartition("#")[2]) if "#" in address else ""
    if "=" not in fragment and _PHRASE.search(fragment):
        yield fragment
