"""What `tickmate doctor` looks at in Slack: the access and scopes of each workspace, and its moderators' channel."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from bot.slack.readers import more_readers_than_members
from bot.slack.web_api import SlackRefusedError, SlackWebApi
from config.settings import Settings
from config.slack import build_slack_outlet
from config.slack_scopes import BOT_SCOPES
from core.desk import Check, Desk
from core.errors import ConfigurationError
from core.installations.models import Installation
from core.installations.queries import home_organization_id, list_installations
from core.people.values import system_actor

_REINSTALL = "Have the app installed again, at /slack/install."


async def slack_checks(desk: Desk, settings: Settings) -> Mapping[str, Check]:
    """One check for the deployment's own token, and one for each workspace that installed the app."""
    checks: dict[str, Check] = {}
    if settings.slack_bot_token is not None:
        checks["slack"] = partial(_own_token, settings)
    async with desk.reading(system_actor(0)) as reading:
        home = await home_organization_id(reading)
        found = await list_installations(reading)
    for installation, organization in found:
        is_home = installation.organization_id == home
        channel = installation.triage_channel or (settings.slack_triage_channel or "" if is_home else "")
        checks[f"slack {installation.name}"] = partial(
            _installation, desk, settings, installation, f"{organization.name}, ", channel
        )
    return checks


async def _own_token(settings: Settings) -> str:
    if settings.slack_bot_token is None:
        return "off: no SLACK_BOT_TOKEN"
    api = SlackWebApi(token=settings.slack_bot_token.get_secret_value(), base_url=settings.slack_api_url)
    try:
        return await _examined(api, settings.slack_triage_channel or "", _OWN)
    finally:
        await api.close()


async def _installation(desk: Desk, settings: Settings, installation: Installation, owner: str, channel: str) -> str:
    outlet = build_slack_outlet(settings, clock=desk.clock, unit_of_work=desk.unit_of_work, reading=desk.reading)
    if outlet is None or outlet.access is None:
        raise ConfigurationError(
            f"{installation.name} installed the app, but there is no SLACK_CLIENT_ID.", mend="Set it again."
        )
    try:
        api = await outlet.apis.of_organization(installation.organization_id)
        enterprise_id = installation.enterprise_id if installation.is_enterprise else ""
        state = await _examined(api, channel, _INSTALLED, enterprise_id=enterprise_id)
    finally:
        await outlet.api.close()
    if installation.renewal_error:
        raise ConfigurationError(f"Its token could not be renewed: {installation.renewal_error}", mend=_REINSTALL)
    return f"{owner}{state}"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Mends:
    scopes: str
    channel: str


_OWN = _Mends(
    scopes="Paste `tickmate slack manifest` and reinstall.",
    channel="Name the moderators' channel by its id in SLACK_TRIAGE_CHANNEL.",
)
_INSTALLED = _Mends(
    scopes=f"Paste `tickmate slack manifest`. {_REINSTALL}",
    channel="Write `/triage here` in a private channel for the moderators.",
)


async def _examined(api: SlackWebApi, channel: str, mends: _Mends, *, enterprise_id: str = "") -> str:
    """`enterprise_id`: the app is installed for all of it, as Slack itself says of the deployment's own token.

    Raises ConfigurationError for what is missing, DeskError where Slack cannot be asked.
    """
    answer, scopes = await api.identity()
    missing = sorted(set(BOT_SCOPES) - scopes) if scopes else []
    if missing:
        raise ConfigurationError(f"The Slack app lacks scopes: {', '.join(missing)}.", mend=mends.scopes)
    if not channel:
        raise ConfigurationError("There is no channel for the moderators.", mend=mends.channel)
    if not enterprise_id and answer.get("is_enterprise_install") is True:
        enterprise_id = str(answer.get("enterprise_id") or "")
    if readers := more_readers_than_members(await _about(api, channel), enterprise_id=enterprise_id):
        kind = "public" if readers.who == "everybody" else "shared"
        raise ConfigurationError(
            f"The moderators' channel {channel} is {kind}: {readers.who} there can read private tickets.",
            mend=f"{readers.mend} {mends.channel}",
        )
    return f"{answer.get('team', '?')} as {answer.get('user', '?')}"


async def _about(api: SlackWebApi, channel: str) -> Mapping[str, Any]:
    try:
        answer = await api.call("conversations.info", channel=channel)
    except SlackRefusedError as refused:
        raise ConfigurationError(
            f"The moderators' channel {channel} cannot be read ({refused.code}).", mend="Invite the app there."
        ) from refused
    return answer.get("channel") or {}
