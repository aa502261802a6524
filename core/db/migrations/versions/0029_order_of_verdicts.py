"""Order verdicts on similar tickets by a revision instead of a clock.

Revision: 0029, after 0028.
"""

import sqlalchemy as sa
from alembic import op

from core.db.types import Identifier

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("similar_verdicts") as batch:
        batch.add_column(sa.Column("revision", Identifier, nullable=False, server_default="0"))
        batch.create_index("ix_similar_verdicts_revision", ["organization_id", "revision"], unique=False)
    # What was said so far comes before the first revision that is given out, in the order in which it was said.
    op.execute(
        "CREATE TEMPORARY TABLE said AS SELECT id, 1 - row_number() OVER (PARTITION BY organization_id"
        " ORDER BY given_at DESC, id DESC) AS place FROM similar_verdicts"
    )
    op.execute("CREATE INDEX said_id ON said (id)")
    op.execute("UPDATE similar_verdicts SET revision = (SELECT place FROM said WHERE said.id = similar_verdicts.id)")
    op.execute("DROP TABLE said")


def downgrade() -> None:
    with op.batch_alter_table("similar_verdicts") as batch:
        batch.drop_index("ix_similar_verdicts_revision")
        batch.drop_column("revision")
