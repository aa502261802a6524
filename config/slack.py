"""Joining what speaks to Slack and reads its messages; who listens is `build_slack` in `config.doors`."""

from dataclasses import dataclass

from bot.slack.delivery import SlackCourier
from bot.slack.directory import SlackDirectory
from bot.slack.interpreter import SlackInterpreter
from bot.slack.messages import SlackMessages
from bot.slack.reactions import read_reactions
from bot.slack.screening import SlackScreening
from bot.slack.web_api import SlackWebApi
from config.settings import Settings
from core.clock import Clock


@dataclass(frozen=True, kw_only=True, slots=True)
class SlackOutlet:
    """Slack's Web API, and what the desk uses it for."""

    api: SlackWebApi
    interpreter: SlackInterpreter
    courier: SlackCourier
    directory: SlackDirectory
    messages: SlackMessages


def slack_screening(settings: Settings) -> SlackScreening:
    """Which messages and reactions are for this deployment."""
    return SlackScreening(settings.slack_triage_channel or "", read_reactions(settings.slack_reactions))


def build_slack_outlet(settings: Settings, *, clock: Clock) -> SlackOutlet | None:
    """None without a bot token."""
    if settings.slack_bot_token is None:
        return None
    api = SlackWebApi(token=settings.slack_bot_token.get_secret_value(), base_url=settings.slack_api_url)
    return SlackOutlet(
        api=api,
        interpreter=SlackInterpreter(slack_screening(settings)),
        courier=SlackCourier(api, ticket_url=lambda number: f"{settings.app_url}/tickets/{number}"),
        directory=SlackDirectory(api, clock),
        messages=SlackMessages(api),
    )
