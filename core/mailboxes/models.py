"""Mailboxes that are fetched from: how far, by whom, and how it went."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.types import Base


class FetchedMailbox(Base):
    """One folder of one account, named without its password. The lease says which process reads it."""

    __tablename__ = "fetched_mailboxes"
    __audited__: ClassVar[str] = ""

    name: Mapped[str] = mapped_column(String(500), primary_key=True)
    uid_validity: Mapped[int | None]
    last_uid: Mapped[int] = mapped_column(default=0)
    new_from: Mapped[int] = mapped_column(default=1)
    backlog_since: Mapped[datetime | None]
    lease_owner: Mapped[str] = mapped_column(String(64), default="")
    lease_until: Mapped[datetime | None]
    since: Mapped[datetime]
    succeeded_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(Text, default="")
