"""7z archives through py7zr: from memory to memory, each member charged as it comes out."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from dlpguard.document import Unread
from dlpguard.extractors._budget import Unreadable

_NAMELESS = "content"


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the archive."""

    name: str = field(repr=False)
    content: bytes = field(repr=False)


def names(content: bytes) -> list[str]:
    """The names of all members.  Raises `Unreadable` ENCRYPTED when even they are."""
    with _opened(content) as archive:
        return [_named(name) for name in archive.namelist()]


def members(content: bytes, charge: Callable[[int], None]) -> Iterator[Member]:
    """The files, in order; `charge` is told of every piece that comes out and may raise.

    Raises `Unreadable`.  Members that came out whole before a fault are yielded first.
    """
    with _opened(content) as archive:
        if archive.needs_password():
            raise Unreadable(Unread.ENCRYPTED, "members with a password")
        shelf = _Shelf(charge)
        fault: Unreadable | None = None
        try:
            archive.extractall(factory=shelf.as_factory())
        except Unreadable as limit:
            fault = limit
        except Exception as error:  # noqa: BLE001 - its codecs raise anything on damaged input
            fault = _explained(error)
    for product in shelf.products:
        if product.closed:
            yield Member(_named(product.name), product.content())
    if fault is not None:
        raise fault


def end(content: bytes) -> int:
    """Where the archive ends by its own first header (7zFormat.txt, "Archive structure")."""
    offset, size = (int.from_bytes(content[at : at + 8], "little") for at in (12, 20))
    return min(len(content), 32 + offset + size)


def _opened(content: bytes) -> Any:
    import py7zr  # noqa: PLC0415 - 150 ms that most mail does not need
    from py7zr.exceptions import PasswordRequired  # noqa: PLC0415 - see above

    try:
        return py7zr.SevenZipFile(io.BytesIO(content))
    except PasswordRequired:
        raise Unreadable(Unread.ENCRYPTED, "an archive with a password") from None
    except Exception as error:  # noqa: BLE001 - its header parser raises anything
        raise _explained(error) from None


def _explained(error: Exception) -> Unreadable:
    from py7zr import exceptions  # noqa: PLC0415 - see _opened()

    if isinstance(error, exceptions.PasswordRequired):
        return Unreadable(Unread.ENCRYPTED, "members with a password")
    if isinstance(error, exceptions.UnsupportedCompressionMethodError):
        return Unreadable(Unread.UNSUPPORTED, "a compression method without a reader")
    if isinstance(error, exceptions.DecompressionBombError):
        return Unreadable(Unread.TOO_LARGE, "inflates beyond every measure")
    return Unreadable(Unread.CORRUPT, type(error).__name__)


def _named(name: str) -> str:
    return name or _NAMELESS


class _Shelf:
    """Takes what py7zr extracts."""

    def __init__(self, charge: Callable[[int], None]) -> None:
        self.charge = charge
        self.products: list[_Product] = []

    def as_factory(self) -> Any:
        """The shelf as py7zr wants it."""
        from py7zr.io import Py7zIO, WriterFactory  # noqa: PLC0415 - see _opened()

        Py7zIO.register(_Product)
        shelf = self

        class Factory(WriterFactory):
            def create(self, filename: str) -> Any:
                product = _Product(filename, shelf.charge)
                shelf.products.append(product)
                return product

        return Factory()


class _Product:
    """One member while it comes out (py7zr's `Py7zIO`)."""

    def __init__(self, name: str, charge: Callable[[int], None]) -> None:
        self.name = name
        self.closed = False
        self._charge = charge
        self._buffer = io.BytesIO()

    def write(self, piece: bytes | bytearray) -> int:
        """Keep a piece that the budget allows."""
        self._charge(len(piece))
        return self._buffer.write(piece)

    def read(self, size: int | None = None) -> bytes:
        """The next bytes."""
        return self._buffer.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        """As a file does."""
        return self._buffer.seek(offset, whence)

    def flush(self) -> None:
        """Nothing waits."""

    def size(self) -> int:
        """Bytes so far."""
        return len(self._buffer.getbuffer())

    def close(self) -> None:
        """py7zr: the member is whole."""
        self.closed = True

    def content(self) -> bytes:
        """All of it."""
        return self._buffer.getvalue()
