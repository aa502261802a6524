"""The app was uninstalled somewhere, or its tokens were revoked: one short durable write, then the answer."""

from datetime import UTC, datetime

import structlog

from bot.slack.door import SlackDoor
from bot.slack.payloads.values import AccessLost
from core.installations.actions import lose
from core.installations.values import Loss
from core.people.values import system_actor

log = structlog.get_logger(__name__)


async def on_access_lost(door: SlackDoor, event: AccessLost) -> None:
    """Note it, once; an event from before the present installation says nothing of that.

    Raises:
        TryAgainLaterError: the database is away; Slack sends the event again.
    """
    if not event.is_whole:
        return  # somebody's own token: we use none
    log.error("slack.access_lost", cause=event.cause, workspace=event.workspace_id)
    organization_id = await door.desk.intake.route_workspace(event.workspace_id)
    if organization_id is None:
        return
    loss = Loss.UNINSTALLED if event.cause == "app_uninstalled" else Loss.REVOKED
    told_at = datetime.fromtimestamp(event.told_at, tz=UTC) if event.told_at else None
    async with door.desk.unit_of_work(system_actor(organization_id)) as uow:
        await lose(uow, event.workspace_id, loss, since=told_at)
        await uow.commit()
    door.apis.forget()
    door.desk.intake.workspaces.forget()
