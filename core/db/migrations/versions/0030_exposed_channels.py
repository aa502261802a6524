"""Remember which moderators' channels others read in, so that nothing more goes there.

Revision: 0030, after 0029.
"""

import sqlalchemy as sa
from alembic import op

from core.db.types import Identifier, UtcDateTime

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "exposed_channels",
        sa.Column("id", Identifier, autoincrement=True, nullable=False),
        sa.Column("organization_id", Identifier, nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("readers", sa.String(length=200), nullable=False),
        sa.Column("times", Identifier, nullable=False),
        sa.Column("noticed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_exposed_channels_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exposed_channels")),
        sa.UniqueConstraint("organization_id", "channel", name=op.f("uq_exposed_channels_organization_id_channel")),
    )


def downgrade() -> None:
    op.drop_table("exposed_channels")
