"""What somebody has begun to tell and that is no ticket yet: it waits for a word, or a button, of theirs."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from core.db.unit_of_work import Reading
from core.gathering.models import GatheredMessage, Gathering
from core.gathering.questions import is_question_of
from core.gathering.values import Answer, Purpose, Stage
from core.tickets.models import Ticket

MOST = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """Words that were held back, and how their author can go on; `number` is the ticket that they may belong to."""

    gathering_id: int
    text: str
    answers: tuple[Answer, ...]
    number: int | None = None


async def list_drafts(reading: Reading) -> Sequence[Draft]:
    """The actor's own, newest first."""
    if reading.actor.user_id is None:
        return ()
    statement = select(Gathering, Ticket.number).outerjoin(Ticket, Ticket.id == Gathering.ticket_id)
    rows = await reading.session.execute(
        statement.where(
            Gathering.organization_id == reading.actor.organization_id,
            Gathering.user_id == reading.actor.user_id,
            Gathering.stage == Stage.OPEN,
            Gathering.purpose.in_((Purpose.ASK, Purpose.GUIDE, Purpose.BELONG)),
        )
        .order_by(Gathering.id.desc())
        .limit(MOST)
    )
    drafts = [await _draft(reading, gathering, number) for gathering, number in rows.all()]
    return [draft for draft in drafts if draft.text]  # whose words were all deleted has nothing to file


async def _draft(reading: Reading, gathering: Gathering, number: int | None) -> Draft:
    said = select(GatheredMessage.text, GatheredMessage.files).where(GatheredMessage.gathering_id == gathering.id)
    messages = (await reading.session.execute(said.order_by(GatheredMessage.said_at, GatheredMessage.place))).all()
    words = "\n".join(text for text, _ in messages if text.strip())
    names = ", ".join(file["name"] or "a file" for _, files in messages for file in files)
    ways_on = (Answer.JOIN, Answer.FILE, Answer.DROP)
    return Draft(
        gathering_id=gathering.id,
        text=words or (f"(only files: {names})" if names else ""),
        answers=tuple(answer for answer in ways_on if is_question_of(gathering.purpose, answer)),
        number=number,
    )
