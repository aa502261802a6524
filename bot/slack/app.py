"""The Bolt app: signature checked by Bolt, the payload read once, then one listener for each kind.

Everything runs before the answer (`process_before_response`): otherwise Bolt acknowledges first, and what the listener
then fails to store is lost.
"""

import logging
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.response import BoltResponse

from bot.slack.blocks import ids, pieces
from bot.slack.door import SlackDoor, private_answer
from bot.slack.errors import PayloadRefusedError
from bot.slack.listeners.actions import on_action
from bot.slack.listeners.commands import on_ticket, on_triage
from bot.slack.listeners.events import on_event
from bot.slack.listeners.shortcuts import on_shortcut
from bot.slack.listeners.submissions import on_submission
from bot.slack.payloads import parse_payload
from bot.slack.payloads.values import (
    AccessLost,
    ChannelReadersChanged,
    MessageChange,
    MessageEvent,
    Payload,
    SlashCommand,
)
from core.errors import DeliveryRefusedError, TryAgainLaterError

log = structlog.get_logger(__name__)

PAYLOAD = "tickmate_payload"
_ANYTHING = re.compile(".+")
_TRY_AGAIN = "Something went wrong here, and nothing was changed. Please try again."

Listen = Callable[[SlackDoor, Any], Awaitable[dict[str, object] | None]]


def build_app(door: SlackDoor, *, signing_secret: str) -> AsyncApp:
    """The app of one workspace, for HTTP and Socket Mode alike. Makes no call until something arrives."""
    app = AsyncApp(
        name="tickmate",
        logger=_quiet_logger(),
        signing_secret=signing_secret,
        before_authorize=_ReadPayload(),
        authorize=_authorize,
        process_before_response=True,
        ignoring_self_events_enabled=False,  # needs auth.test; our own screening knows our messages without it
        raise_error_for_unhandled_request=True,  # the alternative logs the request with its text
    )
    app.error(_on_error)
    app.command("/ticket")(_answering(door, on_ticket))
    app.command("/triage")(_answering(door, on_triage))
    app.action(_ANYTHING)(_answering(door, on_action))
    app.view(_ANYTHING)(_answering(door, on_submission))
    app.shortcut(ids.NEW_TICKET_SHORTCUT)(_answering(door, on_shortcut))
    app.shortcut(ids.CREATE_FROM_MESSAGE_SHORTCUT)(_answering(door, on_shortcut))
    app.event(_ANYTHING)(_storing(door))
    return app


def _quiet_logger() -> logging.Logger:
    """Bolt logs whole requests at lower levels; people's text belongs into no log."""
    logger = logging.getLogger("slack_bolt.tickmate")
    logger.setLevel(logging.ERROR)
    return logger


async def _authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
    """Bolt wants to know as whom it acts; our own calls carry the token, so nothing is asked of Slack here."""
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)


class _ReadPayload(AsyncMiddleware):
    """Stands before all of Bolt's own reading of the body, which trips over malformed ones.

    A class, since Bolt reads the body as well to find the arguments of a function.
    """

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,  # noqa: ARG002 (Bolt passes it by name)
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 (Bolt's name)
    ) -> BoltResponse:
        if req.body.get("type") == "url_verification":  # Bolt answers it
            return await next()
        try:
            req.context[PAYLOAD] = parse_payload(req.body)
        except PayloadRefusedError as refused:
            log.info("slack.payload_refused", reason=refused.reason)
            return BoltResponse(status=400 if refused.is_malformed else 200, body="")
        return await next()


def _answering(door: SlackDoor, listen: Listen) -> Callable[..., Awaitable[None]]:
    async def listener(ack: AsyncAck, context: AsyncBoltContext) -> None:
        payload = context[PAYLOAD]
        try:
            opened = await door.opened_for(_workspace_of(payload))
        except DeliveryRefusedError as refused:
            await ack(private_answer(pieces.notice(str(refused))) if isinstance(payload, SlashCommand) else "")
            return
        await ack(await listen(opened, payload) or "")

    return listener


def _storing(door: SlackDoor) -> Callable[..., Awaitable[None]]:
    async def listener(ack: AsyncAck, context: AsyncBoltContext, body: dict[str, Any]) -> None:
        event = context[PAYLOAD]
        opened = door
        with suppress(DeliveryRefusedError):  # it is stored all the same, and answered when there is access again
            opened = await door.opened_for(_workspace_of(event))
        await on_event(opened, event, body)
        await ack()

    return listener


def _workspace_of(payload: Payload) -> str:
    if isinstance(payload, MessageEvent | MessageChange | AccessLost | ChannelReadersChanged):
        return payload.workspace_id
    return payload.user.workspace_id


async def _on_error(error: Exception, body: dict[str, Any]) -> BoltResponse:
    """Events and forms fail with a status, so that Slack sends again or keeps the form; others are told."""
    if isinstance(error, BoltUnhandledRequestError):
        log.info("slack.request_unused", kind=str(body.get("type", "command"))[:80])
        return BoltResponse(status=404, body="")
    if isinstance(error, TryAgainLaterError):
        log.warning("slack.busy", reason=str(error))
        return BoltResponse(status=503, body="")
    log.error("slack.listener_failed", exc_info=error)
    if "command" in body:
        text = str(body.get("text", ""))
        told = pieces.notice(f"{_TRY_AGAIN} You wrote:\n\n{text}" if text else _TRY_AGAIN)
        return BoltResponse(status=200, body=private_answer(told))
    return BoltResponse(status=500, body="")
