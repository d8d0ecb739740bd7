"""The store that mail of the past is judged in: the relay's own, with another clock, thrown away.

Its key is in no file for longer than it takes to make it: what a run leaves behind when it is
killed can be read by nobody.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path

from dlpguard.errors import ConfigurationError
from dlpguard.store.opening import Store, open_store
from dlpguard.store.secrets import Keyring


class Stage:
    """A store in an empty folder, whose files are the caller's to remove."""

    def __init__(self, folder: Path) -> None:
        self._now = 0.0
        key = folder / "key"
        self.store: Store = open_store("sqlite:///stage.db", key, folder, clock=lambda: self._now)
        try:
            key.unlink()
        except OSError as error:
            raise ConfigurationError(f"{key}: cannot be removed ({error.strerror})") from None

    def turn(self, now: float) -> None:
        """Set the clock, in seconds since 1970."""
        self._now = now

    def keys(self) -> Keyring:
        """Keys for a relay to which nothing has happened yet.

        None of its digests is another's, so in one database it meets no sender, no address and no
        content of the relays beside it.
        """
        return replace(self.store.keys, digest_key=secrets.token_bytes(32))

    def close(self) -> None:
        """Close the store."""
        self.store.close()
