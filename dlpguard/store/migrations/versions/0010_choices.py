"""What is released to some of its recipients only: approvals say to whom."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column(
        "approvals",
        sa.Column(
            "choice",
            sa.LargeBinary(),
            nullable=True,
            comment="sealed: to whom it may go; null: to everybody",
        ),
    )
