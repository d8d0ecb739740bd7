"""What is counted: which policies acted, what could not be read, how many on each day."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "matches",
        sa.Column("message_id", sa.String(length=26), nullable=False),
        sa.Column("policy", sa.String(length=255), nullable=False),
        sa.Column("action", sa.String(length=12), nullable=False),
        sa.Column(
            "watched",
            sa.Boolean(),
            nullable=False,
            comment="it only observed, and changed nothing",
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["messages.id"],
        ),
        sa.PrimaryKeyConstraint("message_id", "policy"),
        comment="which policies acted on a message, to be counted; none of mail of private groups",
    )
    op.create_table(
        "gaps",
        sa.Column("message_id", sa.String(length=26), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["messages.id"],
        ),
        sa.PrimaryKeyConstraint("message_id", "why"),
        comment="why something of a message could not be read, to be counted",
    )
    op.create_table(
        "tallies",
        sa.Column("day", sa.String(length=10), nullable=False, comment="UTC"),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column(
            "name",
            sa.String(length=300),
            nullable=False,
            comment="of a policy, say; often nothing",
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "what", "name"),
        comment="how many there were of what on days that are over",
    )
    op.create_index("messages_received", "messages", ["received_at"], unique=False)
    op.create_index(
        "messages_marked",
        "messages",
        ["received_at"],
        unique=False,
        sqlite_where=sa.text("rightly IS NOT NULL"),
    )
    op.create_index(
        "moves_decisions",
        "moves",
        ["moved_at"],
        unique=False,
        sqlite_where=sa.text("who IN ('janitor', 'reviewer', 'sender')"),
    )
