"""The settings: `dlpguard.toml`, and every key also as `DLPGUARD_SECTION__KEY` in the environment.

Only `commands` reads them; everything else takes what it needs as arguments.
"""

from __future__ import annotations

from dlpguard.config._delivery import NextHop, Tls
from dlpguard.config._judging import Mode, Policies
from dlpguard.config._listen import LoginSection
from dlpguard.config._loading import NoSettingsError, build, load
from dlpguard.config._settings import Settings

__all__ = [
    "LoginSection",
    "Mode",
    "NextHop",
    "NoSettingsError",
    "Policies",
    "Settings",
    "Tls",
    "build",
    "load",
]
