"""What an admin does with a message that was kept back: let it in after all, let it go, or have it judged again."""

from collections.abc import Awaitable, Callable

from sqlalchemy import select

from core.db.unit_of_work import UnitOfWork
from core.errors import ConflictError, NotFoundError
from core.intake.models import Intake, RawMessage
from core.intake.values import PROCESSING_FAILED, Outcome
from core.jobs import kinds
from core.people.values import Permission
from core.tickets.actions import require

Act = Callable[[UnitOfWork, int], Awaitable[Intake]]

DISCARDED = "discarded"
_LARGEST_ID = 2**63


async def release(uow: UnitOfWork, intake_id: int) -> Intake:
    """Process it again with the screening overridden: it becomes a ticket or a reply. A second release changes nothing.

    What was ignored may be released too, so that a wrong verdict can be mended.

    Raises:
        NotFoundError: no such arrival here.
        ConflictError: it was never kept back, or its bytes are no longer there.
    """
    row = await _locked(uow, intake_id)
    if row.released_at is not None and row.outcome not in {Outcome.QUARANTINED, Outcome.IGNORED}:
        return row
    _require_outcome(row, Outcome.QUARANTINED, Outcome.IGNORED)
    before = _state(row)
    row.released_at, row.released_by_id = uow.clock.now(), uow.actor.user_id
    await _process_again(uow, row)
    uow.audit.record("intake.released", row, before, _state(row))
    return row


async def discard(uow: UnitOfWork, intake_id: int) -> Intake:
    """Let it go. Its ledger row stays, so that the same message does not come back; it may still be released.

    Raises:
        NotFoundError: no such arrival here.
        ConflictError: it is not in quarantine.
    """
    row = await _locked(uow, intake_id)
    if row.outcome is Outcome.IGNORED and row.rule == DISCARDED:
        return row
    _require_outcome(row, Outcome.QUARANTINED)
    before = _state(row)
    row.outcome, row.rule, row.decided_at = Outcome.IGNORED, DISCARDED, uow.clock.now()
    uow.audit.record("intake.discarded", row, before, _state(row))
    return row


async def replay(uow: UnitOfWork, intake_id: int) -> Intake:
    """Judge a quarantined message again by today's rules and settings. What has another outcome keeps it.

    Raises:
        NotFoundError: no such arrival here.
        ConflictError: its bytes are no longer there.
    """
    row = await _locked(uow, intake_id)
    if row.outcome is Outcome.QUARANTINED:
        before = _state(row)
        await _process_again(uow, row)
        uow.audit.record("intake.replayed", row, before, _state(row))
    return row


async def undo_giving_up(uow: UnitOfWork, intake_id: int) -> None:
    """Before its dead job is tried again: what was quarantined because processing failed is undecided once more."""
    row = await _locked(uow, intake_id)
    if row.outcome is Outcome.QUARANTINED and row.rule == PROCESSING_FAILED:
        before = _state(row)
        row.outcome, row.rule, row.error, row.decided_at = Outcome.RECEIVED, "", "", None
        uow.audit.record("intake.replayed", row, before, _state(row))


async def _locked(uow: UnitOfWork, intake_id: int) -> Intake:
    require(uow, Permission.MANAGE_QUARANTINE)
    row = await uow.session.get(Intake, intake_id, with_for_update=True) if 0 < intake_id < _LARGEST_ID else None
    if row is None or row.organization_id != uow.actor.organization_id:
        raise NotFoundError(f"There is no message {intake_id}.", mend="`tickmate mail quarantine list` shows them.")
    return row


def _require_outcome(row: Intake, *wanted: Outcome) -> None:
    if row.outcome not in wanted or row.ticket_id is not None:
        raise ConflictError(
            f"Message {row.id} is {row.outcome.value}.", mend="Only what was kept back can be released or discarded."
        )


async def _process_again(uow: UnitOfWork, row: Intake) -> None:
    # Held until the commit, so that the bytes do not reach the end of their retention in between.
    kept = select(RawMessage.sha256).where(RawMessage.sha256 == row.raw_sha256).with_for_update(read=True)
    if await uow.session.scalar(kept) is None:
        raise ConflictError(f"The bytes of message {row.id} are no longer kept.")
    row.outcome, row.rule, row.error, row.decided_at = Outcome.RECEIVED, "", "", None
    uow.jobs.enqueue(kinds.INTAKE_PROCESS, {"intake_id": row.id})


def _state(row: Intake) -> dict[str, object]:
    return {"outcome": row.outcome, "rule": row.rule, "released": row.released_at is not None}
