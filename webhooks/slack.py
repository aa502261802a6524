"""Slack over HTTP: convert, dispatch, convert. The app itself is handed over by the roof.

Source: https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest

from webhooks.routing import Access, Door, Route, read_body
from webhooks.site import Visit


def slack_routes(app: AsyncApp) -> tuple[Route, ...]:
    """The routes of Slack's events, commands and interactivity; Bolt checks signature (401) and age (5 minutes)."""

    async def slack_events(visit: Visit) -> web.StreamResponse:
        raw = await read_body(visit.request, visit.site.options.largest_body)
        try:
            request = AsyncBoltRequest(
                body=raw.decode(), query=visit.request.query_string, headers=dict(visit.request.headers)
            )
        except Exception as error:  # Bolt reads unverified JSON here and raises whatever it stumbles over
            raise web.HTTPBadRequest(text="This is no request of Slack's.") from error
        return await to_aiohttp_response(await app.async_dispatch(request))

    return (Route(method="POST", path="/slack/events", endpoint=slack_events, door=Door.HOOK, needs=Access.ANYBODY),)
