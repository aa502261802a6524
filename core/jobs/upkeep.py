"""Background work on the desk's own rows."""

from dataclasses import dataclass

from core.clock import Clock
from core.db.engine import Database
from core.jobs.actions import purge_finished
from core.jobs.values import JobTicket


@dataclass(frozen=True, slots=True)
class Upkeep:
    """The job `upkeep.purge`: removes what has done its duty."""

    database: Database
    clock: Clock

    async def purge(self, _job: JobTicket) -> None:
        await purge_finished(self.database, self.clock)
