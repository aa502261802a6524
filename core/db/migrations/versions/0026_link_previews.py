"""Remember the previews below messages in Slack, so that they can be taken back.

Revision: 0026, after 0025.
"""

import sqlalchemy as sa
from alembic import op

from core.db.types import Identifier, UtcDateTime

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "link_previews",
        sa.Column("id", Identifier, autoincrement=True, nullable=False),
        sa.Column("organization_id", Identifier, nullable=False),
        sa.Column("ticket_id", Identifier, nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("ts", sa.String(length=32), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("is_with_app", sa.Boolean(), nullable=False),
        sa.Column("shown", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("hidden_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_link_previews_organization_id")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_link_previews_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_previews")),
        sa.UniqueConstraint("organization_id", "channel", "ts", "address", name=op.f("uq_link_previews_organization_id")),
    )
    op.create_index("ix_link_previews_ticket_id", "link_previews", ["ticket_id"])
    op.create_index("ix_link_previews_hidden_at", "link_previews", ["hidden_at"])


def downgrade() -> None:
    op.drop_index("ix_link_previews_hidden_at", "link_previews")
    op.drop_index("ix_link_previews_ticket_id", "link_previews")
    op.drop_table("link_previews")
