"""The workspaces that have the app installed, and installations under way."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.types import Base, Json, enum_column, primary_key
from core.installations.values import Loss


class Installation(Base):
    """One workspace's grant. Tokens are sealed (`core.installations.sealing`); `generation` tells old ones from new.

    `renewing_until`: somebody is renewing the token just now. `renewal_error`: the last try was refused; the token is
    good until `expires_at`. `triage_channel`: where the moderators of this workspace see their cards.
    """

    __tablename__ = "installations"
    __audited__: ClassVar[str] = "installation"
    __table_args__ = (Index("ix_installations_expires_at", "expires_at"),)

    id: Mapped[int] = primary_key()
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), index=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("slack_workspaces.id"), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    enterprise_id: Mapped[str] = mapped_column(String(64), default="")
    is_enterprise: Mapped[bool] = mapped_column(default=False)
    app_id: Mapped[str] = mapped_column(String(64), default="")
    bot_user_id: Mapped[str] = mapped_column(String(64), default="")
    installed_by: Mapped[str] = mapped_column(String(64), default="")
    scopes: Mapped[list[str]] = mapped_column(Json, default=list)
    token: Mapped[str] = mapped_column(Text)
    renewal: Mapped[str] = mapped_column(Text, default="")
    expires_at: Mapped[datetime | None]
    generation: Mapped[int] = mapped_column(default=1)
    renewing_until: Mapped[datetime | None]
    renewal_error: Mapped[str] = mapped_column(Text, default="")
    triage_channel: Mapped[str] = mapped_column(String(64), default="")
    installed_at: Mapped[datetime]
    lost_at: Mapped[datetime | None]
    loss: Mapped[Loss | None] = mapped_column(enum_column(Loss))


class InstallState(Base):
    """An installation that somebody has begun: good once, for a while, in the browser where it began.

    Only hashes are kept. `organization_id` is None where the workspace gets an organization of its own.
    """

    __tablename__ = "install_states"

    state_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    browser_hash: Mapped[str] = mapped_column(String(64))
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organizations.id"))
    begun_by: Mapped[str] = mapped_column(String(200))
    expires_at: Mapped[datetime] = mapped_column(index=True)
