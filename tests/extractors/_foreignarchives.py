"""Archives that only libarchive reads, made by hand: each has one stored member."""

from __future__ import annotations

import binascii
import struct

NAME = b"Ann Bee.txt"


def rar4(content: bytes, comment: bytes = b"", flags: int = 0x8000) -> bytes:
    """RAR 4 (Marcus Herbert's technote): marker, archive header, comment, file, end."""
    file = _file4(NAME, content)
    told = _block4(0x7A, 0x8000, _file4(b"CMT", comment), comment) if comment else b""
    start = b"Rar!\x1a\x07\0" + _block4(0x73, 0, bytes(6)) + told
    return start + _block4(0x74, flags, file, content) + _block4(0x7B, 0x4000, b"")


def _file4(name: bytes, content: bytes) -> bytes:
    size, check = len(content), binascii.crc32(content)
    numbers = (size, size, 3, check, 0, 20, 0x30, len(name), 0o100644)
    return struct.pack("<IIBIIBBHI", *numbers) + name


def _block4(kind: int, flags: int, rest: bytes, data: bytes = b"") -> bytes:
    body = struct.pack("<BHH", kind, flags, 7 + len(rest)) + rest
    return struct.pack("<H", binascii.crc32(body) & 0xFFFF) + body + data


def rar5(content: bytes, service: bytes = b"", called: bytes = b"CMT") -> bytes:
    """RAR 5 (RAR 5.0 archive format): marker, archive header, service block, file, end."""
    told = _file5(3, called, service) if service else b""
    start = b"Rar!\x1a\x07\x01\0" + _block5(1, b"\0") + told
    return start + _file5(2, NAME, content) + _block5(5, b"\0")


def _file5(kind: int, name: bytes, content: bytes) -> bytes:
    check = struct.pack("<I", binascii.crc32(content))
    mode, has_check, stored, by_unix = _vint(0o100644), b"\4", b"\0", b"\1"
    numbers = has_check + _vint(len(content)) + mode + check + stored + by_unix
    return _block5(kind, numbers + _vint(len(name)) + name, content)


def _block5(kind: int, rest: bytes, data: bytes = b"") -> bytes:
    size = _vint(len(data)) if data else b""
    body = _vint(kind) + (b"\2" if data else b"\0") + size + rest
    header = _vint(len(body)) + body
    return struct.pack("<I", binascii.crc32(header)) + header + data


def _vint(number: int) -> bytes:
    """A number in bytes of seven bits, the lowest first."""
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def cab(content: bytes, reserved: bytes = b"") -> bytes:
    """A cabinet (MS-CAB 2): header, folder, file, data; `reserved` stands in the header."""
    extra = struct.pack("<HBB", len(reserved), 0, 0) + reserved if reserved else b""
    file = struct.pack("<IIHHHH", len(content), 0, 0, 0x4F00, 0, 0x20) + NAME + b"\0"
    data = struct.pack("<IHH", 0, len(content), len(content)) + content
    files_at = 36 + len(extra) + 8
    data_at = files_at + len(file)
    header = struct.pack(
        "<4sIIIIIBBHHHHH",
        *(b"MSCF", 0, data_at + len(data), 0, files_at, 0),
        *(3, 1, 1, 1, 4 if reserved else 0, 0, 0),
    )
    return header + extra + struct.pack("<IHH", data_at, 1, 0) + file + data


def cpio(content: bytes) -> bytes:
    """A cpio archive of the "new" format: each member a header in hexadecimal digits."""

    def member(name: bytes, content: bytes) -> bytes:
        fields = (0, 0o100644, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
        head = b"070701" + b"".join(b"%08X" % number for number in fields) + name + b"\0"
        return head + bytes(-len(head) % 4) + content + bytes(-len(content) % 4)

    return member(NAME, content) + member(b"TRAILER!!!", b"")
