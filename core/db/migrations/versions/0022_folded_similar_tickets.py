"""Keep which tickets tell of the same as a similar one.

Revision: 0022, after 0021.
"""

import sqlalchemy as sa
from alembic import op

from core.db.types import Json

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("similar_tickets") as batch:
        batch.add_column(sa.Column("like_it", Json, nullable=False, server_default="[]"))
    with op.batch_alter_table("similar_tickets") as batch:
        batch.alter_column("like_it", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("similar_tickets") as batch:
        batch.drop_column("like_it")
