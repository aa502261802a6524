"""Remember until when a ticket is put aside, when it was first answered, and how its clocks run.

Tickets from before have lost how long they waited on their requester: their clocks run from their filing.
Revision: 0014, after 0013.
"""

import sqlalchemy as sa
from alembic import op

from core.db.types import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_ANSWERED = """
UPDATE tickets SET answered_at = COALESCE(
    (SELECT MIN(replies.created_at) FROM replies JOIN users ON users.id = replies.author_id
     WHERE replies.ticket_id = tickets.id AND replies.visibility = 'public'
       AND users.role <> 'user' AND users.id <> tickets.created_by_id),
    resolved_at)
"""


def upgrade() -> None:
    for name in ("snoozed_until", "answered_at", "clock_paused_at"):
        op.add_column("tickets", sa.Column(name, UtcDateTime(), nullable=True))
    # SQLite takes a column that may not be empty only with a constant; on PostgreSQL it is removed again
    constant = "2000-01-01 00:00:00"
    op.add_column("tickets", sa.Column("clock_started_at", UtcDateTime(), nullable=False, server_default=constant))
    op.execute("UPDATE tickets SET clock_started_at = created_at")
    op.execute("UPDATE tickets SET clock_paused_at = updated_at WHERE status IN ('waiting', 'completed')")
    op.execute(_ANSWERED)
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("tickets", "clock_started_at", server_default=None)
    op.create_index("ix_tickets_clock", "tickets", ["organization_id", "clock_paused_at", "clock_started_at"])
    op.create_index("ix_tickets_snoozed_until", "tickets", ["snoozed_until"])


def downgrade() -> None:
    op.drop_index("ix_tickets_snoozed_until", "tickets")
    op.drop_index("ix_tickets_clock", "tickets")
    for name in ("clock_started_at", "clock_paused_at", "answered_at", "snoozed_until"):
        op.drop_column("tickets", name)
