"""What is old, or was held, or belongs to a message, is found without going through all that is
kept."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_index("attempts_message", "attempts", ["message_id"])
    op.create_index("campaigns_opened", "campaigns", ["opened_at"])
    op.create_index(
        "verdicts_held",
        "verdicts",
        ["judged_at", "message_id"],
        sqlite_where=sa.text("action = 'quarantine'"),
        postgresql_where=sa.text("action = 'quarantine'"),
    )
