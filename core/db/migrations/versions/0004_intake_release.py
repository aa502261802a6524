"""Remember which kept back messages an admin let in after all.

Revision: 0004, after 0003. Plain SQL, because SQLite adds a column with its foreign key only in this form, unless the
whole table is copied.
"""

import sqlalchemy as sa
from alembic import op

from core.db.types import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    integer = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.add_column("intake", sa.Column("released_at", UtcDateTime(), nullable=True))
    op.execute(
        f"ALTER TABLE intake ADD COLUMN released_by_id {integer}"
        " CONSTRAINT fk_intake_released_by_id REFERENCES users (id)"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE intake DROP COLUMN released_by_id")
    op.drop_column("intake", "released_at")
