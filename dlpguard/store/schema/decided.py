"""What people do about what is held."""

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

from dlpguard.store.schema._metadata import Actor, metadata, where, whole

approvals = Table(
    "approvals",
    metadata,
    Column("message_id", ForeignKey("messages.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("actor", Actor, primary_key=True),
    Column("approved_at", Double, nullable=False),
    Column("choice", LargeBinary, comment="sealed: to whom it may go; null: to everybody"),
)


reveals = Table(
    "reveals",
    metadata,
    Column("message_id", ForeignKey("messages.id"), primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("revealed_at", Double, nullable=False),
    comment="who gave a reason to see a message unmasked, and when",
)

comments = Table(
    "comments",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("message_id", ForeignKey("messages.id"), nullable=False),
    Column("actor", whole(254), nullable=False),
    Column("said_at", Double, nullable=False),
    Column("text", LargeBinary, nullable=False, comment="sealed"),
    Index("comments_message", "message_id"),
    comment="what reviewers tell each other about a message",
)

alarms = Table(
    "alarms",
    metadata,
    Column("message_id", ForeignKey("messages.id"), primary_key=True),
    Column("raised_at", Double, nullable=False),
    Column("actor", whole(254), nullable=False, comment="an account; nothing: its sender"),
    Column("told", Integer, nullable=False, comment="how many were sent an email"),
    Column("said", LargeBinary, nullable=False, comment="sealed"),
    comment="held messages of which somebody says that a person is at risk",
)

emergencies = Table(
    "emergencies",
    metadata,
    Column("message_id", ForeignKey("messages.id"), primary_key=True),
    Column("released_at", Double, nullable=False),
    Column("actor", whole(254), nullable=False),
    Column("reason", LargeBinary, nullable=False, comment="sealed"),
    Column("reviewed_at", Double, comment="null: nobody has looked at it yet"),
    Column("reviewer", whole(254), nullable=False, server_default=text("''")),
    Column("found", LargeBinary, comment="sealed"),
    Column("justified", Boolean),
    Index("emergencies_open", "released_at", **where("reviewed_at IS NULL")),
    comment="what one person released alone, to be looked at by another",
)

rounds = Table(
    "rounds",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("done_at", Double, nullable=False),
    comment="when something that is done now and then was done last, by whichever node",
)
