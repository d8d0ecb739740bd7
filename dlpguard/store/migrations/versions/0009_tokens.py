"""The API: tokens; and browsers in which somebody has signed in before."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False, comment="keyed, of the token"),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("scopes", sa.String(length=400), nullable=False, comment="names of rights"),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("used_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
        comment="by which people's programs ask the API",
    )
    op.create_index("tokens_account", "tokens", ["account_id", "name"], unique=True)
    op.create_table(
        "devices",
        sa.Column(
            "digest", sa.LargeBinary(), nullable=False, comment="keyed, of account and token"
        ),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("known_at", sa.Double(), nullable=False, comment="the last sign-in"),
        sa.Column(
            "failures", sa.Integer(), nullable=False, comment="wrong passwords or codes since"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
        ),
        sa.PrimaryKeyConstraint("digest"),
        comment="browsers in which somebody has signed in: a lock of the account is not for them",
    )
    op.create_index("devices_account", "devices", ["account_id"], unique=False)
