"""Who may use the review site, and how they are known."""

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

from dlpguard.store.schema._metadata import metadata

accounts = Table(
    "accounts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(254), nullable=False, unique=True),
    Column("full_name", String(120), nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("roles", String(200), nullable=False),
    Column("groups", String(400), nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("failures", Integer, nullable=False, comment="wrong passwords or codes in a row"),
    Column("locked_until", Double, nullable=False),
    Column("totp_secret", LargeBinary, comment="sealed"),
    Column("totp_step", Integer, nullable=False, comment="of the last code that was used"),
    Column("created_at", Double, nullable=False),
    Column("last_seen_at", Double, nullable=False),
    Column("digest", Boolean, nullable=False, server_default=text("true"), comment="a mail a day"),
    comment="who may sign in to the review site",
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    comment="for whoever has lost their phone; each works once",
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True, comment="keyed, of the token"),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("partial", Boolean, nullable=False, comment="the second factor is still to come"),
    Column("opened_at", Double, nullable=False),
    Column("used_at", Double, nullable=False),
    Column("client", String(64), nullable=False),
    Column("agent", String(200), nullable=False),
    Index("sessions_account", "account_id"),
    comment="who is signed in",
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True, comment="keyed, of the token"),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("name", String(60), nullable=False),
    Column("scopes", String(400), nullable=False, comment="names of rights"),
    Column("made_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("used_at", Double, nullable=False),
    Index("tokens_account", "account_id", "name", unique=True),
    comment="by which people's programs ask the API",
)

devices = Table(
    "devices",
    metadata,
    Column("digest", LargeBinary, primary_key=True, comment="keyed, of account and token"),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("known_at", Double, nullable=False, comment="the last sign-in"),
    Column("failures", Integer, nullable=False, comment="wrong passwords or codes since"),
    Index("devices_account", "account_id"),
    comment="browsers in which somebody has signed in: a lock of the account is not for them",
)
