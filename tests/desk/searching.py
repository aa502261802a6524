"""A desk whose search embeds by words, for tests of similar tickets."""

from dataclasses import dataclass

from sqlalchemy import select

from core.people.actions import NewPerson, create_person
from core.people.models import User
from core.people.values import system_actor
from core.search.jobs import SearchJobs
from core.search.models import TicketVectorsRow
from core.search.search import Search
from core.tickets.actions import NewTicket, submit_ticket
from core.tickets.models import Ticket
from core.tickets.queries import lock_ticket_by_id
from core.tickets.working import resolve_ticket
from core.triage.actions import record_calls
from tests.builders import CoreDesk
from tests.fakes.search import MemoryIndex, WordEmbedder

VPN = "VPN drops every ten minutes"
ABOUT_VPN = "The VPN connection drops and I must sign in again."
PRINTER = "Printer jams on double sided pages"


@dataclass
class SearchDesk:
    """A desk whose search embeds by words."""

    desk: CoreDesk
    embedder: WordEmbedder
    index: MemoryIndex
    search: Search
    jobs: SearchJobs

    async def submitted(self, title: str, description: str = "", *, organization_id: int = 1) -> Ticket:
        async with self.desk.unit_of_work(system_actor(organization_id)) as uow:
            statement = select(User).where(User.username == "rita", User.organization_id == organization_id)
            requester = await uow.session.scalar(statement)
            if requester is None:
                requester = await create_person(
                    uow, NewPerson(username="rita", email=f"rita@o{organization_id}.example")
                )
            new = NewTicket(title=title, description=description, channel="web")
            ticket = await submit_ticket(uow, new, requester=requester)
            await uow.commit()
        return ticket

    async def solved(
        self,
        title: str = VPN,
        description: str = ABOUT_VPN,
        *,
        is_public: bool = True,
        organization_id: int = 1,
        resolution: str = "Update the client to 5.2.",
    ) -> Ticket:
        """A completed ticket, its vectors written."""
        ticket = await self.submitted(title, description, organization_id=organization_id)
        async with self.desk.unit_of_work(system_actor(organization_id)) as uow:
            ticket = await lock_ticket_by_id(uow, ticket.id)
            await resolve_ticket(uow, ticket, resolution=resolution, is_public=is_public)
            await uow.commit()
        await self.desk.run_jobs("search.index")
        return ticket

    async def titles(self, title: str = VPN, description: str = "", *, organization_id: int = 1) -> list[str]:
        findings = await self.search.ask(organization_id=organization_id, title=title, description=description)
        return [ticket.title for ticket in findings.tickets]

    async def rows(self) -> list[TicketVectorsRow]:
        async with self.desk.reading() as reading:
            return list(await reading.session.scalars(select(TicketVectorsRow).order_by(TicketVectorsRow.ticket_id)))


def search_desk(desk: CoreDesk) -> SearchDesk:
    """The desk with its search and the jobs of it."""
    embedder, index = WordEmbedder(), MemoryIndex()
    search = Search(database=desk.database, reading=desk.reading, embedder=embedder, index=index)
    jobs = SearchJobs(desk.unit_of_work, desk.reading, search, record_calls)
    desk.runs |= {"search.index": jobs.index, "search.find_similar": jobs.find_similar, "search.refresh": jobs.refresh}
    return SearchDesk(desk, embedder, index, search, jobs)
