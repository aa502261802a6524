"""The templates of an organization: its own, or the built-in ones while it has set none."""

from typing import Any

from sqlalchemy import bindparam, select

from core.db.unit_of_work import Reading, UnitOfWork
from core.errors import InvalidInputError, NotFoundError
from core.people.values import Permission
from core.tickets.actions import require
from core.tickets.models import TicketTemplates
from core.tickets.templates import Templates, built_in_templates, checked_templates

# Asked for every form, and put together once.
_OWN = select(TicketTemplates.templates).where(TicketTemplates.organization_id == bindparam("organization_id"))


async def list_templates(reading: Reading) -> Templates:
    """What this organization's forms offer, in their order; the first is the default."""
    own = await reading.session.scalar(_OWN, {"organization_id": reading.actor.organization_id})
    return built_in_templates() if own is None else checked_templates({"template": own})


async def set_templates(uow: UnitOfWork, templates: Templates) -> None:
    """Offer these and no others.

    Raises:
        ForbiddenError: the actor does not run this desk.
    """
    require(uow, Permission.MANAGE_PEOPLE)
    row = await uow.session.get(TicketTemplates, uow.actor.organization_id, with_for_update=True)
    before: dict[str, Any] = {}
    if row is None:
        row = TicketTemplates(organization_id=uow.actor.organization_id)
        uow.session.add(row)
    else:
        before = {"templates": row.templates}
    row.templates = [template.model_dump(mode="json", exclude_defaults=True) for template in templates]
    row.updated_at = uow.clock.now()
    uow.audit.record("templates.set", row, before, {"templates": row.templates})


async def remove_template(uow: UnitOfWork, kind: str) -> Templates:
    """No longer offer one; what is left is given.

    Raises:
        ForbiddenError: the actor does not run this desk.
        NotFoundError: there is none of that kind.
        InvalidInputError: it is the last one.
    """
    templates = await list_templates(uow)
    left = tuple(template for template in templates if template.kind != kind)
    if left == templates:
        raise NotFoundError(f"There is no template {kind!r}.", mend="`tickmate templates list` shows them.")
    if not left:
        raise InvalidInputError(
            "This is the last template.", mend="`tickmate templates remove --all` brings the built-in ones back."
        )
    await set_templates(uow, left)
    return left


async def reset_templates(uow: UnitOfWork) -> None:
    """Go back to the built-in ones.

    Raises:
        ForbiddenError: the actor does not run this desk.
    """
    require(uow, Permission.MANAGE_PEOPLE)
    row = await uow.session.get(TicketTemplates, uow.actor.organization_id, with_for_update=True)
    if row is not None:
        await uow.session.delete(row)
        uow.audit.record("templates.reset", row, {"templates": row.templates})
