"""Making names last: a file that was made, renamed or removed is so after a power cut, too."""

from __future__ import annotations

import os
from pathlib import Path


def sync_directory(directory: Path) -> None:
    """Put the names in a directory on the disk (fsync(2)); what is in the files is not."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
