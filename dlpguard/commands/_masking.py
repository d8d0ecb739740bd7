"""What people said, for those who may not see content: what detectors find is masked."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from dlpguard.config import Settings


def masker(settings: Settings) -> Callable[[str], str]:
    """A function that puts the kind in brackets in the place of everything that detectors find.

    >>> from dlpguard import config
    >>> from pathlib import Path
    >>> ours = {"organisation": {"domains": ["council.example"]}}
    >>> masker(config.build(ours, Path(), "settings"))("call Ann Bee on 07700 900123 first")
    'call [person name] on [phone] first'
    """
    from dlpguard.detectors import Setup, detect
    from dlpguard.document import Text

    ours = settings.organisation
    setup = Setup(ours.phone_region, ours.case_references, settings.custom_detectors)

    @lru_cache(1000)  # the same few words stand in many entries
    def masked(text: str) -> str:
        for finding in reversed(detect(Text("audit", text), setup)):
            kind = finding.kind.removeprefix("gb_").replace("_", " ")
            text = f"{text[: finding.start]}[{kind}]{text[finding.end :]}"
        return text

    return masked
