"""The tables.  Changed only together with a migration in `migrations/versions`.

What could be content (addresses, subjects, file names, reasons) is sealed; what is searched or
counted is a keyed digest.  Times are seconds since 1970, UTC.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TextClause,
    text,
)

metadata = MetaData()

_Big = BigInteger().with_variant(Integer, "sqlite")
"""Of what grows with every message.  SQLite's INTEGER has 64 bits, and only that can be a rowid."""

HEAD = "0008"
"""The newest migration."""


def _where(condition: str) -> dict[str, TextClause]:
    """Of an index over some rows only."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


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
    Column("size", _Big, nullable=False),
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
    comment="the processes that share the database (`store.presences`)",
)

orphans = Table(
    "orphans",
    metadata,
    Column("body_id", String(32), primary_key=True),
    Column("found_at", Double, nullable=False),
    comment="files without a row that the sweeper is about to unlink; a late commit loses to it",
)

campaigns = Table(
    "campaigns",
    metadata,
    Column("id", _Big, primary_key=True),
    Column("sender_digest", LargeBinary, nullable=False),
    Column("opened_at", Double, nullable=False),
    Column("version", Integer, nullable=False, server_default=text("0")),
    comment="messages of one sender with the same content; the row is the point of order",
)

campaign_keys = Table(
    "campaign_keys",
    metadata,
    Column("sender_digest", LargeBinary, primary_key=True),
    Column("content", LargeBinary, primary_key=True, comment="keyed digest of a body or a file"),
    Column("campaign_id", ForeignKey("campaigns.id"), nullable=False),
    Column("seen_at", Double, nullable=False),
    Index("campaign_keys_campaign", "campaign_id"),
    Index("campaign_keys_seen", "seen_at"),
    comment="by which content a message finds its campaign",
)

campaign_people = Table(
    "campaign_people",
    metadata,
    Column("campaign_id", ForeignKey("campaigns.id"), primary_key=True),
    Column("people", LargeBinary, primary_key=True, comment="keyed digest of the whole set"),
    Column("person", LargeBinary, primary_key=True),
    Column("disclosed", Boolean, nullable=False, comment="false: the addressee, about themselves"),
    Index("campaign_people_person", "campaign_id", "person"),
    comment="who is in the messages of a campaign: messages about the same people share a set",
)

campaign_mailboxes = Table(
    "campaign_mailboxes",
    metadata,
    Column("campaign_id", ForeignKey("campaigns.id"), primary_key=True),
    Column("people", LargeBinary, primary_key=True),
    Column("mailbox", LargeBinary, primary_key=True),
    Column("message_id", ForeignKey("messages.id"), primary_key=True),
    Column(
        "own",
        LargeBinary,
        comment="the person whose mailbox it is: about themselves nothing is disclosed to them",
    ),
    Index("campaign_mailboxes_message", "message_id"),
    comment="which outside mailboxes receive which set of people",
)

campaign_shown = Table(
    "campaign_shown",
    metadata,
    Column("campaign_id", ForeignKey("campaigns.id"), primary_key=True),
    Column("mailbox", LargeBinary, primary_key=True),
    Column("message_id", ForeignKey("messages.id"), primary_key=True),
    Index("campaign_shown_message", "message_id"),
    comment="outside mailboxes whose address a message shows to others",
)

contacts = Table(
    "contacts",
    metadata,
    Column("sender_digest", LargeBinary, primary_key=True),
    Column("mailbox", LargeBinary, primary_key=True),
    Column("last_at", Double, nullable=False),
    Index("contacts_last", "last_at"),
    comment="who has written to whom: digests, no addresses",
)

disclosures = Table(
    "disclosures",
    metadata,
    Column("sender_digest", LargeBinary, primary_key=True),
    Column("mailbox", LargeBinary, primary_key=True),
    Column("person", LargeBinary, primary_key=True),
    Column("message_id", ForeignKey("messages.id"), primary_key=True),
    Column("private", Boolean, nullable=False),
    Column("disclosed_at", Double, nullable=False),
    Index("disclosures_message", "message_id"),
    Index("disclosures_at", "disclosed_at"),
    comment="people in self-sends and to one personal mailbox, united over 30 days",
)

modes = Table(
    "modes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mode", String(10), nullable=False, comment="observe | enforce"),
    Column("actor", String(80), nullable=False),
    Column("reason", LargeBinary, comment="sealed"),
    Column("assessment", String(10), comment="date of the impact assessment"),
    Column("notice", String(10), comment="date of the notice to staff"),
    Column("set_at", Double, nullable=False),
    comment="observing or enforcing: the newest row counts",
)

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
    Column("size", _Big, nullable=False),
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
    Column("decided_by", String(80)),
    Column("kept_until", Double, comment="its content, for an incident"),
    Column("done_at", Double),
    Column("owner", String(254), comment="which reviewer looks after it"),
    Column("rightly", Boolean, comment="what a reviewer thought of its being held"),
    Column("delay_told", Boolean, nullable=False, server_default=text("false")),
    Index("messages_work", "state", "next_try"),
    Index("messages_sender", "sender_digest", "state", "received_at"),
    Index("messages_campaign", "campaign_id", "state"),
    Index(
        "messages_kept",
        "expires_at",
        sqlite_where=text("body_id IS NOT NULL"),
        postgresql_where=text("body_id IS NOT NULL"),
    ),
    Index(
        "messages_done",
        "done_at",
        sqlite_where=text("done_at IS NOT NULL"),
        postgresql_where=text("done_at IS NOT NULL"),
    ),
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
)

retries = Table(
    "retries",
    metadata,
    Column("digest", LargeBinary, primary_key=True, comment="keyed, of the whole"),
    # No foreign key: the answer is the same when the message was forgotten meanwhile.
    Column("message_id", String(26), nullable=False),
    Column("accepted_at", Double, nullable=False),
    Index("retries_message", "message_id"),
    Index("retries_accepted", "accepted_at"),
    comment="messages of which the client may not have our 250",
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", _Big, primary_key=True),
    Column("message_id", ForeignKey("messages.id"), nullable=False),
    Column("node", String(80), nullable=False),
    Column("fence", Integer, nullable=False),
    Column("opened_at", Double, nullable=False),
    Column("deadline", Double, nullable=False),
    Column("dot_at", Double, comment="from here on the next hop may have it"),
    Column("closed_at", Double),
    Index(
        "attempts_open",
        "message_id",
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
)

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
)

evidence = Table(
    "evidence",
    metadata,
    Column("message_id", ForeignKey("messages.id"), primary_key=True),
    Column("page", Integer, primary_key=True),
    Column("content", LargeBinary, nullable=False, comment="under the body's key"),
    comment="document, findings and people of what is held, as the inspection saw them",
)

approvals = Table(
    "approvals",
    metadata,
    Column("message_id", ForeignKey("messages.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("actor", String(80), primary_key=True),
    Column("approved_at", Double, nullable=False),
)

moves = Table(
    "moves",
    metadata,
    Column("id", _Big, primary_key=True),
    Column("message_id", ForeignKey("messages.id"), nullable=False),
    Column("event", String(20), nullable=False),
    Column("source", String(20)),
    Column("target", String(20), nullable=False),
    Column("who", String(20), nullable=False),
    Column("actor", String(80), nullable=False, server_default=text("''")),
    Column("reason", LargeBinary, comment="sealed"),
    Column("moved_at", Double, nullable=False),
    Column("sealed_in", _Big, comment="the entry of the audit that seals its batch"),
    Index("moves_message", "message_id"),
    Index("moves_sealed", "sealed_in", "id"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", _Big, primary_key=True, comment="its place in the chain"),
    Column("acted_at", Double, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("act", String(40), nullable=False),
    Column("subject", String(80), nullable=False),
    Column("detail", LargeBinary, comment="sealed"),
    Column("seals", LargeBinary, comment="batches of moves: which, how many, their digest"),
    Column("last_seal", _Big, comment="of a batch: the entry that said last what is left of it"),
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

reveals = Table(
    "reveals",
    metadata,
    Column("message_id", ForeignKey("messages.id"), primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("revealed_at", Double, nullable=False),
    comment="who gave a reason to see a message unmasked, and when",
)

lines = Table(
    "lines",
    metadata,
    Column("message_id", ForeignKey("messages.id"), primary_key=True),
    Column("risk", Integer, nullable=False),
    Column("said", LargeBinary, nullable=False, comment="sealed"),
    comment="what the queue says of a message that was stopped",
)

comments = Table(
    "comments",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("message_id", ForeignKey("messages.id"), nullable=False),
    Column("actor", String(254), nullable=False),
    Column("said_at", Double, nullable=False),
    Column("text", LargeBinary, nullable=False, comment="sealed"),
    Index("comments_message", "message_id"),
    comment="what reviewers tell each other about a message",
)
