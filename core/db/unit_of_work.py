"""The one place that commits.

An entry point opens `async with desk.unit_of_work(actor) as uow`; actions take `uow` and never commit; nothing waits
for a network inside one. Leaving without `commit` rolls back.
"""

from collections.abc import Callable
from contextvars import ContextVar, Token
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction

from core.audit.record import AuditRecorder
from core.clock import Clock
from core.db.engine import Database, translating_faults
from core.db.types import Base
from core.jobs.queue import JobQueue
from core.people.values import Actor
from core.policy import Policy

_open_unit: ContextVar[bool] = ContextVar("open_unit_of_work", default=False)


class UnrecordedChangeError(RuntimeError):
    """An action changed an audited row without `uow.audit.record`. Raised only where audit is strict (tests)."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every unit of work of a deployment shares. `committed` is called after a commit that enqueued work."""

    database: Database
    clock: Clock
    policy: Policy
    audit_key: bytes
    strict_audit: bool = False
    committed: Callable[[], None] = lambda: None


class Reading:
    """A consistent read by an actor. Queries take one of these, or a `UnitOfWork`."""

    def __init__(self, surroundings: Surroundings, actor: Actor) -> None:
        self.actor = actor
        self.clock = surroundings.clock
        self.policy = surroundings.policy
        self.database = surroundings.database
        self.session = self._session(surroundings.database)

    def _session(self, database: Database) -> AsyncSession:
        return AsyncSession(database.reader, expire_on_commit=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self.session.close()
        finally:
            translating_faults().__exit__(kind, error, trace)


class UnitOfWork(Reading):
    """One transaction by one actor: its rows, its audit, the jobs that follow it."""

    def __init__(self, surroundings: Surroundings, actor: Actor) -> None:
        super().__init__(surroundings, actor)
        self._surroundings = surroundings
        self.audit = AuditRecorder(self.session, actor, self.clock, surroundings.audit_key)
        self.jobs = JobQueue(self.database, self.session, self.clock, actor.organization_id)
        self._guard: Token[bool] | None = None

    def _session(self, database: Database) -> AsyncSession:
        return AsyncSession(database.writer, sync_session_class=_WatchedSession, expire_on_commit=False)

    async def __aenter__(self) -> Self:
        if _open_unit.get():
            raise RuntimeError("a unit of work is open in this task already; pass it on instead of opening a second")
        self._guard = _open_unit.set(True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._guard is not None:
            _open_unit.reset(self._guard)
        await super().__aexit__(kind, error, trace)

    def act_as(self, actor: Actor) -> None:
        """Go on as somebody who was only found inside this unit of work, such as the sender of a mail."""
        self.actor = actor
        self.audit.actor = actor

    async def commit(self) -> None:
        """Write the audit and the jobs with the rows, durably, and wake the worker.

        Raises:
            TryAgainLaterError: the database is away or busy; nothing was written.
        """
        with translating_faults():
            await self.session.flush()
            self._check_audit()
            await self.audit.write()
            await self.jobs.write()
            await self.session.commit()
        self._watched.forget()
        if self.jobs.has_due_work:
            self._surroundings.committed()

    @property
    def _watched(self) -> "_WatchedSession":
        assert isinstance(self.session.sync_session, _WatchedSession)  # noqa: S101 (made so in _session)
        return self.session.sync_session

    def _check_audit(self) -> None:
        missing = [row for row in self._watched.touched if not self.audit.covers(row)]
        bulk = self._watched.bulk
        if not missing and not bulk:
            return
        if self._surroundings.strict_audit:
            names = sorted({row.__audited__ for row in missing} | bulk)
            raise UnrecordedChangeError(f"changed without an audit record: {', '.join(names)}")
        for row in missing:
            self.audit.record("unrecorded_change", row)
        for entity_type in sorted(bulk):
            self.audit.record_many("unrecorded_change", entity_type)


class _WatchedSession(Session):
    """Notes which audited rows were changed, one by one or by statements over many."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.touched: list[Base] = []
        self.bulk: set[str] = set()

    def forget(self) -> None:
        self.touched.clear()
        self.bulk.clear()


# Listening to the class costs nothing, listening to each session half a millisecond.
@event.listens_for(_WatchedSession, "after_flush")
def _note_flush(session: _WatchedSession, _context: UOWTransaction) -> None:
    changed = [*session.new, *(row for row in session.dirty if session.is_modified(row)), *session.deleted]
    session.touched.extend(row for row in changed if isinstance(row, Base) and row.__audited__)


@event.listens_for(_WatchedSession, "do_orm_execute")
def _note_bulk(state: ORMExecuteState) -> None:
    if (state.is_update or state.is_delete or state.is_insert) and state.bind_mapper is not None:
        audited: str = getattr(state.bind_mapper.class_, "__audited__", "")
        if audited and isinstance(state.session, _WatchedSession):
            state.session.bulk.add(audited)
