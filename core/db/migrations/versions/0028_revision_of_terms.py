"""Tell stored words of one revision from those of another.

Revision: 0028, after 0027.
"""

import sqlalchemy as sa
from alembic import op

from core.db.types import Identifier

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ticket_vectors", sa.Column("terms_revision", Identifier, nullable=False, server_default="1"))


def downgrade() -> None:
    with op.batch_alter_table("ticket_vectors") as batch_op:
        batch_op.drop_column("terms_revision")
