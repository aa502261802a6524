"""Keep the workspaces that have installed the Slack app, with their tokens.

Revision: 0018, after 0017.
"""

import sqlalchemy as sa
from alembic import op

from core.db.types import Identifier, Json, UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "installations",
        sa.Column("id", Identifier, autoincrement=True, nullable=False),
        sa.Column("organization_id", Identifier, nullable=False),
        sa.Column("workspace_id", Identifier, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("enterprise_id", sa.String(length=64), nullable=False),
        sa.Column("is_enterprise", sa.Boolean(), nullable=False),
        sa.Column("app_id", sa.String(length=64), nullable=False),
        sa.Column("bot_user_id", sa.String(length=64), nullable=False),
        sa.Column("installed_by", sa.String(length=64), nullable=False),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("renewal", sa.Text(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("generation", Identifier, nullable=False),
        sa.Column("renewing_until", UtcDateTime(), nullable=True),
        sa.Column("renewal_error", sa.Text(), nullable=False),
        sa.Column("triage_channel", sa.String(length=64), nullable=False),
        sa.Column("installed_at", UtcDateTime(), nullable=False),
        sa.Column("lost_at", UtcDateTime(), nullable=True),
        sa.Column("loss", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_installations_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["slack_workspaces.id"], name=op.f("fk_installations_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installations")),
        sa.UniqueConstraint("workspace_id", name=op.f("uq_installations_workspace_id")),
    )
    op.create_index("ix_installations_organization_id", "installations", ["organization_id"])
    op.create_index("ix_installations_expires_at", "installations", ["expires_at"])
    op.create_table(
        "install_states",
        sa.Column("state_hash", sa.String(length=64), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("organization_id", Identifier, nullable=True),
        sa.Column("begun_by", sa.String(length=200), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_install_states_organization_id")
        ),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_install_states")),
    )
    op.create_index("ix_install_states_expires_at", "install_states", ["expires_at"])


def downgrade() -> None:
    op.drop_table("install_states")
    op.drop_table("installations")
