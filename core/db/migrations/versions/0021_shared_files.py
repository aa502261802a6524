"""Keep which files of Slack's are awaited, kept or refused, and what a virus scanner said of attachments.

Revision: 0021, after 0020.
"""

import sqlalchemy as sa
from alembic import op

from core.db.types import Identifier, Json, UtcDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shared_files",
        sa.Column("id", Identifier, autoincrement=True, nullable=False),
        sa.Column("organization_id", Identifier, nullable=False),
        sa.Column("ticket_id", Identifier, nullable=False),
        sa.Column("reply_id", Identifier, nullable=True),
        sa.Column("workspace_id", sa.String(length=64), nullable=False),
        sa.Column("file_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("content_type", sa.String(length=200), nullable=False),
        sa.Column("size", Identifier, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("conversation", sa.String(length=64), nullable=False),
        sa.Column("thread_key", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_shared_files_organization_id")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_shared_files_ticket_id")),
        sa.ForeignKeyConstraint(["reply_id"], ["replies.id"], name=op.f("fk_shared_files_reply_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shared_files")),
        sa.UniqueConstraint(
            "ticket_id", "reply_id", "file_id", name=op.f("uq_shared_files_ticket_id_reply_id_file_id")
        ),
    )
    op.create_index("ix_shared_files_reply_id", "shared_files", ["reply_id"])
    with op.batch_alter_table("attachments") as batch_op:
        batch_op.add_column(sa.Column("scan", sa.String(length=32), nullable=False, server_default="none"))
        batch_op.add_column(sa.Column("found", sa.String(length=200), nullable=False, server_default=""))
    with op.batch_alter_table("gathered_messages") as batch_op:
        batch_op.add_column(sa.Column("files", Json, nullable=False, server_default="[]"))


def downgrade() -> None:
    with op.batch_alter_table("gathered_messages") as batch_op:
        batch_op.drop_column("files")
    with op.batch_alter_table("attachments") as batch_op:
        batch_op.drop_column("found")
        batch_op.drop_column("scan")
    op.drop_table("shared_files")
