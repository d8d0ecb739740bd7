"""Messages and what is needed to forward them."""

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

from dlpguard.store.schema._metadata import Actor, Big, metadata, where, whole

installation = Table(
    "installation",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", LargeBinary, nullable=False),
    comment="what belongs to the whole: a check that the key file is the right one",
)

bodies = Table(
    "bodies",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("size", Big, nullable=False),
    Column("digest", LargeBinary, nullable=False, comment="keyed, of the SHA-256 of the bytes"),
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("content", LargeBinary, comment="encrypted; null: in a file named by the id"),
    Column("references_left", Integer, nullable=False),
    Column("stored_at", Double, nullable=False),
    comment="the bytes of messages, each under a key of its own",
)

body_pieces = Table(
    "body_pieces",
    metadata,
    # No foreign key: they are there before the body's row, and removed after it.
    Column("body_id", String(32), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("content", LargeBinary, nullable=False, comment="encrypted"),
    Column("stored_at", Double, nullable=False),
    comment="large bodies, where the database is shared (`store.shelves.rows`)",
)

nodes = Table(
    "nodes",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("started_at", Double, nullable=False),
    Column("seen_at", Double, nullable=False),
    Column("version", String(40), nullable=False),
    Column("roles", String(80), nullable=False),
    Column("next_hop", whole(1000), comment="what it offers, as this node saw it last"),
    comment="the processes that share the database (`store.presences`)",
)

orphans = Table(
    "orphans",
    metadata,
    Column("body_id", String(32), primary_key=True),
    Column("found_at", Double, nullable=False),
    comment="files without a row that the sweeper is about to unlink; a late commit loses to it",
)

UNJUDGED = "state IN ('received', 'set-aside')"
"""Which messages nobody has judged yet: a query that says it in these words finds them by an index
that has no others.  So no move of a message changes an index whose key is chance."""

messages = Table(
    "messages",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("state", String(20), nullable=False),
    Column("version", Integer, nullable=False, comment="one more with every change a person sees"),
    Column("origin", String(10), nullable=False, comment="client | notice"),
    Column("body_id", ForeignKey("bodies.id"), comment="null: forgotten"),
    Column("campaign_id", ForeignKey("campaigns.id")),
    Column("campaign_version", Integer, comment="of the campaign, when this joined it"),
    Column("content", LargeBinary, comment="keyed digest of text and attachments, names left out"),
    Column("people", LargeBinary, comment="the set of people that it carries outside"),
    Column("settle_until", Double, nullable=False, server_default=text("0")),
    Column("recall", String(20), comment="what a sibling asks of it once no attempt is open"),
    Column("sender_digest", LargeBinary, nullable=False),
    Column("envelope", LargeBinary, nullable=False, comment="sealed, without the recipients"),
    Column("trace", LargeBinary, nullable=False, comment="sealed: the fields we prepend"),
    Column("size", Big, nullable=False),
    Column("received_at", Double, nullable=False),
    Column("next_try", Double, nullable=False),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Column("state_since", Double, nullable=False),
    Column("expires_at", Double, nullable=False, comment="of a decision, or of the body"),
    Column("lease_node", String(80)),
    Column("lease_until", Double, nullable=False, server_default=text("0")),
    Column("fence", Integer, nullable=False, server_default=text("0")),
    Column("claims", Integer, nullable=False, server_default=text("0")),
    Column("crashes", Integer, nullable=False, server_default=text("0")),
    Column("queue", String(80), nullable=False, server_default=text("''")),
    Column("approvals", Integer, nullable=False, server_default=text("1")),
    Column("decided_by", Actor),
    Column("kept_until", Double, comment="its content, for an incident"),
    Column("done_at", Double),
    Column("owner", whole(254), comment="which reviewer looks after it"),
    Column("rightly", Boolean, comment="what a reviewer thought of its being held"),
    Column("delay_told", Boolean, nullable=False, server_default=text("false")),
    Column("reminded_at", Double, comment="when those who may decide were told that it waits"),
    Column("escalated_at", Double, comment="when those above them were"),
    Index("messages_work", "state", "next_try"),
    Index("messages_unjudged", "sender_digest", "received_at", **where(UNJUDGED)),
    Index("messages_campaign", "campaign_id", "state"),
    Index("messages_kept", "expires_at", **where("body_id IS NOT NULL")),
    Index("messages_done", "done_at", **where("done_at IS NOT NULL")),
    Index("messages_received", "received_at"),
    Index("messages_marked", "received_at", **where("rightly IS NOT NULL")),
)

recipients = Table(
    "recipients",
    metadata,
    Column("message_id", ForeignKey("messages.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("address", LargeBinary, nullable=False, comment="sealed"),
    Column("digest", LargeBinary, nullable=False),
    Column("dsn", LargeBinary, nullable=False, comment="sealed NOTIFY and ORCPT"),
    Column("outcome", String(10), nullable=False),
    Column("in_doubt", Boolean, nullable=False, server_default=text("false")),
    Column("reply", String(20), nullable=False, server_default=text("''"), comment="550 5.1.1"),
    Column("attempt_id", ForeignKey("attempts.id")),
    Column("settled_at", Double),
    Index("recipients_attempt", "attempt_id", **where("attempt_id IS NOT NULL")),
)

retries = Table(
    "retries",
    metadata,
    Column("digest", LargeBinary, primary_key=True, comment="keyed, of the whole"),
    # No foreign key: the answer is the same when the message was forgotten meanwhile.
    Column("message_id", String(26), nullable=False),
    Column("accepted_at", Double, nullable=False),
    Column("acknowledged_at", Double, comment="when its client was known to have our 250"),
    Index("retries_message", "message_id"),
    Index("retries_accepted", "accepted_at"),
    Index("retries_acknowledged", "acknowledged_at"),
    comment="messages of which the client may not have our 250",
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Big, primary_key=True),
    Column("message_id", ForeignKey("messages.id"), nullable=False),
    Column("node", String(80), nullable=False),
    Column("fence", Integer, nullable=False),
    Column("opened_at", Double, nullable=False),
    Column("deadline", Double, nullable=False),
    Column("dot_at", Double, comment="from here on the next hop may have it"),
    Column("closed_at", Double),
    Index("attempts_open", "message_id", **where("closed_at IS NULL")),
    # Whoever deletes a message makes the database look for attempts that still refer to it.
    Index("attempts_message", "message_id"),
)

DECISIONS = "who IN ('janitor', 'reviewer', 'sender')"
"""Which moves are (among few others) decisions of people, or the end of waiting for one: a query
that says it in these words finds them by an index."""

moves = Table(
    "moves",
    metadata,
    Column("id", Big, primary_key=True),
    Column("message_id", ForeignKey("messages.id"), nullable=False),
    Column("event", String(20), nullable=False),
    Column("source", String(20)),
    Column("target", String(20), nullable=False),
    Column("who", String(20), nullable=False),
    Column("actor", Actor, nullable=False, server_default=text("''")),
    Column("reason", LargeBinary, comment="sealed"),
    Column("moved_at", Double, nullable=False),
    Column("sealed_in", Big, comment="the entry of the audit that seals its batch"),
    Index("moves_message", "message_id"),
    Index("moves_sealed", "sealed_in", "id"),
    Index("moves_decisions", "moved_at", **where(DECISIONS)),
)

modes = Table(
    "modes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mode", String(10), nullable=False, comment="observe | enforce"),
    Column("actor", Actor, nullable=False),
    Column("reason", LargeBinary, comment="sealed"),
    Column("assessment", String(10), comment="date of the impact assessment"),
    Column("notice", String(10), comment="date of the notice to staff"),
    Column("set_at", Double, nullable=False),
    comment="observing or enforcing: the newest row counts",
)
