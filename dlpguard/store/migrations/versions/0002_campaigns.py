"""Campaigns, who has written to whom, and the mode."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "contacts",
        sa.Column("sender_digest", sa.LargeBinary(), nullable=False),
        sa.Column("mailbox", sa.LargeBinary(), nullable=False),
        sa.Column("last_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("sender_digest", "mailbox"),
        comment="who has written to whom: digests, no addresses",
    )
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.create_index("contacts_last", ["last_at"], unique=False)

    op.create_table(
        "modes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False, comment="observe | enforce"),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True, comment="sealed"),
        sa.Column(
            "assessment",
            sa.String(length=10),
            nullable=True,
            comment="date of the impact assessment",
        ),
        sa.Column(
            "notice", sa.String(length=10), nullable=True, comment="date of the notice to staff"
        ),
        sa.Column("set_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        comment="observing or enforcing: the newest row counts",
    )
    op.create_table(
        "campaign_keys",
        sa.Column("sender_digest", sa.LargeBinary(), nullable=False),
        sa.Column(
            "content", sa.LargeBinary(), nullable=False, comment="keyed digest of a body or a file"
        ),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
        ),
        sa.PrimaryKeyConstraint("sender_digest", "content"),
        comment="by which content a message finds its campaign",
    )
    with op.batch_alter_table("campaign_keys", schema=None) as batch_op:
        batch_op.create_index("campaign_keys_campaign", ["campaign_id"], unique=False)
        batch_op.create_index("campaign_keys_seen", ["seen_at"], unique=False)

    op.create_table(
        "campaign_people",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column(
            "people", sa.LargeBinary(), nullable=False, comment="keyed digest of the whole set"
        ),
        sa.Column("person", sa.LargeBinary(), nullable=False),
        sa.Column(
            "disclosed",
            sa.Boolean(),
            nullable=False,
            comment="false: the addressee, about themselves",
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
        ),
        sa.PrimaryKeyConstraint("campaign_id", "people", "person"),
        comment="who is in the messages of a campaign: messages about the same people share a set",
    )
    with op.batch_alter_table("campaign_people", schema=None) as batch_op:
        batch_op.create_index("campaign_people_person", ["campaign_id", "person"], unique=False)

    op.create_table(
        "campaign_mailboxes",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("people", sa.LargeBinary(), nullable=False),
        sa.Column("mailbox", sa.LargeBinary(), nullable=False),
        sa.Column("message_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["messages.id"],
        ),
        sa.PrimaryKeyConstraint("campaign_id", "people", "mailbox", "message_id"),
        comment="which outside mailboxes receive which set of people",
    )
    with op.batch_alter_table("campaign_mailboxes", schema=None) as batch_op:
        batch_op.create_index("campaign_mailboxes_message", ["message_id"], unique=False)

    op.create_table(
        "campaign_shown",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("mailbox", sa.LargeBinary(), nullable=False),
        sa.Column("message_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["messages.id"],
        ),
        sa.PrimaryKeyConstraint("campaign_id", "mailbox", "message_id"),
        comment="outside mailboxes whose address a message shows to others",
    )
    with op.batch_alter_table("campaign_shown", schema=None) as batch_op:
        batch_op.create_index("campaign_shown_message", ["message_id"], unique=False)

    op.create_table(
        "disclosures",
        sa.Column("sender_digest", sa.LargeBinary(), nullable=False),
        sa.Column("mailbox", sa.LargeBinary(), nullable=False),
        sa.Column("person", sa.LargeBinary(), nullable=False),
        sa.Column("message_id", sa.String(length=26), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("disclosed_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["messages.id"],
        ),
        sa.PrimaryKeyConstraint("sender_digest", "mailbox", "person", "message_id"),
        comment="people in self-sends and to one personal mailbox, united over 30 days",
    )
    with op.batch_alter_table("disclosures", schema=None) as batch_op:
        batch_op.create_index("disclosures_at", ["disclosed_at"], unique=False)
        batch_op.create_index("disclosures_message", ["message_id"], unique=False)

    # Added one by one, not as a batch: SQLite would make the table anew for a default, and rows of
    # others refer to it.
    for column in (
        sa.Column(
            "campaign_version",
            sa.Integer(),
            nullable=True,
            comment="of the campaign, when this joined it",
        ),
        sa.Column(
            "content",
            sa.LargeBinary(),
            nullable=True,
            comment="keyed digest of text and attachments, names left out",
        ),
        sa.Column(
            "people",
            sa.LargeBinary(),
            nullable=True,
            comment="the set of people that it carries outside",
        ),
        sa.Column("settle_until", sa.Double(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "recall",
            sa.String(length=20),
            nullable=True,
            comment="what a sibling asks of it once no attempt is open",
        ),
    ):
        op.add_column("messages", column)
    op.create_index("messages_campaign", "messages", ["campaign_id", "state"], unique=False)
    op.create_index(
        "messages_sender", "messages", ["sender_digest", "state", "received_at"], unique=False
    )
