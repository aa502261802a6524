"""Find people, deliveries, costs and open tickets without reading whole tables.

Revision: 0008, after 0007.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_users_email", "users", ["email"]),
    ("ix_users_username", "users", ["username"]),
    ("ix_deliveries_status", "deliveries", ["status"]),
    ("ix_deliveries_message_id", "deliveries", ["message_id"]),
    ("ix_deliveries_external_id", "deliveries", ["external_id"]),
    ("ix_ai_usage_created_at", "ai_usage", ["created_at"]),
    ("ix_tickets_newest", "tickets", ["organization_id", "status", "id"]),
)


def upgrade() -> None:
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns, unique=False)


def downgrade() -> None:
    for name, table, _ in reversed(INDEXES):
        op.drop_index(name, table)
