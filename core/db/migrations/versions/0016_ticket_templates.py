"""Keep the templates of new tickets that an organization has set for itself.

Revision: 0016, after 0015.
"""

import sqlalchemy as sa
from alembic import op

from core.db.types import Identifier, Json, UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ticket_templates",
        sa.Column("organization_id", Identifier, autoincrement=False, nullable=False),
        sa.Column("templates", Json, nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_ticket_templates_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_ticket_templates")),
    )


def downgrade() -> None:
    op.drop_table("ticket_templates")
