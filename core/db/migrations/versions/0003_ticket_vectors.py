"""Keep the vectors by which tickets are found.

Revision: 0003, after 0002. The one row of search_progress is made when the first vectors are written.
"""

import sqlalchemy as sa
from alembic import op

from core.db.types import Identifier, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ticket_vectors",
        sa.Column("ticket_id", Identifier, autoincrement=False, nullable=False),
        sa.Column("organization_id", Identifier, nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("title", sa.LargeBinary(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("term_indices", sa.LargeBinary(), nullable=False),
        sa.Column("term_weights", sa.LargeBinary(), nullable=False),
        sa.Column("is_removed", sa.Boolean(), nullable=False),
        sa.Column("revision", Identifier, nullable=False),
        sa.Column("ticket_created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_ticket_vectors_organization_id")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_vectors_ticket_id")),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_ticket_vectors")),
    )
    with op.batch_alter_table("ticket_vectors", schema=None) as batch_op:
        batch_op.create_index("ix_ticket_vectors_revision", ["revision"], unique=False)

    op.create_table(
        "search_progress",
        sa.Column("id", Identifier, autoincrement=False, nullable=False),
        sa.Column("revision", Identifier, nullable=False),
        sa.Column("rebuilds", Identifier, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_progress")),
    )


def downgrade() -> None:
    op.drop_table("search_progress")
    with op.batch_alter_table("ticket_vectors", schema=None) as batch_op:
        batch_op.drop_index("ix_ticket_vectors_revision")
    op.drop_table("ticket_vectors")
