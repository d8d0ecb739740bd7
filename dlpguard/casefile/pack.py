"""A zip file that appears whole or not at all, and that only its owner may read."""

from __future__ import annotations

import contextlib
import io
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

from dlpguard.errors import ConfigurationError


def pack(file: Path, files: Mapping[str, bytes]) -> None:
    """Write these files.  `ConfigurationError` when there is something of that name, or no room."""
    if file.exists():
        raise ConfigurationError(f"{file}: is there already; nothing is overwritten")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        _write(unfinished, packed.getvalue())
        os.link(unfinished, file)  # unlike a rename, never over something else
    except FileExistsError:
        raise ConfigurationError(f"{file}: is there already; nothing is overwritten") from None
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be written ({error.strerror})") from None
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink()


def _write(file: Path, content: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
