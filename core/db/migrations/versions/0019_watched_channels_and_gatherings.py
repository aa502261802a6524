"""Know which Slack channels are watched, and hold messages together that are one ticket, or are not one yet.

Revision: 0019, after 0018.
"""

import sqlalchemy as sa
from alembic import op

from core.db.types import Identifier, UtcDateTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "watched_channels",
        sa.Column("id", Identifier, autoincrement=True, nullable=False),
        sa.Column("organization_id", Identifier, nullable=False),
        sa.Column("channel_id", sa.String(length=64), nullable=False),
        sa.Column("mode", sa.String(length=32), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_watched_channels_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watched_channels")),
        sa.UniqueConstraint("organization_id", "channel_id", name=op.f("uq_watched_channels_organization_id_channel_id")),
    )
    _create_gatherings()
    _create_gathered_messages()


def _create_gatherings() -> None:
    op.create_table(
        "gatherings",
        sa.Column("id", Identifier, autoincrement=True, nullable=False),
        sa.Column("organization_id", Identifier, nullable=False),
        sa.Column("user_id", Identifier, nullable=False),
        sa.Column("conversation", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("ticket_id", Identifier, nullable=True),
        sa.Column("category", sa.String(length=32), nullable=True),
        sa.Column("asked", Identifier, nullable=False),
        sa.Column("first_said_at", UtcDateTime(), nullable=False),
        sa.Column("last_said_at", UtcDateTime(), nullable=False),
        sa.Column("touched_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_gatherings_organization_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_gatherings_user_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_gatherings_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gatherings")),
    )
    op.create_index("ix_gatherings_person", "gatherings", ["user_id", "conversation"])
    op.create_index("ix_gatherings_ticket_id", "gatherings", ["ticket_id"])


def _create_gathered_messages() -> None:
    op.create_table(
        "gathered_messages",
        sa.Column("id", Identifier, autoincrement=True, nullable=False),
        sa.Column("organization_id", Identifier, nullable=False),
        sa.Column("gathering_id", Identifier, nullable=False),
        sa.Column("place", sa.String(length=255), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("said_at", UtcDateTime(), nullable=False),
        sa.Column("edited_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_gathered_messages_organization_id")
        ),
        sa.ForeignKeyConstraint(["gathering_id"], ["gatherings.id"], name=op.f("fk_gathered_messages_gathering_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gathered_messages")),
    )
    op.create_index("ix_gathered_messages_gathering_id", "gathered_messages", ["gathering_id"])
    op.create_index("ix_gathered_messages_place", "gathered_messages", ["organization_id", "place"])
    op.create_index("ix_gathered_messages_fingerprint", "gathered_messages", ["fingerprint"])


def downgrade() -> None:
    op.drop_table("gathered_messages")
    op.drop_table("gatherings")
    op.drop_table("watched_channels")
