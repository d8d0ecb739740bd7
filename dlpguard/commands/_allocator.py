"""How much memory that was given back the C library keeps for what comes next.

glibc hands every large buffer back to the kernel and asks for it again with the next piece of the
next message; the kernel fills it with noughts each time.  Of receiving 5 MB that was half.
"""

from __future__ import annotations

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Parameters of mallopt(3), from malloc.h."""

_KEPT = 2 << 20
"""Bytes at the end of each arena that stay: what the pieces of a few messages take at a time."""

_OF_ITS_OWN = 1 << 20
"""Bytes from which on a buffer is given back at once as before: a body that was read whole."""


def keep_buffers() -> None:
    """Keep what pieces of messages are read, encrypted and written in.

    For processes that pass on mail.  Where the C library has no such choice, nothing changes.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(_TRIM_THRESHOLD, _KEPT)
        mallopt(_MMAP_THRESHOLD, _OF_ITS_OWN)
