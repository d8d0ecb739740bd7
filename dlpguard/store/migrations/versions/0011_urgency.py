"""Reminders, digests, alarms, and what one person releases alone in an emergency."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "alarms",
        sa.Column("message_id", sa.String(length=26), nullable=False),
        sa.Column("raised_at", sa.Double(), nullable=False),
        sa.Column(
            "actor", sa.String(length=254), nullable=False, comment="an account; nothing: its sender"
        ),
        sa.Column("told", sa.Integer(), nullable=False, comment="how many were sent an email"),
        sa.Column("said", sa.LargeBinary(), nullable=False, comment="sealed"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"]),
        sa.PrimaryKeyConstraint("message_id"),
        comment="held messages of which somebody says that a person is at risk",
    )
    op.create_table(
        "emergencies",
        sa.Column("message_id", sa.String(length=26), nullable=False),
        sa.Column("released_at", sa.Double(), nullable=False),
        sa.Column("actor", sa.String(length=254), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False, comment="sealed"),
        sa.Column(
            "reviewed_at",
            sa.Double(),
            nullable=True,
            comment="null: nobody has looked at it yet",
        ),
        sa.Column("reviewer", sa.String(length=254), server_default=sa.text("''"), nullable=False),
        sa.Column("found", sa.LargeBinary(), nullable=True, comment="sealed"),
        sa.Column("justified", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"]),
        sa.PrimaryKeyConstraint("message_id"),
        comment="what one person released alone, to be looked at by another",
    )
    op.create_index(
        "emergencies_open",
        "emergencies",
        ["released_at"],
        unique=False,
        sqlite_where=sa.text("reviewed_at IS NULL"),
    )
    op.create_table(
        "rounds",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("done_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        comment="when something that is done now and then was done last, by whichever node",
    )
    op.add_column(
        "messages",
        sa.Column(
            "reminded_at",
            sa.Double(),
            nullable=True,
            comment="when those who may decide were told that it waits",
        ),
    )
    op.add_column(
        "messages",
        sa.Column(
            "escalated_at", sa.Double(), nullable=True, comment="when those above them were"
        ),
    )
    op.add_column(
        "accounts",
        sa.Column(
            "digest",
            sa.Boolean(),
            server_default=sa.text("1"),
            nullable=False,
            comment="a mail a day",
        ),
    )
