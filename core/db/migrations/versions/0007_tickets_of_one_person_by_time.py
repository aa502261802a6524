"""Count the newest tickets of one person without reading all of theirs.

Revision: 0007, after 0006.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_tickets_created_by_id", "tickets")
    op.create_index("ix_tickets_created_by_id", "tickets", ["created_by_id", "created_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_tickets_created_by_id", "tickets")
    op.create_index("ix_tickets_created_by_id", "tickets", ["created_by_id"], unique=False)
