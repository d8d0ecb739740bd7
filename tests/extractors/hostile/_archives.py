"""Archives and compressed files that are meant to cost more than they weigh."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable

_MEGABYTE = bytes(1 << 20)


def zipped(*members: tuple[str, bytes], level: int = 6) -> bytes:
    """A zip of these members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def zip_of_zeros() -> bytes:
    """A quarter of a gigabyte in one member."""
    return zipped(("zeros.txt", bytes(1 << 28)), level=9)


def overlapping_zip() -> bytes:
    """Fifteen hundred entries of the directory that share one member's bytes (Fifield, 2019)."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    kernel = packer.compress(_MEGABYTE * 16) + packer.flush()
    checksum = zlib.crc32(_MEGABYTE * 16)
    sizes = struct.pack("<III", checksum, len(kernel), 16 << 20)
    local = b"PK\x03\x04" + struct.pack("<HHHHH", 20, 0, 8, 0, 0x21) + sizes
    local += struct.pack("<HH", 1, 0) + b"a"
    central = b"".join(
        b"PK\x01\x02" + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 0x21) + sizes
        + struct.pack("<HHHHHII", 4, 0, 0, 0, 0, 0, 0) + b"%04d" % n
        for n in range(1500)
    )  # fmt: skip
    start = len(local) + len(kernel)
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1500, 1500, len(central), start, 0)
    return local + kernel + central + end


def nested_zip() -> bytes:
    """Sixteen zips in each of sixteen zips, five levels: a million files of a megabyte."""
    file = zipped(("a.txt", _MEGABYTE))
    for _ in range(5):
        file = zipped(*((f"{n}.zip", file) for n in range(16)))
    return file


def deep_zip() -> bytes:
    """A zip in a zip, two hundred times."""
    file = zipped(("clients.txt", b"Ann Bee, 07700 900123"))
    for _ in range(200):
        file = zipped(("a.zip", file))
    return file


def many_members() -> bytes:
    """Fifty thousand empty members."""
    return zipped(*((f"{n}.txt", b"") for n in range(50_000)))


def tar_of_headers() -> bytes:
    """Half a million members without content, gzipped."""
    header = tarfile.TarInfo("a.txt").tobuf(tarfile.USTAR_FORMAT)
    packer, block = zlib.compressobj(9, wbits=31), header * 4096
    return b"".join(packer.compress(block) for _ in range(122)) + packer.flush()


def gzip_bomb() -> bytes:
    """A gigabyte."""
    return _streams(lambda content: gzip.compress(content, mtime=0))


def bzip2_bomb() -> bytes:
    """A gigabyte."""
    return _streams(bz2.compress)


def xz_bomb() -> bytes:
    """A gigabyte."""
    return _streams(lambda content: lzma.compress(content, preset=0))


def gzip_in_itself() -> bytes:
    """A gzip of a gzip, a hundred times."""
    content = b"Hello"
    for _ in range(100):
        content = gzip.compress(content, mtime=0)
    return content


def _streams(compress: Callable[[bytes], bytes]) -> bytes:
    """A gigabyte in sixty-four streams that follow each other, as all three formats allow."""
    return compress(_MEGABYTE * 16) * 64
