"""What people are asked, in which words, by which buttons."""

from core.conversations.notices import Notice, tell_alone
from core.conversations.values import Choice
from core.db.unit_of_work import UnitOfWork
from core.gathering.models import Gathering
from core.gathering.values import MOST_QUESTIONS, Answer, Purpose
from core.people.models import User
from core.tickets.models import Ticket
from core.tickets.values import Category

CATEGORIES = {
    Answer.BUG: Category.BUG,
    Answer.QUESTION: Category.QUESTION,
    Answer.FEATURE: Category.FEATURE_REQUEST,
    Answer.PERFORMANCE: Category.PERFORMANCE,
}
_KINDS = (
    (Answer.BUG, "Something is broken"),
    (Answer.QUESTION, "A question"),
    (Answer.FEATURE, "A wish"),
    (Answer.PERFORMANCE, "It is slow"),
)
_NEVER_MIND = (Answer.DROP, "Never mind")


def question_keys(gathering: Gathering) -> list[str]:
    """The keys of the deliveries that ask about it."""
    return [_key(gathering, number) for number in range(1, MOST_QUESTIONS + 1)]


def ask_for_a_ticket(uow: UnitOfWork, gathering: Gathering, *, slack_id: str) -> None:
    """In a channel, seen by the author alone."""
    choices = _choices(gathering, (Answer.FILE, "Make a ticket"), (Answer.DROP, "No"))
    _ask(uow, gathering, "Shall I make a ticket of this for you?", choices, only_for=slack_id)


def ask_for_more(uow: UnitOfWork, gathering: Gathering, person: User) -> None:
    """By direct message: first what happened, then what is needed to find the cause."""
    if gathering.asked == 0:
        name = person.full_name.partition(" ")[0]
        hello = f"Hi {name}! " if name else "Hi! "
        text = f"{hello}I am glad to help. What were you doing, and what happened instead?"
        _ask(uow, gathering, text, _choices(gathering, *_KINDS, _NEVER_MIND))
    else:
        text = "Thank you. Which product or device is it, and what do you see: a message, a picture?"
        choices = _choices(gathering, (Answer.FILE, "I cannot say more"), _NEVER_MIND)
        _ask(uow, gathering, text, choices)


def ask_where_it_belongs(uow: UnitOfWork, gathering: Gathering, ticket: Ticket) -> None:
    text = f"Does this belong to your ticket #{ticket.number}, or is it something new?"
    choices = _choices(gathering, (Answer.JOIN, f"It belongs to #{ticket.number}"), (Answer.FILE, "A new ticket"))
    _ask(uow, gathering, text, choices)


def say(uow: UnitOfWork, conversation: str, text: str, *, key: str) -> None:
    tell_alone(uow, Notice(text=text, conversation=conversation), key=key)


def _ask(uow: UnitOfWork, gathering: Gathering, text: str, choices: tuple[Choice, ...], *, only_for: str = "") -> None:
    gathering.asked += 1
    notice = Notice(text=text, conversation=gathering.conversation, only_for=only_for, choices=choices)
    tell_alone(uow, notice, key=_key(gathering, gathering.asked))


def _key(gathering: Gathering, number: int) -> str:
    return f"gathering:{gathering.id}:{number}"


def _choices(gathering: Gathering, *offered: tuple[Answer, str]) -> tuple[Choice, ...]:
    return tuple(Choice(answer.value, label, str(gathering.id)) for answer, label in offered)


def is_question_of(purpose: Purpose, answer: Answer) -> bool:
    """Whether a button stands under questions of this purpose."""
    match purpose:
        case Purpose.ASK:
            return answer in {Answer.FILE, Answer.DROP}
        case Purpose.GUIDE:
            return answer is not Answer.JOIN
        case Purpose.BELONG:
            return answer in {Answer.FILE, Answer.JOIN}
    return False
