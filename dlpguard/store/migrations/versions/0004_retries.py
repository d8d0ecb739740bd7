"""By what a client's retry is known."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "retries",
        sa.Column("digest", sa.LargeBinary(), nullable=False, comment="keyed, of the whole"),
        sa.Column("message_id", sa.String(length=26), nullable=False),
        sa.Column("accepted_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
        comment="messages of which the client may not have our 250",
    )
    with op.batch_alter_table("retries", schema=None) as batch_op:
        batch_op.create_index("retries_message", ["message_id"], unique=False)
        batch_op.create_index("retries_accepted", ["accepted_at"], unique=False)
