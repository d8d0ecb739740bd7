"""Settings of a test, without those of whoever runs it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from dlpguard.config import Settings, load

Make = Callable[..., Settings]


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.upper().startswith("DLPGUARD_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """The settings in a file with this text, after the organisation."""

    def made(text: str = "") -> Settings:
        file = tmp_path / "dlpguard.toml"
        file.write_text(f'[organisation]\ndomains = ["council.example"]\n{text}', "utf-8")
        return load(file)

    return made
