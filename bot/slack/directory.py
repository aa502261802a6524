"""Slack's own directory: the name and confirmed address behind a user id."""

from dataclasses import replace
from typing import Any

import structlog

from bot.slack import limits
from bot.slack.apis import SlackApis
from core.clock import Clock
from core.errors import DeskError
from core.intake.values import Channel
from core.people.values import Sender, Standing

log = structlog.get_logger(__name__)

KNOWN_FOR_SECONDS = 3600.0
FAILED_FOR_SECONDS = 60.0
_MOST_REMEMBERED = 10_000

_Profile = tuple[str, str, Standing | None]  # name, email, how they belong to the workspace
_UNKNOWN: _Profile = ("", "", None)


class SlackDirectory:
    """Looks people up, never inside a transaction, and remembers them for an hour.

    An address joins a person to their mail identity, so it is believed only of full members of the installed
    workspace: the admin of a connected one could write anybody's address there.
    """

    channel = Channel.SLACK

    def __init__(self, apis: SlackApis, clock: Clock) -> None:
        self._apis = apis
        self._clock = clock
        self._profiles: dict[str, tuple[float, _Profile]] = {}

    async def look_up(self, sender: Sender) -> Sender:
        """The sender with what Slack knows of them; unchanged where Slack does not say."""
        name, email, standing = await self._profile(sender.external_id)
        return replace(
            sender, name=name or sender.name, email=email or sender.email, standing=standing or sender.standing
        )

    async def _profile(self, external_id: str) -> _Profile:
        now = self._clock.monotonic()
        until, profile = self._profiles.get(external_id, (0.0, _UNKNOWN))
        if until > now:
            return profile
        workspace_id, _, user_id = external_id.rpartition(":")
        try:
            api = await self._apis.of_workspace(workspace_id)
            answer = await api.call("users.info", user=user_id, seconds=limits.VIEW_CALL_SECONDS)
        except DeskError as error:
            log.info("slack.directory_silent", reason=str(error))
            until = now + FAILED_FOR_SECONDS
        else:
            profile, until = _read_profile(answer, workspace_id), now + KNOWN_FOR_SECONDS
        if len(self._profiles) >= _MOST_REMEMBERED:
            self._profiles.clear()
        self._profiles[external_id] = (until, profile)
        return profile


def _read_profile(answer: dict[str, Any], workspace_id: str) -> _Profile:
    user = answer.get("user") or {}
    profile = user.get("profile") or {}
    names = (profile.get("real_name"), user.get("real_name"), profile.get("display_name"), user.get("name"))
    name = next((name for name in names if isinstance(name, str) and name.strip()), "")
    is_member = user.get("team_id") == workspace_id and not user.get("is_stranger") and not user.get("is_bot")
    email = profile.get("email")
    return name, email if is_member and isinstance(email, str) else "", _standing(user, workspace_id)


def _standing(user: dict[str, Any], workspace_id: str) -> Standing | None:
    """Whether Slack calls somebody a guest, or a stranger who came by a shared channel."""
    team = user.get("team_id")
    if user.get("is_stranger") or (team and team != workspace_id and not user.get("enterprise_user")):
        return Standing.OUTSIDE
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        return Standing.GUEST
    return Standing.MEMBER if team else None
