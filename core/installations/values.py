"""What a workspace gives this desk when the app is installed there, and how that ends."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class Loss(StrEnum):
    """How a workspace's access ended."""

    UNINSTALLED = "uninstalled"
    REVOKED = "revoked"  # by an admin there, or found out by a call
    EXPIRED = "expired"  # the token could not be renewed in time


@dataclass(frozen=True, kw_only=True, slots=True)
class Tokens:
    """`lifetime` is None for a token that does not expire; then there is no `renewal` either."""

    token: str = field(repr=False)
    renewal: str = field(default="", repr=False)
    lifetime: timedelta | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Granted:
    """One installation as the workspace granted it.

    `workspace_id` names the workspace, or the enterprise where it was installed for all of it (`is_enterprise`).
    `installed_by` is the user id of whoever did.
    """

    workspace_id: str
    workspace_name: str
    tokens: Tokens
    enterprise_id: str = ""
    is_enterprise: bool = False
    app_id: str = ""
    bot_user_id: str = ""
    scopes: tuple[str, ...] = ()
    installed_by: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What an installation was begun for: `organization_id` is None for a workspace that gets an organization."""

    organization_id: int | None
    begun_by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """As whom to speak to a workspace. `generation` grows with each installation and renewal.

    `installation_id` is None where the token is the deployment's own setting.
    """

    token: str = field(repr=False)
    workspace_id: str = ""
    organization_id: int = 0
    installation_id: int | None = None
    generation: int = 0
