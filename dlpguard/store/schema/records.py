"""What was done, for as long as that must be proved."""

from __future__ import annotations

from sqlalchemy import Column, Double, Index, Integer, LargeBinary, String, Table

from dlpguard.store.schema._metadata import Actor, Big, metadata

audit = Table(
    "audit",
    metadata,
    Column("id", Big, primary_key=True, comment="its place in the chain"),
    Column("acted_at", Double, nullable=False),
    Column("actor", Actor, nullable=False),
    Column("act", String(40), nullable=False),
    Column("subject", Actor, nullable=False),
    Column("detail", LargeBinary, comment="sealed"),
    Column("seals", LargeBinary, comment="batches of moves: which, how many, their digest"),
    Column("last_seal", Big, comment="of a batch: the entry that said last what is left of it"),
    Column("mac", LargeBinary, comment="keyed digest of this entry and the one before"),
    Index("audit_subject", "subject"),
    comment="what people did and looked at, and what was done by itself: a chain",
)

sums = Table(
    "sums",
    metadata,
    Column("day", String(10), primary_key=True, comment="of arrival, UTC"),
    Column("what", String(20), primary_key=True, comment="messages, or an outcome"),
    Column("number", Integer, nullable=False),
    comment="how many messages and recipients there were whose rows were deleted",
)
