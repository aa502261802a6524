"""Holding a mailbox by lease, and keeping how far it was read.

Every write names the owner and changes nothing once the lease has passed to another process.
"""

import hashlib
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, update

from core.db import moments
from core.db.engine import insert_ignoring_duplicates
from core.db.unit_of_work import UnitOfWork
from core.intake.models import Intake, RawMessage
from core.intake.values import InboundMessage, Outcome
from core.mailboxes.models import FetchedMailbox
from core.mailboxes.values import LEASE, Progress

_ERROR_LENGTH = 1000


async def lease_mailbox(uow: UnitOfWork, name: str, *, owner: str, lease: timedelta = LEASE) -> Progress | None:
    """Take the mailbox, or extend what `owner` holds already; None while another process holds it."""
    row = {"name": name, "since": uow.clock.now(), "last_uid": 0, "new_from": 1, "lease_owner": "", "error": ""}
    await uow.session.execute(insert_ignoring_duplicates(uow.database, FetchedMailbox.__table__), [row])
    is_free = or_(
        FetchedMailbox.lease_owner.in_(("", owner)),
        FetchedMailbox.lease_until < moments.now(uow.database, uow.clock),
    )
    taken = await uow.session.execute(
        update(FetchedMailbox)
        .where(FetchedMailbox.name == name, is_free)
        .values(lease_owner=owner, lease_until=moments.later(uow.database, uow.clock, lease))
        .returning(
            FetchedMailbox.uid_validity,
            FetchedMailbox.last_uid,
            FetchedMailbox.new_from,
            FetchedMailbox.backlog_since,
            FetchedMailbox.succeeded_at,
        )
        .execution_options(synchronize_session=False)
    )
    found = taken.one_or_none()
    return Progress(**found._mapping) if found else None  # noqa: SLF001 (the documented way to a row's columns by name)


async def begin_mailbox(uow: UnitOfWork, name: str, *, owner: str, uid_validity: int, new_from: int) -> bool:
    """The folder is new, or its UIDs were given anew: what is below `new_from` is its backlog.

    False where the lease is lost.
    """
    return await _change(
        uow,
        name,
        owner,
        uid_validity=uid_validity,
        last_uid=0,
        new_from=new_from,
        backlog_since=FetchedMailbox.succeeded_at,
    )


async def advance_mailbox(uow: UnitOfWork, name: str, *, owner: str, last_uid: int) -> bool:
    """Note that everything up to `last_uid` is taken in, and extend the lease; False where it is lost."""
    until = moments.later(uow.database, uow.clock, LEASE)
    return await _change(uow, name, owner, last_uid=last_uid, lease_until=until)


async def note_success(uow: UnitOfWork, name: str, *, owner: str) -> bool:
    """The folder was read to its end; False where the lease is lost."""
    return await _change(uow, name, owner, succeeded_at=uow.clock.now(), error="")


async def note_trouble(uow: UnitOfWork, name: str, *, owner: str, error: str) -> bool:
    """Why the folder cannot be read, for the readiness of every replica; False where the lease is lost."""
    return await _change(uow, name, owner, error=error.replace("\x00", "")[:_ERROR_LENGTH])


async def release_mailbox(uow: UnitOfWork, name: str, *, owner: str) -> None:
    """Let another process read it from now on."""
    await _change(uow, name, owner, lease_owner="", lease_until=None)


async def quarantine_unfetched(
    uow: UnitOfWork, message: InboundMessage, *, organization_id: int, rule: str, error: str, sender: str, title: str
) -> None:
    """Note a mail that stays where it is, so that an admin learns of it; `message.raw` stands in for it.

    A second note of the same `external_id` adds nothing.
    """
    sha256 = hashlib.sha256(message.raw).hexdigest()
    raw = {"sha256": sha256, "content": message.raw, "size": len(message.raw), "received_at": message.received_at}
    row = {
        "organization_id": organization_id,
        "channel": message.channel,
        "external_id": message.external_id,
        "raw_sha256": sha256,
        "recipients": list(message.recipients),
        "envelope_sender": message.envelope_sender,
        "client_address": message.client_address,
        "received_at": message.received_at,
        "outcome": Outcome.QUARANTINED,
        "rule": rule,
        "error": error.replace("\x00", "")[:_ERROR_LENGTH],
        "fingerprint": "",
        "sender": sender.replace("\x00", "")[:320],
        "title": title.replace("\x00", "")[:300],
        "decided_at": uow.clock.now(),
    }
    await uow.session.execute(insert_ignoring_duplicates(uow.database, RawMessage.__table__), [raw])
    await uow.session.execute(insert_ignoring_duplicates(uow.database, Intake.__table__), [row])


async def _change(uow: UnitOfWork, name: str, owner: str, **values: Any) -> bool:
    changed = await uow.session.execute(
        update(FetchedMailbox)
        .where(FetchedMailbox.name == name, FetchedMailbox.lease_owner == owner)
        .values(**values)
        .returning(FetchedMailbox.name)
        .execution_options(synchronize_session=False)
    )
    return changed.one_or_none() is not None
