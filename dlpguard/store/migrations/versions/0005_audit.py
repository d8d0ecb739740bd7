"""The audit is a chain; what is kept for an incident; sums of what was deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    # Added one by one, not as a batch: SQLite would make the tables anew.
    op.add_column(
        "messages",
        sa.Column("kept_until", sa.Double(), nullable=True, comment="its content, for an incident"),
    )
    op.create_index(
        "messages_done",
        "messages",
        ["done_at"],
        unique=False,
        sqlite_where=sa.text("done_at IS NOT NULL"),
    )
    op.add_column(
        "moves",
        sa.Column(
            "sealed_in",
            sa.Integer(),
            nullable=True,
            comment="the entry of the audit that seals its batch",
        ),
    )
    op.create_index("moves_sealed", "moves", ["sealed_in", "id"], unique=False)
    for column in (
        sa.Column(
            "seals",
            sa.LargeBinary(),
            nullable=True,
            comment="batches of moves: which, how many, their digest",
        ),
        sa.Column(
            "last_seal",
            sa.Integer(),
            nullable=True,
            comment="of a batch: the entry that said last what is left of it",
        ),
        sa.Column(
            "mac",
            sa.LargeBinary(),
            nullable=True,
            comment="keyed digest of this entry and the one before",
        ),
    ):
        op.add_column("audit", column)
    op.create_index("audit_subject", "audit", ["subject"], unique=False)
    op.create_table(
        "sums",
        sa.Column("day", sa.String(length=10), nullable=False, comment="of arrival, UTC"),
        sa.Column(
            "what", sa.String(length=20), nullable=False, comment="messages, or an outcome"
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "what"),
        comment="how many messages and recipients there were whose rows were deleted",
    )
