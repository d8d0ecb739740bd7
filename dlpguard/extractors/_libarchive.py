"""Archives of all kinds through the system's libarchive (BSD licence), where the machine has it.

A handful of its functions through ctypes, from memory to memory: `archive_read_open_memory` opens
no file, and no member is ever written.  The library is looked for under its plain names, because
`ctypes.util.find_library` runs programs, which the sandbox forbids.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

_NAMES = ("libarchive.so.13", "libarchive.so", "libarchive.13.dylib", "libarchive.dylib")
_OK, _END, _WARN = 0, 1, -20
_REGULAR = 0o100000


class Damaged(Exception):  # noqa: N818 - it says what the archive is
    """libarchive could not go on; `encrypted` when that is because the archive has a password.

    The library's own words may hold a name, so they are not kept.
    """

    def __init__(self, *, encrypted: bool = False) -> None:
        super().__init__("encrypted" if encrypted else "damaged")
        self.encrypted = encrypted


@dataclass(frozen=True, slots=True)
class Member:
    """A regular file in an archive.  `read(size)` gives its next bytes, b"" at its end; it works
    until the next member is asked for, and raises `Damaged`.
    """

    name: str = field(repr=False)
    encrypted: bool
    read: Callable[[int], bytes] = field(repr=False)


def _unheard(_end: int) -> None:
    pass


def is_here() -> bool:
    """Whether the machine has the library."""
    return _library() is not None


def members(content: bytes, ended: Callable[[int], None] = _unheard) -> Iterator[Member]:
    """The regular files of an archive, in order; `ended` is told where it ends.  Raises `Damaged`.

    The end is right to a few bytes, if each member was read to its end.
    """
    library = _library()
    if library is None:
        raise Damaged
    reader = library.archive_read_new()
    try:
        library.archive_read_support_filter_none(reader)
        library.archive_read_support_format_all(reader)
        if library.archive_read_open_memory(reader, content, len(content)) not in {_OK, _WARN}:
            raise Damaged
        entry = ctypes.c_void_p()
        while True:
            status = library.archive_read_next_header(reader, ctypes.byref(entry))
            if status == _END:
                ended(library.archive_filter_bytes(reader, 0))
                return
            if status not in {_OK, _WARN}:
                # Names may be encrypted too; then not even the first header can be had.
                raise Damaged(encrypted=library.archive_read_has_encrypted_entries(reader) == 1)
            if library.archive_entry_filetype(entry) == _REGULAR:
                encrypted = library.archive_entry_is_data_encrypted(entry) == 1
                yield Member(_name(library, entry), encrypted, _reading(library, reader))
    finally:
        library.archive_read_free(reader)


class Names:
    """The members of an archive, by name.

    The archive is read on from the last one found, so whoever asks in its own order has it read
    once; of several with one name, each is found in turn.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._coming: Iterator[Member] = iter(())

    def find(self, name: str) -> Member | None:
        """The next member with a name; None when there is none.  Raises `Damaged`.

        What was found before cannot be read any more.
        """
        for member in self._coming:
            if member.name == name:
                return member
        self._coming = members(self._content)
        return next((member for member in self._coming if member.name == name), None)


def _reading(library: Any, reader: Any) -> Callable[[int], bytes]:
    def read(size: int) -> bytes:
        buffer = ctypes.create_string_buffer(size)
        got = library.archive_read_data(reader, buffer, size)
        if got < 0:
            raise Damaged
        return buffer.raw[:got]

    return read


def _name(library: Any, entry: Any) -> str:
    utf8 = library.archive_entry_pathname_utf8(entry)
    raw: bytes = utf8 or library.archive_entry_pathname(entry) or b"member"
    return raw.decode("utf-8", "replace")


@functools.cache
def _library() -> Any:
    """The library with its functions declared; None when it is not on the machine."""
    for name in _NAMES:
        with contextlib.suppress(OSError):
            return _declared(ctypes.CDLL(name))
    return None


def _declared(library: Any) -> Any:
    pointer, text, size, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int
    for name, result, arguments in (
        ("archive_read_new", pointer, []),
        ("archive_read_free", number, [pointer]),
        ("archive_read_support_filter_none", number, [pointer]),
        ("archive_read_support_format_all", number, [pointer]),
        ("archive_read_open_memory", number, [pointer, text, size]),
        ("archive_read_next_header", number, [pointer, ctypes.POINTER(pointer)]),
        ("archive_read_has_encrypted_entries", number, [pointer]),
        ("archive_filter_bytes", ctypes.c_int64, [pointer, number]),
        ("archive_read_data", ctypes.c_ssize_t, [pointer, pointer, size]),
        ("archive_entry_filetype", ctypes.c_uint, [pointer]),
        ("archive_entry_is_data_encrypted", number, [pointer]),
        ("archive_entry_pathname", text, [pointer]),
        ("archive_entry_pathname_utf8", text, [pointer]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library
