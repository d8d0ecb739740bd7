"""The review site: accounts, sessions, lines of the queue, comments, who sees what unmasked."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=254), nullable=False),
        sa.Column("full_name", sa.String(length=120), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("roles", sa.String(length=200), nullable=False),
        sa.Column("groups", sa.String(length=400), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column(
            "failures", sa.Integer(), nullable=False, comment="wrong passwords or codes in a row"
        ),
        sa.Column("locked_until", sa.Double(), nullable=False),
        sa.Column("totp_secret", sa.LargeBinary(), nullable=True, comment="sealed"),
        sa.Column(
            "totp_step", sa.Integer(), nullable=False, comment="of the last code that was used"
        ),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("last_seen_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
        comment="who may sign in to the review site",
    )
    op.create_table(
        "recovery_codes",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
        ),
        sa.PrimaryKeyConstraint("account_id", "digest"),
        comment="for whoever has lost their phone; each works once",
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False, comment="keyed, of the token"),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column(
            "partial", sa.Boolean(), nullable=False, comment="the second factor is still to come"
        ),
        sa.Column("opened_at", sa.Double(), nullable=False),
        sa.Column("used_at", sa.Double(), nullable=False),
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
        comment="who is signed in",
    )
    op.create_index("sessions_account", "sessions", ["account_id"], unique=False)
    op.create_table(
        "reveals",
        sa.Column("message_id", sa.String(length=26), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("revealed_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["messages.id"],
        ),
        sa.PrimaryKeyConstraint("message_id", "account_id"),
        comment="who gave a reason to see a message unmasked, and when",
    )
    op.create_table(
        "comments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(length=26), nullable=False),
        sa.Column("actor", sa.String(length=254), nullable=False),
        sa.Column("said_at", sa.Double(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False, comment="sealed"),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["messages.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        comment="what reviewers tell each other about a message",
    )
    op.create_index("comments_message", "comments", ["message_id"], unique=False)
    op.create_table(
        "lines",
        sa.Column("message_id", sa.String(length=26), nullable=False),
        sa.Column("risk", sa.Integer(), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False, comment="sealed"),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["messages.id"],
        ),
        sa.PrimaryKeyConstraint("message_id"),
        comment="what the queue says of a message that was stopped",
    )
    op.add_column(
        "messages",
        sa.Column(
            "owner", sa.String(length=254), nullable=True, comment="which reviewer looks after it"
        ),
    )
    op.add_column(
        "messages",
        sa.Column(
            "rightly",
            sa.Boolean(),
            nullable=True,
            comment="what a reviewer thought of its being held",
        ),
    )
