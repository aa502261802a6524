"""Organizations, people and the ways they are known."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db.types import Base, Json, enum_column, primary_key
from core.people.values import STANDING_LABELS, IdentityKind, Role, Standing
from core.tickets.values import Person


class Organization(Base):
    """Every row belongs to one. `next_ticket_number` is taken in the ticket's own transaction."""

    __tablename__ = "organizations"
    __audited__: ClassVar[str] = "organization"

    id: Mapped[int] = primary_key()
    name: Mapped[str] = mapped_column(String(200), unique=True)
    next_ticket_number: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]


class MailRoute(Base):
    """An address (`a@b`) or a whole domain (`@b`) whose mail belongs to an organization."""

    __tablename__ = "mail_routes"
    __audited__: ClassVar[str] = "mail_route"

    id: Mapped[int] = primary_key()
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), index=True)
    pattern: Mapped[str] = mapped_column(String(320), unique=True)


class SlackWorkspace(Base):
    """A Slack workspace whose people belong to an organization."""

    __tablename__ = "slack_workspaces"
    __audited__: ClassVar[str] = "slack_workspace"

    id: Mapped[int] = primary_key()
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"), index=True)
    team_id: Mapped[str] = mapped_column(String(64), unique=True)


class User(Base):
    """Somebody who files, works or oversees tickets. `password_hash` is None where they only use links or Slack."""

    __tablename__ = "users"
    __audited__: ClassVar[str] = "user"
    __table_args__ = (
        UniqueConstraint("organization_id", "username"),
        UniqueConstraint("organization_id", "email"),
        Index("ix_users_role", "organization_id", "role"),
        Index("ix_users_email", "email"),
        Index("ix_users_username", "username"),
    )

    id: Mapped[int] = primary_key()
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    username: Mapped[str] = mapped_column(String(100))
    email: Mapped[str | None] = mapped_column(String(320))
    password_hash: Mapped[str | None] = mapped_column(String(300))
    full_name: Mapped[str] = mapped_column(String(200), default="")
    role: Mapped[Role] = mapped_column(enum_column(Role), default=Role.USER)
    skills: Mapped[list[str]] = mapped_column(Json, default=list)
    is_active: Mapped[bool] = mapped_column(default=True)
    email_verified: Mapped[bool] = mapped_column(default=False)
    time_zone: Mapped[str] = mapped_column(String(64), default="")
    standing: Mapped[Standing] = mapped_column(enum_column(Standing), default=Standing.MEMBER)
    mail_undeliverable_at: Mapped[datetime | None]
    last_signed_in_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    @property
    def display_name(self) -> str:
        return self.full_name or self.username

    @property
    def role_may_work(self) -> bool:
        """Whether their role lets them work tickets."""
        return self.role is not Role.USER

    def as_person(self) -> Person:
        remark = STANDING_LABELS.get(self.standing, "")
        return Person(id=self.id, name=self.display_name, email=self.email, role=self.role.value, remark=remark)


class Identity(Base):
    """One way a person is known: a mail address or a Slack user. Addresses are lower case."""

    __tablename__ = "identities"
    __audited__: ClassVar[str] = "identity"
    __table_args__ = (
        UniqueConstraint("organization_id", "kind", "external_id"),
        Index("ix_identities_user_id", "user_id"),
    )

    id: Mapped[int] = primary_key()
    organization_id: Mapped[int] = mapped_column(ForeignKey("organizations.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[IdentityKind] = mapped_column(enum_column(IdentityKind))
    external_id: Mapped[str] = mapped_column(String(320))
    verified: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class Session(Base):
    """A signed-in browser or API client; revoking the row ends it although its token has not expired."""

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(String(100), default="")
    user_agent: Mapped[str] = mapped_column(Text, default="")


class MagicLink(Base):
    """A one-time secret by mail. Only the hash of the token is kept; `purpose` says what it opens."""

    __tablename__ = "magic_links"

    id: Mapped[int] = primary_key()
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(32), default="sign_in")
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    nonce: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
