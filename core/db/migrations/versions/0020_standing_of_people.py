"""Know who is a guest of a Slack workspace, or comes from another organization.

Revision: 0020, after 0019.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # SQLite takes a column that may not be empty only with a constant; on PostgreSQL it is removed again
    op.add_column("users", sa.Column("standing", sa.String(length=32), nullable=False, server_default="member"))
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("users", "standing", server_default=None)


def downgrade() -> None:
    op.drop_column("users", "standing")
