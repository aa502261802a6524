"""Previews of tickets under a message that names their addresses.

Source: https://docs.slack.dev/reference/methods/chat.unfurl
"""

from collections.abc import Mapping

import structlog

from bot.slack.apis import SlackApis
from bot.slack.blocks import elements, pieces
from bot.slack.blocks.elements import Block
from bot.slack.blocks.pieces import TicketUrl
from bot.slack.text import escape, link, truncate
from bot.slack.web_api import SlackRefusedError, SlackWebApi
from core.conversations.shared_links import SharedLinks
from core.tickets.public import PublicTicket
from core.tickets.values import category_label

log = structlog.get_logger(__name__)

_TITLE = 300
_RESOLUTION = 300
_NOT_IN_MESSAGE = "cannot_unfurl"


class SlackPreviews:
    """Implements `core.conversations.previews.PreviewWindow` for Slack."""

    def __init__(self, apis: SlackApis, *, ticket_url: TicketUrl) -> None:
        self._apis = apis
        self._ticket_url = ticket_url

    async def show(self, shared: SharedLinks, previews: Mapping[str, PublicTicket], hidden: Mapping[str, int]) -> None:
        """Slack modifies the previews that a message has. An address that is no longer in it must not spoil the others.

        That no preview at all takes one away is said nowhere, so what is hidden gets a preview without text.
        """
        unfurls = {address: {"blocks": preview(ticket, self._ticket_url)} for address, ticket in previews.items()}
        unfurls |= {address: {"blocks": hidden_preview(number)} for address, number in hidden.items()}
        api = await self._apis.of_organization(shared.organization_id)
        try:
            await api.call("chat.unfurl", channel=shared.channel, ts=shared.ts, unfurls=unfurls)
        except SlackRefusedError as refused:
            if len(unfurls) == 1 or not refused.code.startswith(_NOT_IN_MESSAGE):
                raise
            for address, unfurl in unfurls.items():
                await self._show_one(api, shared, address, unfurl)

    @staticmethod
    async def _show_one(api: SlackWebApi, shared: SharedLinks, address: str, unfurl: Mapping[str, list[Block]]) -> None:
        try:
            await api.call("chat.unfurl", channel=shared.channel, ts=shared.ts, unfurls={address: unfurl})
        except SlackRefusedError as refused:
            if not refused.code.startswith(_NOT_IN_MESSAGE):
                raise
            log.info("preview.address_gone", channel=shared.channel, ts=shared.ts)


def hidden_preview(number: int) -> list[Block]:
    """What takes the place of a preview once its ticket is not for everybody there: nothing of the ticket."""
    return [elements.section(f"🔒 Ticket #{number} can no longer be shown here.")]


def preview(ticket: PublicTicket, ticket_url: TicketUrl) -> list[Block]:
    """Title, state and the first words of what solved it."""
    title = truncate(f"#{ticket.number} {' '.join(ticket.title.split())}", _TITLE)
    facts = " · ".join(
        (
            escape(pieces.marked_status(ticket.status)),
            escape(pieces.priority_label(ticket.priority)),
            escape(category_label(ticket.category)),
        )
    )
    solved = " ".join(ticket.resolution.split())
    lines = [f"*{link(ticket_url(ticket.number), title)}*", facts]
    if solved:
        lines.append(f"✅ {escape(solved, _RESOLUTION)}")
    return [elements.section("\n".join(lines))]
