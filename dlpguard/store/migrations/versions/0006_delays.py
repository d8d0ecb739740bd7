"""Whether a sender has been told that a delivery takes long."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column(
        "messages",
        sa.Column("delay_told", sa.Boolean(), server_default=sa.text("0"), nullable=False),
    )
