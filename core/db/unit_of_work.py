"""The one place that commits.

An entry point opens `async with desk.unit_of_work(actor) as uow`; actions take `uow` and never commit; nothing waits
for a network inside one. Leaving without `commit` rolls back.
"""

from collections.abc import Callable
from contextvars import ContextVar, Token
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
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
        self.session = AsyncSession(self._engine(surroundings.database), expire_on_commit=False, autoflush=True)

    def _engine(self, database: Database) -> AsyncEngine:
        return database.reader

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
        self._touched: list[Base] = []
        self._bulk: set[str] = set()
        self._guard: Token[bool] | None = None
        event.listen(self.session.sync_session, "after_flush", self._note_flush)
        event.listen(self.session.sync_session, "do_orm_execute", self._note_bulk)

    def _engine(self, database: Database) -> AsyncEngine:
        return database.writer

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
        self._touched.clear()
        self._bulk.clear()
        if self.jobs.has_due_work:
            self._surroundings.committed()

    def _note_flush(self, session: Session, _context: UOWTransaction) -> None:
        changed = [*session.new, *(row for row in session.dirty if session.is_modified(row)), *session.deleted]
        self._touched.extend(row for row in changed if isinstance(row, Base) and row.__audited__)

    def _note_bulk(self, state: ORMExecuteState) -> None:
        if (state.is_update or state.is_delete or state.is_insert) and state.bind_mapper is not None:
            audited: str = getattr(state.bind_mapper.class_, "__audited__", "")
            if audited:
                self._bulk.add(audited)

    def _check_audit(self) -> None:
        missing = [row for row in self._touched if not self.audit.covers(row)]
        if not missing and not self._bulk:
            return
        if self._surroundings.strict_audit:
            names = sorted({row.__audited__ for row in missing} | self._bulk)
            raise UnrecordedChangeError(f"changed without an audit record: {', '.join(names)}")
        for row in missing:
            self.audit.record("unrecorded_change", row)
        for entity_type in sorted(self._bulk):
            self.audit.record_many("unrecorded_change", entity_type)
