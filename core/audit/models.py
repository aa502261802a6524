"""Who did what. Rows are append-only: a trigger of the migrations refuses UPDATE and DELETE."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.types import Base, Identifier, Json, primary_key


class AuditRecord(Base):
    """One change: the fields that differ, before and after.

    `commitment` is a salted hash over the personal part of the row and `hmac` covers the commitment, so that erasing
    the personal part (and the salt) leaves the row and the chain above it verifiable.
    """

    __tablename__ = "audit_log"
    __table_args__ = (
        Index("ix_audit_log_entity", "organization_id", "entity_type", "entity_id"),
        Index("ix_audit_log_user_id", "organization_id", "user_id", "id"),
        Index("ix_audit_log_action", "organization_id", "action", "id"),
        Index("ix_audit_log_created_at", "organization_id", "created_at"),
    )

    id: Mapped[int] = primary_key()
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    actor_name: Mapped[str] = mapped_column(String(200))
    channel: Mapped[str] = mapped_column(String(16))
    action: Mapped[str] = mapped_column(String(64))
    entity_type: Mapped[str] = mapped_column(String(32))
    entity_id: Mapped[str] = mapped_column(String(64))
    before: Mapped[dict[str, Any]] = mapped_column(Json)
    after: Mapped[dict[str, Any]] = mapped_column(Json)
    address: Mapped[str] = mapped_column(String(100))
    user_agent: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    salt: Mapped[str] = mapped_column(String(32))
    commitment: Mapped[str] = mapped_column(String(64))
    hmac: Mapped[str] = mapped_column(String(64))


class AuditSeal(Base):
    """One link of the chain: the row it covers and a hash over that row's HMAC and the link before."""

    __tablename__ = "audit_seals"

    position: Mapped[int] = mapped_column(Identifier, primary_key=True, autoincrement=False)
    audit_id: Mapped[int] = mapped_column(ForeignKey("audit_log.id"), unique=True)
    chain_hash: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime]
