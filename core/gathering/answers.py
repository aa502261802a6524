"""What people press under our questions, and what happens when they press nothing."""

from core.db.unit_of_work import UnitOfWork
from core.errors import ConflictError, NotFoundError
from core.gathering.filing import file_messages, join_messages
from core.gathering.keeping import close, joined, look_again, messages_of
from core.gathering.models import Gathering
from core.gathering.questions import CATEGORIES, is_question_of, say
from core.gathering.rules import small_talk
from core.gathering.values import Answer, Purpose, Stage
from core.people.models import User
from core.tickets.models import Ticket

LET_GO = "I have heard nothing more, so I let it rest. Write to me whenever you need something."


async def answer(uow: UnitOfWork, gathering_id: int, answered: Answer, *, person: User) -> Ticket | None:
    """Do what somebody pressed; the ticket where it is one. Pressing twice changes nothing more.

    Raises:
        NotFoundError: no question of ours to this person.
        ConflictError: it has ended otherwise meanwhile.
    """
    gathering = await uow.session.get(Gathering, gathering_id, with_for_update=True)
    if gathering is None or gathering.user_id != person.id or not is_question_of(gathering.purpose, answered):
        raise NotFoundError("That question was not for you, or is long gone.")
    if answered in CATEGORIES:
        _sort(uow, gathering, answered)
        return None
    if answered is Answer.DROP:
        await _drop(uow, gathering)
        return None
    if gathering.stage is Stage.CLOSED:
        raise ConflictError("That has been let go meanwhile.", mend="Write it again, or use /ticket.")
    if answered is Answer.JOIN:
        return await join_messages(uow, gathering, person)
    return await file_messages(uow, gathering, person)


def _sort(uow: UnitOfWork, gathering: Gathering, answered: Answer) -> None:
    if gathering.stage is not Stage.OPEN:
        raise ConflictError("That has ended meanwhile.", mend="/ticket mine shows your tickets.")
    gathering.category, gathering.touched_at = CATEGORIES[answered], uow.clock.now()
    look_again(uow, gathering, uow.policy.dialogue_timeout)


async def _drop(uow: UnitOfWork, gathering: Gathering) -> None:
    if gathering.stage is Stage.FILED:
        raise ConflictError("It is a ticket already.", mend="/ticket mine shows your tickets.")
    await close(uow, gathering)


async def end(uow: UnitOfWork, gathering: Gathering, person: User) -> None:
    """Nobody said more: what says something is filed, anything else is let go. An offer in a channel just lapses."""
    if gathering.purpose is Purpose.ASK:
        await close(uow, gathering)
        return
    text = joined(await messages_of(uow, gathering))
    if not text.strip() or small_talk(text):
        await close(uow, gathering)
        say(uow, gathering.conversation, LET_GO, key=f"gathering:{gathering.id}:let-go")
        return
    await file_messages(uow, gathering, person)
