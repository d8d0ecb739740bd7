"""Where large bodies are, and who is running, when several nodes share the database."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "body_pieces",
        sa.Column("body_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False, comment="encrypted"),
        sa.Column("stored_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("body_id", "number"),
        comment="large bodies, where the database is shared (`store.shelves.rows`)",
    )
    op.create_table(
        "nodes",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("started_at", sa.Double(), nullable=False),
        sa.Column("seen_at", sa.Double(), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("roles", sa.String(length=80), nullable=False),
        sa.Column(
            "next_hop",
            sa.String(length=1000),
            comment="what it offers, as this node saw it last",
        ),
        sa.PrimaryKeyConstraint("name"),
        comment="the processes that share the database (`store.presences`)",
    )
    op.add_column(
        "retries",
        sa.Column(
            "acknowledged_at",
            sa.Double(),
            nullable=True,
            comment="when its client was known to have our 250",
        ),
    )
    op.create_index("retries_acknowledged", "retries", ["acknowledged_at"])
    op.create_index(
        "recipients_attempt",
        "recipients",
        ["attempt_id"],
        sqlite_where=sa.text("attempt_id IS NOT NULL"),
        postgresql_where=sa.text("attempt_id IS NOT NULL"),
    )
