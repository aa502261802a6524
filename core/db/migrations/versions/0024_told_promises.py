"""Remember whom was told of which promise, so that everybody is told once.

Revision: 0024, after 0023.
"""

import sqlalchemy as sa
from alembic import op

from core.db.types import Identifier, UtcDateTime

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "told_promises",
        sa.Column("id", Identifier, autoincrement=True, nullable=False),
        sa.Column("organization_id", Identifier, nullable=False),
        sa.Column("ticket_id", Identifier, nullable=False),
        sa.Column(
            "promise", sa.Enum("first_response", "resolution", name="promise", native_enum=False, length=32), nullable=False
        ),
        sa.Column(
            "standing",
            sa.Enum("on_time", "soon", "overdue", name="standing", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("told_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_told_promises_organization_id")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_told_promises_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_told_promises")),
        sa.UniqueConstraint("ticket_id", "promise", "standing", name=op.f("uq_told_promises_ticket_id_promise_standing")),
    )
    op.create_index("ix_told_promises_told_at", "told_promises", ["organization_id", "told_at"])


def downgrade() -> None:
    op.drop_index("ix_told_promises_told_at", "told_promises")
    op.drop_table("told_promises")
