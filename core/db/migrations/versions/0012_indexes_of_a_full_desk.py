"""Find fingerprints and moderators in a desk with many rows of one organization.

Without the organization in the index, SQLite prefers one that has it, however many rows that leaves.
Revision: 0012, after 0011.
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_intake_fingerprint", "intake")
    op.create_index("ix_intake_fingerprint", "intake", ["organization_id", "fingerprint"], unique=False)
    op.create_index("ix_users_role", "users", ["organization_id", "role"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_users_role", "users")
    op.drop_index("ix_intake_fingerprint", "intake")
    op.create_index("ix_intake_fingerprint", "intake", ["fingerprint"], unique=False)
