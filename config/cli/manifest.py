"""`tickmate slack manifest`: the Slack app of this deployment, ready to paste.

Source: https://docs.slack.dev/reference/app-manifest
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import click

from bot.slack.blocks.ids import CREATE_FROM_MESSAGE_SHORTCUT, NEW_TICKET_SHORTCUT
from config.cli.channels import channels, watch
from config.cli.context import print_json
from config.settings import load_settings
from config.slack_scopes import BOT_SCOPES

BOT_EVENTS = (
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "channel_id_changed",
    "channel_shared",
    "channel_unshared",
    "link_shared",
    "message.channels",
    "message.groups",
    "message.im",
    "reaction_added",
    "tokens_revoked",
)


@click.group()
def slack() -> None:
    """The Slack app manifest of this deployment, and the channels that it watches."""


slack.add_command(channels)
slack.add_command(watch)


@slack.command()
@click.option("--socket-mode", is_flag=True, help="For a desk that Slack cannot reach over HTTPS.")
@click.option("--org-wide", is_flag=True, help="May be installed for a whole Enterprise organization.")
@click.option("--token-rotation", is_flag=True, help="Tokens expire after 12 hours; needs SLACK_CLIENT_ID.")
def manifest(*, socket_mode: bool, org_wide: bool, token_rotation: bool) -> None:
    """Print the app manifest; paste it at https://api.slack.com/apps under "From a manifest"."""
    settings = load_settings()
    over_socket = socket_mode or settings.slack_app_token is not None
    if not over_socket and urlsplit(settings.app_url).scheme != "https":
        click.echo(
            f"tickmate: Slack cannot reach {settings.app_url}; set APP_URL to a public https address, "
            "or add --socket-mode.",
            err=True,
        )
    options = ManifestOptions(socket_mode=over_socket, org_wide=org_wide, token_rotation=token_rotation)
    print_json(app_manifest(settings.app_url, options), indent=2)


@dataclass(frozen=True, kw_only=True, slots=True)
class ManifestOptions:
    """What a deployment chooses about its app."""

    socket_mode: bool = False
    org_wide: bool = False
    token_rotation: bool = False


def app_manifest(app_url: str, options: ManifestOptions) -> dict[str, Any]:
    """The manifest as Slack reads it. Socket Mode needs no request addresses, but a redirect for installing stays."""
    is_secure = urlsplit(app_url).scheme == "https"
    redirect = {"redirect_urls": [f"{app_url}/slack/oauth_redirect"]} if is_secure else {}
    requests = {} if options.socket_mode else {"request_url": f"{app_url}/slack/events"}
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": "TickMate",
            "description": "Open, follow and resolve support tickets without leaving Slack",
            "background_color": "#1f4e5f",
        },
        "features": _features(requests) | _unfurling(app_url),
        "oauth_config": {
            **redirect,
            "scopes": {"bot": list(BOT_SCOPES)},
        },
        "settings": {
            "event_subscriptions": {**requests, "bot_events": list(BOT_EVENTS)},
            "interactivity": {"is_enabled": True, **requests},
            "org_deploy_enabled": options.org_wide,
            "socket_mode_enabled": options.socket_mode,
            "token_rotation_enabled": options.token_rotation,
        },
    }


def _unfurling(app_url: str) -> dict[str, Any]:
    """Slack shows previews for public host names only."""
    host = urlsplit(app_url).hostname or ""
    return {"unfurl_domains": [host]} if "." in host and not host.replace(".", "").isdigit() else {}


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
