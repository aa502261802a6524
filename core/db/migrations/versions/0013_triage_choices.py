"""Keep what people chose where a model had advised.

Revision: 0013, after 0012.
"""

import sqlalchemy as sa
from alembic import op

from core.db.types import Identifier, Json, UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "triage_choices",
        sa.Column("id", Identifier, autoincrement=True, nullable=False),
        sa.Column("organization_id", Identifier, nullable=False),
        sa.Column("ticket_id", Identifier, nullable=False),
        sa.Column("user_id", Identifier, nullable=True),
        sa.Column("field", sa.String(length=32), nullable=False),
        sa.Column("advised", Json, nullable=False),
        sa.Column("chosen", Json, nullable=False),
        sa.Column("model", sa.String(length=100), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("chosen_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_triage_choices_organization_id")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_triage_choices_ticket_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_triage_choices_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_triage_choices")),
        sa.UniqueConstraint("ticket_id", "field", name="uq_triage_choices_ticket_id_field"),
    )
    op.create_index(
        "ix_triage_choices_organization_id", "triage_choices", ["organization_id", "chosen_at"], unique=False
    )


def downgrade() -> None:
    op.drop_table("triage_choices")
