"""Slack's own directory: the name and confirmed address behind a user id."""

from dataclasses import replace
from typing import Any, NamedTuple

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


class _Profile(NamedTuple):
    name: str = ""
    email: str = ""
    time_zone: str = ""
    standing: Standing | None = None  # how they belong to the workspace


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
        known = await self._profile(sender.external_id)
        return replace(
            sender,
            name=known.name or sender.name,
            email=known.email or sender.email,
            time_zone=known.time_zone or sender.time_zone,
            standing=known.standing or sender.standing,
        )

    async def _profile(self, external_id: str) -> _Profile:
        now = self._clock.monotonic()
        until, profile = self._profiles.get(external_id, (0.0, _Profile()))
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
    email, zone = profile.get("email"), user.get("tz")
    return _Profile(
        name=name,
        email=email if is_member and isinstance(email, str) else "",
        time_zone=zone if isinstance(zone, str) else "",
        standing=_standing(user, workspace_id),
    )


def _standing(user: dict[str, Any], workspace_id: str) -> Standing | None:
    """Whether Slack calls somebody a guest, or a stranger who came by a shared channel."""
    team = user.get("team_id")
    if user.get("is_stranger") or (team and team != workspace_id and not user.get("enterprise_user")):
        return Standing.OUTSIDE
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        return Standing.GUEST
    return Standing.MEMBER if team else None
