"""What all tables are registered with, and what their columns have in common."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Integer, MetaData, String, Text, text
from sqlalchemy.types import TypeEngine

metadata = MetaData()

Big = BigInteger().with_variant(Integer, "sqlite")
"""Of what grows with every message.  SQLite's INTEGER has 64 bits, and only that can be a rowid."""


def whole(declared: int) -> TypeEngine[str]:
    """Text of any length.  SQLite keeps it whole however its column was declared once."""
    return Text().with_variant(String(declared), "sqlite")


Actor = whole(80)
"""Who did something: an account, a sender (up to 512 bytes), or what `--as` says."""


def where(condition: str) -> dict[str, Any]:
    """Of an index over some rows only."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}
