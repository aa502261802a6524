"""Keep a ticket's vectors by more than one model: the next one's are made while the present one's answer.

Revision: 0027, after 0026.
"""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

NAME = "pk_ticket_vectors"


def upgrade() -> None:
    with op.batch_alter_table("ticket_vectors") as table:
        table.drop_constraint(NAME, type_="primary")
        table.create_primary_key(NAME, ["ticket_id", "model"])


def downgrade() -> None:
    # The newest row of each ticket stays; the others are made again from its text.
    op.execute(
        "DELETE FROM ticket_vectors WHERE EXISTS (SELECT 1 FROM ticket_vectors AS newer"
        " WHERE newer.ticket_id = ticket_vectors.ticket_id AND newer.revision > ticket_vectors.revision)"
    )
    with op.batch_alter_table("ticket_vectors") as table:
        table.drop_constraint(NAME, type_="primary")
        table.create_primary_key(NAME, ["ticket_id"])
