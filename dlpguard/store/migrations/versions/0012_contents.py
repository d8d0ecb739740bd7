"""Whether the same file was returned before; what the lists of the queue are filtered by."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "contents",
        sa.Column(
            "digest",
            sa.LargeBinary(),
            nullable=False,
            comment="keyed, of a file or of all it says",
        ),
        sa.Column("message_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"]),
        sa.PrimaryKeyConstraint("digest", "message_id"),
        comment="what was in messages that were stopped: whether the same was returned before",
    )
    op.create_index("contents_message", "contents", ["message_id"], unique=False)
    op.add_column(
        "lines",
        sa.Column(
            "marks",
            sa.String(length=2000),
            server_default=sa.text("''"),
            nullable=False,
            comment="|a|b|",
        ),
    )
    # What waits gets a new line, with marks, at the next start (`verdicts.write_missing_lines`).
    op.execute("DELETE FROM lines")
