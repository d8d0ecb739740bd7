"""What all tables are registered with, and what their columns have in common."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Integer, MetaData, String, text

metadata = MetaData()

Big = BigInteger().with_variant(Integer, "sqlite")
"""Of what grows with every message.  SQLite's INTEGER has 64 bits, and only that can be a rowid."""

Actor = String(254).with_variant(String(80), "sqlite")
"""An account's name, which is an address; SQLite keeps it whole however its column is declared."""


def where(condition: str) -> dict[str, Any]:
    """Of an index over some rows only."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}
