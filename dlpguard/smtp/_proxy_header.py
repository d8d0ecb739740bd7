"""The header of the PROXY protocol: for whom a proxy has connected, said before anything else.

Version 1 is a line of text, version 2 begins with a signature that is no text.  Both are read as
they are written, nothing is guessed: what is wrong in the smallest thing is no header.

Source: HAProxy Technologies, "The PROXY protocol, Versions 1 & 2" (doc/proxy-protocol.txt of
HAProxy, revision of 2020-03-05), sections 2.1 and 2.2.

>>> parse(b"PROXY TCP4 192.0.2.7 192.0.2.1 51000 25\\r\\nEHLO a\\r\\n")
Header(client='192.0.2.7', length=41)
>>> parse(b"PROXY UNKN") is None       # more must come
True
>>> parse(b"PROXY UNKNOWN\\r\\n")        # the proxy speaks for itself
Header(client='', length=15)
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from dlpguard.smtp._guards import plain_address

LONGEST_LINE = 107
"""Bytes of a header of version 1, CR LF included (2.1)."""

LONGEST = 4096
"""Bytes of a header of version 2 that we read: addresses take 52 at most, the rest are details of
the proxy's (a certificate's name, an id) that we do not ask for."""

_SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
_WORD = b"PROXY "
_FIXED = 16
"""Bytes before the addresses: signature, version and command, family, length of what follows."""

_LOCAL, _PROXY = 0x20, 0x21
_UNSPECIFIED, _TCP4, _TCP6, _UNIX = 0x00, 0x11, 0x21, 0x31
_ADDRESSES = {_UNSPECIFIED: 0, _TCP4: 12, _TCP6: 36, _UNIX: 216}
"""Bytes of both addresses and ports, by family; datagrams do not come over a connection."""

_PORT = re.compile(r"0|[1-9][0-9]{0,4}")


@dataclass(frozen=True, slots=True)
class Header:
    """`client`: the address of whom the proxy connects for, "" where it does not say (a check of
    its own, or a client whose address it does not know).  `length`: bytes of the header."""

    client: str
    length: int


def parse(data: bytes) -> Header | None:
    """The header that `data` begins with, None while it is incomplete; `ValueError` if none."""
    if data.startswith(_SIGNATURE[: len(data)]):
        return _version_2(data) if len(data) >= _FIXED else None
    if data.startswith(_WORD[: len(data)]):
        return _version_1(data)
    raise ValueError("no header of the PROXY protocol")


def _version_1(data: bytes) -> Header | None:
    end = data.find(b"\r\n", 0, LONGEST_LINE)
    if end < 0:
        if len(data) >= LONGEST_LINE:
            raise ValueError("a line that does not end")
        return None
    length = end + 2
    line = data[:end].decode("latin-1")
    if line == "PROXY UNKNOWN" or line.startswith("PROXY UNKNOWN "):
        return Header("", length)  # whatever follows is to be ignored
    words = line.split(" ")
    if len(words) != 6:
        raise ValueError("not six words")
    _, family, source, destination, *ports = words
    if not all(_PORT.fullmatch(port) and int(port) <= 65535 for port in ports):
        raise ValueError("not a port")
    _address(family, destination)
    return Header(_address(family, source), length)


def _address(family: str, text: str) -> str:
    if family == "TCP4":
        return str(ipaddress.IPv4Address(text))
    if family == "TCP6" and "%" not in text:
        return plain_address((str(ipaddress.IPv6Address(text)),))
    raise ValueError("neither TCP4 nor TCP6")


def _version_2(data: bytes) -> Header | None:
    command, family = data[12], data[13]
    length = _FIXED + int.from_bytes(data[14:16], "big")
    if command not in {_LOCAL, _PROXY}:
        raise ValueError("neither LOCAL nor PROXY of version 2")
    if length > LONGEST:
        raise ValueError("too long")
    if command == _PROXY and length - _FIXED < _ADDRESSES.get(family, LONGEST):
        raise ValueError("no addresses of a kind that connects")
    if len(data) < length:
        return None
    return Header("" if command == _LOCAL else _source(family, data[_FIXED:length]), length)


def _source(family: int, addresses: bytes) -> str:
    if family == _TCP4:
        return str(ipaddress.IPv4Address(addresses[:4]))
    if family == _TCP6:
        return plain_address((str(ipaddress.IPv6Address(addresses[:16])),))
    return ""
