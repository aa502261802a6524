"""Background work of the audit log."""

from dataclasses import dataclass

from core.audit.seal import BATCH, seal_new_records
from core.clock import Clock
from core.db.engine import Database
from core.jobs.values import JobTicket


@dataclass(frozen=True, slots=True)
class AuditJobs:
    """The job `audit.seal`: chains what has been written since the last time."""

    database: Database
    clock: Clock

    async def seal(self, _job: JobTicket) -> None:
        while await seal_new_records(self.database, self.clock) == BATCH:
            pass
