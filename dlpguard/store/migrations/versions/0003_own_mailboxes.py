"""Whose own mailbox it is that a copy of a mailing goes to."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    # Not a batch: that makes the table anew, and rows that refer to it forbid it.
    op.add_column(
        "campaign_mailboxes",
        sa.Column(
            "own",
            sa.LargeBinary(),
            nullable=True,
            comment="the person whose mailbox it is: about themselves nothing is disclosed to them",
        ),
    )
