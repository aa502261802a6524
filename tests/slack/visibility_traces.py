"""What looking and trying may leave behind: no changed ticket, and no word of one in the log."""

from sqlalchemy import func, select

from core.tickets.models import Reply, Ticket
from tests.slack.visibility_scene import KINDS, Scene, seen

STATE = ("title", "description", "status", "priority", "category", "is_public", "assigned_to_id", "deleted_at")


async def state_of_tickets(scene: Scene) -> list[tuple[object, ...]]:
    """What somebody could have changed of the tickets of the scene; a score is for whoever has the link to give."""
    async with scene.desk.reading() as reading:
        tickets = await reading.session.scalars(
            select(Ticket)
            .where(Ticket.organization_id == 1, Ticket.number.in_(scene.numbers.values()))
            .order_by(Ticket.number)
        )
        replies = select(func.count()).select_from(Reply)
        return [
            (
                *(getattr(one, name) for name in STATE),
                await reading.session.scalar(replies.where(Reply.ticket_id == one.id)),
            )
            for one in tickets.all()
        ]


def logged_words(printed: str) -> list[str]:
    """Words of tickets that stand in the log, whoever may read them elsewhere."""
    assert "event=" in printed  # something was logged, and read here
    return [f"{kind}{part}" for kind in KINDS for part in sorted(seen(printed, kind))]
