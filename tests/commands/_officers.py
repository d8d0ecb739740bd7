"""People with accounts who may look into what is kept."""

from __future__ import annotations

from pathlib import Path

from dlpguard.store import accounts
from tests.commands._line import store_of

OLU, AUDREY = "olu@council.example", "audrey@council.example"
"""An approver, and an auditor."""


def officers(settings: Path) -> None:
    """Give them accounts."""
    with store_of(settings) as (_, store):
        for name, role in ((OLU, "approver"), (AUDREY, "auditor")):
            store.database.write_now(
                lambda tx, n=name, r=role: accounts.add(tx, n, n.partition("@")[0], "$x", [r])  # type: ignore[misc]
            )
