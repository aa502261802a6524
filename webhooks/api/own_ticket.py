"""What requesters change of a ticket of their own by the JSON API."""

from core.db.unit_of_work import UnitOfWork
from core.errors import ForbiddenError
from core.tickets.models import Ticket
from core.tickets.own import edit_own, show_own, sort_own
from webhooks.api.schemas import TicketChange

OWN_FIELDS = frozenset({"title", "description", "category", "is_public"})


async def change_own(uow: UnitOfWork, ticket: Ticket, body: TicketChange) -> None:
    """Change whatever is given, by the rules of the pages and of Slack.

    Raises:
        ForbiddenError: somebody else's ticket, or a field that only moderators set.
        ConflictError: it is completed or deleted, or somebody works on it and its category was to change.
        InvalidInputError: nothing of the words would be left.
    """
    foreign = body.model_fields_set - OWN_FIELDS - {"revision"}
    if foreign:
        raise ForbiddenError(f"Only moderators set {', '.join(sorted(foreign))}.", mend="Write a comment instead.")
    if body.title is not None or body.description is not None:
        title = ticket.title if body.title is None else body.title
        description = ticket.description if body.description is None else body.description
        await edit_own(uow, ticket, title=title, description=description)
    if body.category is not None:
        await sort_own(uow, ticket, category=body.category, seen=ticket.category)
    if body.is_public is not None:
        await show_own(uow, ticket, is_public=body.is_public)
