"""What admins must know and would not see by themselves: mailed to them, and said where moderators read."""

from sqlalchemy import select

from core.conversations.mailing import deliver_by_mail
from core.conversations.models import Delivery
from core.conversations.moderators import moderators_channel_of
from core.conversations.notices import Notice, tell_alone
from core.conversations.values import DeliveryKind
from core.db.unit_of_work import UnitOfWork
from core.people.models import User
from core.people.values import Role

LONGEST_KEY = 200


async def tell_admins(uow: UnitOfWork, *, key: str, title: str, text: str) -> None:
    """Once per `key`: by mail to every active admin of the organization, and as a line in the moderators' channel.

    `title` says in a few words what is the matter, `text` what it means and what mends it. Neither may hold a secret.
    """
    organization_id = uow.actor.organization_id
    key = f"alert:{organization_id}:{key}"[:LONGEST_KEY]
    if await uow.session.scalar(
        select(Delivery.id).where(Delivery.key.startswith(f"{key}:", autoescape=True)).limit(1)
    ):
        return
    page_url = f"{uow.policy.app_url}/admin"
    content: dict[str, object] = {"title": title[:200], "text": text[:2000], "page_url": page_url}
    admins = await uow.session.scalars(
        select(User)
        .where(User.organization_id == organization_id, User.role == Role.ADMIN, User.is_active.is_(True))
        .order_by(User.id)
    )
    for admin in admins.all():
        await deliver_by_mail(uow, None, DeliveryKind.ALERT, admin, key=f"{key}:{admin.id}", content=content)
    if channel := await moderators_channel_of(uow, organization_id):
        tell_alone(uow, Notice(text=f"⚠️ {title}: {text}", conversation=channel), key=f"{key}:slack")
