"""Where somebody waits (API, form, modal, command line), the action's own unit of work writes the ledger row.

Its key is the Idempotency-Key, the Slack view or trigger id: the same key again finds what the first one made.
"""

import hashlib
import uuid

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core.db.unit_of_work import Reading, UnitOfWork
from core.errors import ConflictError, TryAgainLaterError
from core.intake.models import Intake
from core.intake.values import Channel, Outcome

NO_KEY = ""


async def find_act(reading: Reading, channel: Channel, key: str, *, content: bytes) -> Intake | None:
    """The ledger row of an earlier act of this person with the same key, or None. `NO_KEY` never finds one.

    Raises:
        ConflictError: the key was used for something else.
    """
    if not key:
        return None
    row: Intake | None = await reading.session.scalar(
        select(Intake).where(
            Intake.organization_id == reading.actor.organization_id,
            Intake.channel == channel,
            Intake.external_id == act_id(reading.actor.user_id or 0, key),
        )
    )
    if row is not None and row.fingerprint != act_fingerprint(content):
        raise ConflictError("This Idempotency-Key was used for something else.", mend="Use a new one.")
    return row


async def record_act(uow: UnitOfWork, channel: Channel, key: str, *, content: bytes, rule: str) -> Intake:
    """Write the ledger row of an act that this unit of work carries out; the caller sets its ticket and reply.

    Raises:
        TryAgainLaterError: the same act is being carried out by another request.
    """
    row = act_row(uow, channel, act_id(uow.actor.user_id or 0, key or uuid.uuid4().hex), content=content, rule=rule)
    uow.session.add(row)
    try:
        await uow.session.flush()
    except IntegrityError as error:
        raise TryAgainLaterError("The same request is being worked on.", retry_after=1.0) from error
    return row


def act_row(uow: UnitOfWork, channel: Channel, external_id: str, *, content: bytes, rule: str) -> Intake:
    """The ledger row of an act of whoever the unit of work acts as."""
    now = uow.clock.now()
    return Intake(
        organization_id=uow.actor.organization_id,
        channel=channel,
        external_id=external_id,
        recipients=[],
        client_address=uow.actor.address[:100],
        received_at=now,
        decided_at=now,
        outcome=Outcome.ACTED,
        rule=rule,
        fingerprint=act_fingerprint(content),
        sender=uow.actor.name[:320],
    )


def act_id(user_id: int, key: str) -> str:
    """The ledger's id of an act: what one person's key is to another is none of it."""
    return f"{user_id}:{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()}"


def act_fingerprint(content: bytes) -> str:
    """By which the same act is told from another one with the same key."""
    return hashlib.sha256(b"act\0" + content).hexdigest()
