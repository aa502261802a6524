"""Remember which kept back messages an admin let in after all.

Revision: 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

from core.db.types import Identifier, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("intake", schema=None) as batch_op:
        batch_op.add_column(sa.Column("released_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("released_by_id", Identifier, nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_intake_released_by_id"), "users", ["released_by_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("intake", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_intake_released_by_id"), type_="foreignkey")
        batch_op.drop_column("released_by_id")
        batch_op.drop_column("released_at")
