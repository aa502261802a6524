"""Looking for earlier solutions while somebody waits, and what they say of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.slack import limits
from bot.slack.door import SlackDoor
from bot.slack.payloads.values import SlackUser
from core.people.values import Actor
from core.search.asking import ask_for
from core.search.feedback import record_feedback, record_shown
from core.search.values import Findings, SimilarTicket, Surface, Verdict
from core.tickets.public import PublicTicket, find_public_ticket


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What is asked, and where: `key` names the form that it is typed into, so that its questions count as one."""

    title: str
    description: str = ""
    surface: Surface
    key: str = ""

    @property
    def words(self) -> tuple[str, str]:
        return self.title, self.description


async def find_similar(door: SlackDoor, user: SlackUser, question: Question) -> Sequence[SimilarTicket]:
    """Resolved public tickets of this person's organization, best first.

    What was billed on the way is written down, and what is shown to somebody whom the desk knows.

    Raises:
        ForbiddenError: their workspace belongs to no organization.
        TryAgainLaterError: the search is away, or takes longer than somebody waits.
    """
    async with door.reading(user) as reading:
        actor = reading.actor
    findings = await _ask(door, actor, question)
    if findings.found and actor.user_id is not None:
        async with door.desk.unit_of_work(actor) as uow:
            await record_shown(uow, findings, surface=question.surface, key=question.key)
            await uow.commit()
    return findings.tickets


async def note_solved(door: SlackDoor, user: SlackUser, question: Question, number: int) -> PublicTicket:
    """This person says that ticket `number`, shown to them for this question, solved it. Again changes nothing.

    Raises:
        NotFoundError: it was not shown to them, or may no longer be.
        TryAgainLaterError: the search or the database is away.
    """
    async with door.reading(user) as reading:
        actor = reading.actor
    findings = await _ask(door, actor, question)
    async with door.acting(user) as uow:
        showing = await record_shown(uow, findings, surface=question.surface, key=question.key)
        await record_feedback(uow, showing_id=showing.id, number=number, verdict=Verdict.SOLVED_IT)
        solution = await find_public_ticket(uow, number)
        await uow.commit()
    return solution


async def _ask(door: SlackDoor, actor: Actor, question: Question) -> Findings:
    return await ask_for(
        door.desk,
        actor,
        title=question.title,
        description=question.description,
        seconds=limits.VIEW_CALL_SECONDS,
    )
