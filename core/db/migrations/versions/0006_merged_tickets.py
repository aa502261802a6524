"""Remember what a ticket was merged into.

Revision: 0006, after 0005. Plain SQL, because SQLite adds a column with its foreign key only in this form, unless the
whole table is copied and dropped, which the rows that refer to it forbid.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    integer = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(
        f"ALTER TABLE tickets ADD COLUMN merged_into_id {integer}"
        " CONSTRAINT fk_tickets_merged_into_id REFERENCES tickets (id)"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE tickets DROP COLUMN merged_into_id")
