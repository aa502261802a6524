"""`tickmate slack manifest`: the Slack app of this deployment, ready to paste.

Source: https://docs.slack.dev/reference/app-manifest
"""

from typing import Any
from urllib.parse import urlsplit

import click

from bot.slack.blocks.ids import CREATE_FROM_MESSAGE_SHORTCUT, NEW_TICKET_SHORTCUT
from config.cli.context import print_json
from config.settings import load_settings

BOT_SCOPES = (
    "app_mentions:read",
    "channels:history",
    "channels:read",
    "chat:write",
    "chat:write.public",
    "commands",
    "files:read",
    "groups:history",
    "groups:read",
    "im:history",
    "im:write",
    "metadata.message:read",
    "reactions:read",
    "users:read",
    "users:read.email",
)
BOT_EVENTS = (
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "message.channels",
    "message.groups",
    "message.im",
    "reaction_added",
    "tokens_revoked",
)


@click.group()
def slack() -> None:
    """The Slack app manifest of this deployment."""


@slack.command()
@click.option("--socket-mode", is_flag=True, help="For a desk that Slack cannot reach over HTTPS.")
def manifest(*, socket_mode: bool) -> None:
    """Print the app manifest; paste it at https://api.slack.com/apps under "From a manifest"."""
    settings = load_settings()
    over_socket = socket_mode or settings.slack_app_token is not None
    if not over_socket and urlsplit(settings.app_url).scheme != "https":
        click.echo(
            f"tickmate: Slack cannot reach {settings.app_url}; set APP_URL to a public https address, "
            "or add --socket-mode.",
            err=True,
        )
    print_json(app_manifest(settings.app_url, socket_mode=over_socket), indent=2)


def app_manifest(app_url: str, *, socket_mode: bool) -> dict[str, Any]:
    """The manifest as Slack reads it. Socket Mode needs no request addresses, but a redirect for installing stays."""
    requests = {} if socket_mode else {"request_url": f"{app_url}/slack/events"}
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": "TickMate",
            "description": "Open, follow and resolve support tickets without leaving Slack",
            "background_color": "#1f4e5f",
        },
        "features": _features(requests),
        "oauth_config": {
            "scopes": {"bot": list(BOT_SCOPES)},
        },
        "settings": {
            "event_subscriptions": {**requests, "bot_events": list(BOT_EVENTS)},
            "interactivity": {"is_enabled": True, **requests},
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket_mode,
            "token_rotation_enabled": False,
        },
    }


def _features(requests: dict[str, str]) -> dict[str, Any]:
    address = {"url": requests["request_url"]} if requests else {}
    return {
        "app_home": {
            "home_tab_enabled": True,
            "messages_tab_enabled": True,
            "messages_tab_read_only_enabled": False,
        },
        "bot_user": {"display_name": "TickMate", "always_online": True},
        "shortcuts": [
            {
                "name": "New ticket",
                "type": "global",
                "callback_id": NEW_TICKET_SHORTCUT,
                "description": "Open the form of a new ticket",
            },
            {
                "name": "Create ticket",
                "type": "message",
                "callback_id": CREATE_FROM_MESSAGE_SHORTCUT,
                "description": "Make this message a ticket",
            },
        ],
        "slash_commands": [
            {
                "command": "/ticket",
                "description": "Open a ticket, show one, list yours or look for solutions",
                "usage_hint": "[text] | 123 | mine | similar TEXT | help",
                "should_escape": True,
                **address,
            },
            {
                "command": "/triage",
                "description": "The queue of open tickets, and working one",
                "usage_hint": "mine | unassigned | 123 assign @who | 123 resolve TEXT | help",
                "should_escape": True,
                **address,
            },
        ],
    }
