"""Of one sender only what is not judged yet is looked for, in an index without all that is kept.

The index that goes had the sender's digest and the state of every message, and each move changed a
page of it somewhere else.  Nodes of the version before find the same messages by their state.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

UNJUDGED = "state IN ('received', 'set-aside')"


def upgrade() -> None:
    # First what takes the stronger lock: who waits for it holds none that others need.
    op.drop_index("messages_sender", "messages")
    op.create_index(
        "messages_unjudged",
        "messages",
        ["sender_digest", "received_at"],
        sqlite_where=sa.text(UNJUDGED),
        postgresql_where=sa.text(UNJUDGED),
    )
