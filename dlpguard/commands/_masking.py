"""What people said, for those who may not see content: what detectors find is masked."""

from __future__ import annotations

from collections.abc import Callable

from dlpguard.config import Settings
from dlpguard.web import said


def masker(settings: Settings) -> Callable[[str], str]:
    """`said.masker`, with what the settings say is found.

    >>> from dlpguard import config
    >>> from pathlib import Path
    >>> ours = {"organisation": {"domains": ["council.example"]}}
    >>> masker(config.build(ours, Path(), "settings"))("call Ann Bee on 07700 900123 first")
    'call [person name] on [phone] first'
    """
    from dlpguard.conventions import Setup

    ours = settings.organisation
    return said.masker(Setup(ours.phone_region, ours.case_references, settings.custom_detectors))
