"""What belongs together: copies of a mailing, who was written to before, what was told of whom."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Double, ForeignKey, Index, Integer, LargeBinary, Table, text

from dlpguard.store.schema._metadata import Big, metadata

campaigns = Table(
    "campaigns",
    metadata,
    Column("id", Big, primary_key=True),
    Column("sender_digest", LargeBinary, nullable=False),
    Column("opened_at", Double, nullable=False),
    Column("version", Integer, nullable=False, server_default=text("0")),
    Index("campaigns_opened", "opened_at"),
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
