"""What an inspection said of a message, and what was counted of it."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    text,
)

from dlpguard.store.schema._metadata import metadata, where

HELD = "action = 'quarantine'"
"""Which verdicts hold a message: a query that says it in these words finds them by an index."""

verdicts = Table(
    "verdicts",
    metadata,
    Column("message_id", ForeignKey("messages.id"), primary_key=True),
    Column("action", String(12), nullable=False),
    Column("observed", String(12), nullable=False),
    Column("body_digest", LargeBinary, nullable=False, comment="of exactly the bytes judged"),
    Column("policies", String(64), nullable=False),
    Column("record", LargeBinary, nullable=False, comment="sealed: facts, matches, subject"),
    Column("judged_at", Double, nullable=False),
    Index("verdicts_held", "judged_at", "message_id", **where(HELD)),
)

evidence = Table(
    "evidence",
    metadata,
    Column("message_id", ForeignKey("messages.id"), primary_key=True),
    Column("page", Integer, primary_key=True),
    Column("content", LargeBinary, nullable=False, comment="under the body's key"),
    comment="document, findings and people of what is held, as the inspection saw them",
)

lines = Table(
    "lines",
    metadata,
    Column("message_id", ForeignKey("messages.id"), primary_key=True),
    Column("risk", Integer, nullable=False),
    Column("said", LargeBinary, nullable=False, comment="sealed"),
    Column("marks", String(2000), nullable=False, server_default=text("''"), comment="|a|b|"),
    comment="what the queue says of a message that was stopped; by its marks one filters",
)

contents = Table(
    "contents",
    metadata,
    Column("digest", LargeBinary, primary_key=True, comment="keyed, of a file or of all it says"),
    Column("message_id", ForeignKey("messages.id"), primary_key=True),
    Index("contents_message", "message_id"),
    comment="what was in messages that were stopped: whether the same was returned before",
)

matches = Table(
    "matches",
    metadata,
    Column("message_id", ForeignKey("messages.id"), primary_key=True),
    Column("policy", String(255), primary_key=True),
    Column("action", String(12), nullable=False),
    Column("watched", Boolean, nullable=False, comment="it only observed, and changed nothing"),
    comment="which policies acted on a message, to be counted; none of mail of private groups",
)

gaps = Table(
    "gaps",
    metadata,
    Column("message_id", ForeignKey("messages.id"), primary_key=True),
    Column("why", String(20), primary_key=True),
    comment="why something of a message could not be read, to be counted",
)

tallies = Table(
    "tallies",
    metadata,
    Column("day", String(10), primary_key=True, comment="UTC"),
    Column("what", String(20), primary_key=True),
    Column("name", String(300), primary_key=True, comment="of a policy, say; often nothing"),
    Column("number", Integer, nullable=False),
    comment="how many there were of what on days that are over",
)
