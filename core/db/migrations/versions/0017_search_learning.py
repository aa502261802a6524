"""Learn from feedback which similar tickets to show.

Revision: 0017, after 0016.
"""

import sqlalchemy as sa
from alembic import op

from core.db.types import Identifier, UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search_learning",
        sa.Column("organization_id", Identifier, autoincrement=False, nullable=False),
        sa.Column("verdicts_revision", Identifier, nullable=False),
        sa.Column("is_lexical", sa.Boolean(), nullable=False),
        sa.Column("scale", sa.Double(), nullable=False),
        sa.Column("lift", sa.Double(), nullable=False),
        sa.Column("shift", sa.Double(), nullable=False),
        sa.Column("least_chance", sa.Double(), nullable=False),
        sa.Column("verdicts", Identifier, nullable=False),
        sa.Column("learned_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_search_learning_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_search_learning")),
    )
    op.add_column("shown_tickets", sa.Column("lift", sa.Double(), nullable=False, server_default="0"))
    if op.get_bind().dialect.name != "sqlite":  # which would make the table anew, and may not: verdicts point to it
        op.alter_column("shown_tickets", "lift", server_default=None)
    with op.batch_alter_table("similar_verdicts") as batch:
        batch.add_column(sa.Column("organization_id", Identifier, nullable=True))
    op.execute(
        "UPDATE similar_verdicts SET organization_id = (SELECT organization_id FROM shown_tickets JOIN similar_showings "
        "ON similar_showings.id = shown_tickets.showing_id WHERE shown_tickets.id = similar_verdicts.shown_id)"
    )
    with op.batch_alter_table("similar_verdicts") as batch:
        batch.alter_column("organization_id", nullable=False, existing_type=Identifier)
        batch.create_foreign_key(
            op.f("fk_similar_verdicts_organization_id"), "organizations", ["organization_id"], ["id"]
        )
        batch.create_index("ix_similar_verdicts_given_at", ["organization_id", "given_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("similar_verdicts") as batch:
        batch.drop_index("ix_similar_verdicts_given_at")
        batch.drop_constraint(op.f("fk_similar_verdicts_organization_id"), type_="foreignkey")
        batch.drop_column("organization_id")
    op.drop_column("shown_tickets", "lift")
    op.drop_table("search_learning")
