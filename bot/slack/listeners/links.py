"""Somebody wrote addresses of tickets: a job shows what is behind them.

A preview is a read, so it leaves no row in the ledger; the job's key knows an event that Slack sends again.
"""

import re

from bot.slack.door import SlackDoor
from bot.slack.payloads.values import LinksShared
from core.conversations.shared_links import SharedLinks
from core.jobs import kinds
from core.people.values import system_actor

_LONGEST = 500
_MOST_LINKS = 5
_NUMBER = re.compile(r"/tickets/([0-9]{1,9})(?:[?#].*)?")


async def on_links(door: SlackDoor, event: LinksShared) -> None:
    """Have previews made, unless none of the addresses is a ticket's.

    Raises:
        TryAgainLaterError: the database is away; Slack sends the event again.
    """
    links = tickets_at(event.addresses, door.desk.policy.app_url)
    organization_id = await door.desk.intake.route_workspace(event.user.workspace_id) if links else None
    if organization_id is None:
        return
    shared = SharedLinks(
        organization_id=organization_id,
        person=event.user.external_id,
        channel=event.channel_id,
        ts=event.message_ts,
        is_with_app=event.is_with_app,
        links=links,
    )
    async with door.desk.unit_of_work(system_actor(organization_id)) as uow:
        uow.jobs.enqueue(kinds.PREVIEW, shared.job_payload(), key=f"preview:{organization_id}:{event.event_id}")
        await uow.commit()


def tickets_at(addresses: tuple[str, ...], app_url: str) -> dict[str, int]:
    """The numbers of the tickets that these addresses lead to, by address; the first few, as Slack shows no more."""
    found: dict[str, int] = {}
    for address in addresses:
        is_ours = address.startswith(f"{app_url}/") and len(address) <= _LONGEST
        match = _NUMBER.fullmatch(address.removeprefix(app_url)) if is_ours else None
        if match and len(found) < _MOST_LINKS:
            found[address] = int(match.group(1))
    return found
