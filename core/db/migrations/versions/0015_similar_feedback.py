"""Keep which similar tickets were shown, and what people said of them.

Revision: 0015, after 0014.
"""

import sqlalchemy as sa
from alembic import op

from core.db.types import Identifier, UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_showings()
    _create_shown_tickets()
    _create_verdicts()


def _create_showings() -> None:
    op.create_table(
        "similar_showings",
        sa.Column("id", Identifier, autoincrement=True, nullable=False),
        sa.Column("organization_id", Identifier, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("surface", sa.String(length=32), nullable=False),
        sa.Column("asker_id", Identifier, nullable=True),
        sa.Column("ticket_id", Identifier, nullable=True),
        sa.Column("question_hash", sa.String(length=64), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("term_indices", sa.LargeBinary(), nullable=False),
        sa.Column("shown_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_similar_showings_organization_id")
        ),
        sa.ForeignKeyConstraint(["asker_id"], ["users.id"], name=op.f("fk_similar_showings_asker_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_similar_showings_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_similar_showings")),
        sa.UniqueConstraint("organization_id", "key", name=op.f("uq_similar_showings_organization_id_key")),
    )
    op.create_index(op.f("ix_similar_showings_ticket_id"), "similar_showings", ["ticket_id"], unique=False)
    op.create_index("ix_similar_showings_shown_at", "similar_showings", ["organization_id", "shown_at"], unique=False)


def _create_shown_tickets() -> None:
    op.create_table(
        "shown_tickets",
        sa.Column("id", Identifier, autoincrement=True, nullable=False),
        sa.Column("showing_id", Identifier, nullable=False),
        sa.Column("similar_ticket_id", Identifier, nullable=False),
        sa.Column("rank", Identifier, nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("raw_score", sa.Double(), nullable=False),
        sa.Column("closeness", sa.Double(), nullable=True),
        sa.Column("match", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["showing_id"], ["similar_showings.id"], name=op.f("fk_shown_tickets_showing_id")),
        sa.ForeignKeyConstraint(["similar_ticket_id"], ["tickets.id"], name=op.f("fk_shown_tickets_similar_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shown_tickets")),
        sa.UniqueConstraint(
            "showing_id", "similar_ticket_id", name=op.f("uq_shown_tickets_showing_id_similar_ticket_id")
        ),
    )
    op.create_index(op.f("ix_shown_tickets_similar_ticket_id"), "shown_tickets", ["similar_ticket_id"], unique=False)


def _create_verdicts() -> None:
    op.create_table(
        "similar_verdicts",
        sa.Column("id", Identifier, autoincrement=True, nullable=False),
        sa.Column("shown_id", Identifier, nullable=False),
        sa.Column("user_id", Identifier, nullable=False),
        sa.Column("verdict", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["shown_id"], ["shown_tickets.id"], name=op.f("fk_similar_verdicts_shown_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_similar_verdicts_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_similar_verdicts")),
        sa.UniqueConstraint("shown_id", "user_id", name=op.f("uq_similar_verdicts_shown_id_user_id")),
    )


def downgrade() -> None:
    op.drop_table("similar_verdicts")
    op.drop_table("shown_tickets")
    op.drop_table("similar_showings")
