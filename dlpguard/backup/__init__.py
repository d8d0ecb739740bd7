"""A copy of the store that can be put back, and putting it back.

A backup is a folder: `manifest.json`, the database (`dlpguard.db`, or `dlpguard.dump` of
PostgreSQL), and the files of large bodies.  It appears whole or not at all, under its name.  The
keys are never in it: who has both has everything.
"""

from __future__ import annotations

from dlpguard.backup.manifest import Manifest
from dlpguard.backup.restoring import Place, Restored, restore
from dlpguard.backup.taking import Progress, copy_keys, take

__all__ = ["Manifest", "Place", "Progress", "Restored", "copy_keys", "restore", "take"]
