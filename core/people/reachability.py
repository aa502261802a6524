"""Whether mail to somebody arrives, as far as we have heard."""

from core.db.unit_of_work import UnitOfWork
from core.people.models import User


def mark_undeliverable(uow: UnitOfWork, user: User) -> None:
    """Mail to their address came back: none is sent for a while."""
    if user.mail_undeliverable_at is None:
        user.mail_undeliverable_at = uow.clock.now()
        uow.audit.record("user.mail_returned", user, after={"email": user.email})


def mark_reachable(uow: UnitOfWork, user: User) -> None:
    """They have written, so that their mailbox is there again."""
    if user.mail_undeliverable_at is not None:
        user.mail_undeliverable_at = None
        uow.audit.record("user.mail_restored", user, after={"email": user.email})
