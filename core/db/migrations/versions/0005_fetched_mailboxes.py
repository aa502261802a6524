"""Keep how far each mailbox has been fetched.

Revision: 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

from core.db.types import Identifier, UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fetched_mailboxes",
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("uid_validity", Identifier, nullable=True),
        sa.Column("last_uid", Identifier, nullable=False),
        sa.Column("new_from", Identifier, nullable=False),
        sa.Column("backlog_since", UtcDateTime(), nullable=True),
        sa.Column("lease_owner", sa.String(length=64), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("succeeded_at", UtcDateTime(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_fetched_mailboxes")),
    )


def downgrade() -> None:
    op.drop_table("fetched_mailboxes")
