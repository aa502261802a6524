"""Remember when the author of a ticket or reply last edited it.

Revision: 0010, after 0009.
"""

import sqlalchemy as sa
from alembic import op

from core.db.types import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = ("tickets", "replies")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("edited_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_column(table, "edited_at")
