"""Refuse changes of the audit log.

Revision: 0002, after 0001. Erasing personal fields (the salt emptied with them) is the one UPDATE let through.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

REFUSAL = "the audit log is append-only"
LASTING = (
    "id",
    "organization_id",
    "user_id",
    "channel",
    "action",
    "entity_type",
    "entity_id",
    "created_at",
    "commitment",
    "hmac",
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in ("audit_log", "audit_seals"):
            op.execute(
                f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )
        # INSERT OR REPLACE removes a row without a word to the triggers on DELETE.
        op.execute(
            "CREATE TRIGGER audit_log_no_replace BEFORE INSERT ON audit_log "
            "WHEN EXISTS (SELECT 1 FROM audit_log WHERE id = NEW.id) "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )
        op.execute(
            "CREATE TRIGGER audit_seals_no_replace BEFORE INSERT ON audit_seals "
            "WHEN EXISTS (SELECT 1 FROM audit_seals WHERE position = NEW.position OR audit_id = NEW.audit_id) "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )
        changed = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in LASTING)
        op.execute(
            f"CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log WHEN NEW.salt <> '' OR {changed} "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )
        op.execute(
            "CREATE TRIGGER audit_seals_no_update BEFORE UPDATE ON audit_seals "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    changed = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in LASTING)
    for table, condition in (("audit_log", f"WHEN (NEW.salt <> '' OR {changed})"), ("audit_seals", "")):
        op.execute(
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW {condition} "
            "EXECUTE FUNCTION refuse_audit_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW "
            "EXECUTE FUNCTION refuse_audit_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT "
            "EXECUTE FUNCTION refuse_audit_change()"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in ("audit_log", "audit_seals"):
            for change in ("delete", "replace", "update"):
                op.execute(f"DROP TRIGGER {table}_no_{change}")
        return
    for table in ("audit_log", "audit_seals"):
        for change in ("update", "delete", "truncate"):
            op.execute(f"DROP TRIGGER {table}_no_{change} ON {table}")
    op.execute("DROP FUNCTION refuse_audit_change()")
