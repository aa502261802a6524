"""Who acts, and what each role may do."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    USER = "user"
    MODERATOR = "moderator"
    ADMIN = "admin"


class Permission(StrEnum):
    """What can be allowed; `allowed` is the one place that says to whom."""

    SUBMIT_TICKET = "submit_ticket"
    SEE_ALL_TICKETS = "see_all_tickets"
    WORK_TICKETS = "work_tickets"
    SEE_AUDIT = "see_audit"
    MANAGE_PEOPLE = "manage_people"
    MANAGE_JOBS = "manage_jobs"
    MANAGE_QUARANTINE = "manage_quarantine"


_ALLOWED: dict[Role, frozenset[Permission]] = {
    Role.USER: frozenset({Permission.SUBMIT_TICKET}),
    Role.MODERATOR: frozenset({Permission.SUBMIT_TICKET, Permission.SEE_ALL_TICKETS, Permission.WORK_TICKETS}),
    Role.ADMIN: frozenset(Permission),
}


class IdentityKind(StrEnum):
    EMAIL = "email"  # external_id: the address, lower case
    SLACK = "slack"  # external_id: TEAM:USER


@dataclass(frozen=True, kw_only=True, slots=True)
class Actor:
    """Who is behind a unit of work, as the audit log will name them. `user_id` is None for the desk itself.

    `address_unproven`: they registered a mail address that nobody has confirmed to be theirs, so that what came from
    that address by mail may be somebody else's.
    """

    organization_id: int
    user_id: int | None = None
    role: Role = Role.USER
    name: str = "TickMate"
    channel: str = "system"
    address: str = ""
    user_agent: str = ""
    address_unproven: bool = False

    @property
    def is_system(self) -> bool:
        return self.user_id is None and self.channel == "system"

    def may(self, permission: Permission) -> bool:
        return self.is_system or permission in _ALLOWED[self.role]


def system_actor(organization_id: int) -> Actor:
    """The desk acting by itself: jobs, schedules, first set-up."""
    return Actor(organization_id=organization_id, role=Role.ADMIN)


class Standing(StrEnum):
    """How somebody belongs to the workspace they write in."""

    MEMBER = "member"
    GUEST = "guest"  # invited into some channels only
    OUTSIDE = "outside"  # of another organization, by a shared channel


STANDING_LABELS = {Standing.GUEST: "guest", Standing.OUTSIDE: "from outside, Slack Connect"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Sender:
    """Somebody as a door knows them, before the desk has looked them up."""

    kind: IdentityKind
    external_id: str
    name: str = ""
    verified: bool = False
    email: str = ""  # a Slack profile's confirmed address joins the person to their mail identity
    standing: Standing | None = None  # None where the door does not know
    time_zone: str = ""  # `Europe/Berlin`, where a directory tells it
