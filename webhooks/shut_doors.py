"""Doors that this deployment has not set up: whoever knocks reads what would open them."""

from aiohttp import web

from core.errors import NotFoundError
from webhooks.routing import Access, Door, Route
from webhooks.site import Visit


def _shut_door(method: str, path: str, names: str, *, door: Door) -> Route:
    """A path that answers 404 with the names of the settings that open it."""

    async def refuse(_visit: Visit) -> web.Response:
        raise NotFoundError("This door is shut.", mend=f"Set {names} to open it.")

    return Route(method=method, path=path, endpoint=refuse, door=door, needs=Access.ANYBODY)


def shut_slack_events() -> Route:
    """Where Slack would send events, commands and presses of buttons."""
    return _shut_door("POST", "/slack/events", "SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET", door=Door.HOOK)


def shut_installing() -> Route:
    """Where workspaces would install the app."""
    names = "SLACK_CLIENT_ID, SLACK_CLIENT_SECRET and SLACK_SIGNING_SECRET"
    return _shut_door("GET", "/slack/install", names, door=Door.PAGE)
