"""A Slack channel gets another id when somebody begins to share it: what is known of it goes on under the new one.

Source: https://docs.slack.dev/reference/events/channel_id_changed
"""

from sqlalchemy import ColumnElement, func, literal, select, update
from sqlalchemy.orm import InstrumentedAttribute

from core.conversations.enqueueing import SLACK
from core.conversations.models import Delivery, LinkPreview
from core.conversations.shared_links import take_back
from core.db.unit_of_work import UnitOfWork
from core.gathering.models import GatheredMessage, Gathering, WatchedChannel
from core.installations.models import Installation
from core.tickets.models import ThreadMessage

_PLACES: tuple[InstrumentedAttribute[str], ...] = (
    ThreadMessage.external_id,
    Delivery.external_id,
    Delivery.thread_key,
    GatheredMessage.place,
)


async def rename_channel(uow: UnitOfWork, old: str, new: str) -> None:
    """Answers in its threads find their tickets, and messages there become tickets. Twice changes nothing."""
    organization_id = uow.actor.organization_id
    for column in _PLACES:
        table = column.class_
        moved: ColumnElement[str] = literal(new) + func.substr(column, len(old) + 1)
        is_there = column.startswith(f"{old}:", autoescape=True)
        await uow.session.execute(
            update(table).where(table.organization_id == organization_id, is_there).values({column: moved})
        )
    await uow.session.execute(
        update(Delivery)
        .where(Delivery.organization_id == organization_id, Delivery.channel == SLACK, Delivery.recipient == old)
        .values(recipient=new)
    )
    await uow.session.execute(
        update(Gathering)
        .where(Gathering.organization_id == organization_id, Gathering.conversation == old)
        .values(conversation=new)
    )
    await uow.session.execute(
        update(LinkPreview)
        .where(LinkPreview.organization_id == organization_id, LinkPreview.channel == old)
        .values(channel=new)
    )
    await take_back(uow, organization_id, again=f"renamed:{new}")  # a job that should have, knows the old id
    await _rename_choices(uow, old, new)


async def _rename_choices(uow: UnitOfWork, old: str, new: str) -> None:
    """Where people have chosen it: to be watched, or for the moderators."""
    organization_id = uow.actor.organization_id
    before, after = {"channel": old}, {"channel": new}
    watched = (WatchedChannel.organization_id == organization_id, WatchedChannel.channel_id == old)
    for row in (await uow.session.scalars(select(WatchedChannel).where(*watched))).all():
        row.channel_id = new
        uow.audit.record("channel.renamed", row, before, after)
    chosen = (Installation.organization_id == organization_id, Installation.triage_channel == old)
    for installation in (await uow.session.scalars(select(Installation).where(*chosen))).all():
        installation.triage_channel = new
        uow.audit.record("installation.channel_renamed", installation, before, after)
