"""Previews of tickets under a message that names their addresses.

Source: https://docs.slack.dev/reference/methods/chat.unfurl
"""

from collections.abc import Mapping

from bot.slack.apis import SlackApis
from bot.slack.blocks import elements, pieces
from bot.slack.blocks.elements import Block
from bot.slack.blocks.pieces import TicketUrl
from bot.slack.text import escape, link, truncate
from core.conversations.previews import SharedLinks
from core.tickets.public import PublicTicket
from core.tickets.values import category_label

_TITLE = 300
_RESOLUTION = 300


class SlackPreviews:
    """Implements `core.conversations.previews.PreviewWindow` for Slack."""

    def __init__(self, apis: SlackApis, *, ticket_url: TicketUrl) -> None:
        self._apis = apis
        self._ticket_url = ticket_url

    async def show(self, shared: SharedLinks, previews: Mapping[str, PublicTicket]) -> None:
        api = await self._apis.of_organization(shared.organization_id)
        unfurls = {address: {"blocks": preview(ticket, self._ticket_url)} for address, ticket in previews.items()}
        await api.call("chat.unfurl", channel=shared.channel, ts=shared.ts, unfurls=unfurls)


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
