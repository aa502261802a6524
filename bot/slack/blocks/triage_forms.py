"""The forms behind a card's buttons: note, snooze, merge, publish, correct. Reading what was entered stands beside."""

from datetime import UTC, datetime

from bot.slack.acts import AddNote, Correct, Merge, SetPublic, Snooze
from bot.slack.blocks import elements, ids, pieces
from bot.slack.blocks.card import CATEGORY_CHOICES, PRIORITY_CHOICES
from bot.slack.blocks.elements import Block
from bot.slack.blocks.pieces import TicketUrl
from bot.slack.payloads.values import ViewSubmission
from bot.slack.text import escape
from bot.slack.when import LATER, NEXT_WEEK, TOMORROW, When
from core.errors import InvalidInputError
from core.tickets.values import Category, Priority, TicketSnapshot, status_label
from core.triage.values import Suggestion

_LARGEST_NUMBER = 2**31 - 1
_LONGEST_NUMBER = 12
_SKILLS_LENGTH = 500
_TITLE = 400
_WHENS = {"later": LATER, "tomorrow": TOMORROW, "next_week": NEXT_WEEK}
_WHEN_CHOICES = {
    "later": "Later today (in 3 hours)",
    "tomorrow": "Tomorrow at 9:00",
    "next_week": "Next Monday at 9:00",
}


def note_form(ticket: TicketSnapshot) -> Block:
    """An internal note without going into the thread."""
    blocks = [
        elements.text_input(ids.NOTE_INPUT, "Internal note", multiline=True, hint="Only those who work tickets see it.")
    ]
    metadata = ids.form_metadata(ticket.number)
    return elements.modal(
        f"Note on #{ticket.number}", ids.NOTE_MODAL, blocks, submit="Add note", private_metadata=metadata
    )


def read_note(submission: ViewSubmission) -> AddNote:
    """What was entered.

    Raises:
        PayloadRefusedError: no form of ours.
    """
    number, _ = ids.read_form_metadata(submission.private_metadata)
    return AddNote(number, submission.values.get(ids.NOTE_INPUT, "").strip())


def snooze_form(ticket: TicketSnapshot) -> Block:
    """Until when the ticket is put aside: one of three moments, or any other."""
    shown = ticket.snoozed_until.isoformat() if ticket.snoozed_until else ""
    blocks = [
        _titled(ticket),
        elements.radio_input(ids.WHEN_INPUT, "Bring it back", _WHEN_CHOICES, "tomorrow"),
        elements.moment_input(ids.MOMENT_INPUT, "Or exactly then", hint="Instead of the choice above."),
        elements.context("It leaves the queues until then, or until the requester writes. Its due times stay."),
    ]
    metadata = ids.form_metadata(ticket.number, shown)
    return elements.modal(
        f"Snooze #{ticket.number}", ids.SNOOZE_MODAL, blocks, submit="Snooze", private_metadata=metadata
    )


def read_snooze(submission: ViewSubmission) -> Snooze:
    """What was chosen; an exact moment counts before the choice.

    Raises:
        PayloadRefusedError: no form of ours.
        InvalidInputError: neither was chosen.
    """
    number, shown = ids.read_form_metadata(submission.private_metadata)
    exactly = submission.values.get(ids.MOMENT_INPUT, "")
    if exactly.isascii() and exactly.isdigit() and int(exactly) < _LARGEST_NUMBER:
        until = When(exactly=datetime.fromtimestamp(int(exactly), UTC))
    elif (chosen := submission.values.get(ids.WHEN_INPUT, "")) in _WHENS:
        until = _WHENS[chosen]
    else:
        raise InvalidInputError("Until when?", field=ids.WHEN_INPUT, mend="Choose one of these, or a day and a time.")
    return Snooze(number, until, shown=next(iter(shown), None))


def merge_form(ticket: TicketSnapshot) -> Block:
    """Asks into which ticket; what would happen is shown before it does."""
    blocks = [
        _titled(ticket),
        elements.section("is about the same thing as another ticket."),
        elements.text_input(
            ids.NUMBER_INPUT,
            "Number of the ticket that stays",
            longest=_LONGEST_NUMBER,
            hint="The next page shows both before anything happens.",
        ),
    ]
    metadata = ids.form_metadata(ticket.number)
    return elements.modal(f"Merge #{ticket.number}", ids.MERGE_MODAL, blocks, submit="Next", private_metadata=metadata)


def read_merge(submission: ViewSubmission) -> Merge:
    """Which ticket into which.

    Raises:
        PayloadRefusedError: no form of ours.
        InvalidInputError: what was entered is no ticket number.
    """
    number, shown = ids.read_form_metadata(submission.private_metadata)
    if shown:
        return Merge(number, ids.ticket_number(shown[0]))
    entered = submission.values.get(ids.NUMBER_INPUT, "").strip().removeprefix("#")
    if not (entered.isascii() and entered.isdigit() and 0 < int(entered) <= _LARGEST_NUMBER):
        raise InvalidInputError("That is no ticket number.", field=ids.NUMBER_INPUT, mend="Write it like 45.")
    return Merge(number, int(entered))


def merge_confirmation(ticket: TicketSnapshot, into: TicketSnapshot, *, ticket_url: TicketUrl) -> Block:
    """Both tickets, and what will become of them."""
    blocks = [
        elements.section("*This ticket is closed:*"),
        *_one_of_two(ticket, ticket_url),
        elements.section("*This one goes on:*"),
        *_one_of_two(into, ticket_url),
        elements.context(
            f"The people of #{ticket.number} join #{into.number} and can read it. Answers to #{ticket.number} "
            f"go to #{into.number} from now on. This cannot be undone."
        ),
    ]
    metadata = ids.form_metadata(ticket.number, str(into.number))
    title = f"Merge into #{into.number}"
    return elements.modal(title, ids.MERGE_CONFIRM_MODAL, blocks, submit="Merge", private_metadata=metadata)


def _one_of_two(ticket: TicketSnapshot, ticket_url: TicketUrl) -> list[Block]:
    told = f"{escape(ticket.created_by.name, 200)} · {status_label(ticket.status)}"
    shown = elements.section(f"{pieces.titled_link(ticket.number, ticket.title, ticket_url)}\n{told}")
    return [shown, *([pieces.excerpt(ticket.description, 400)] if ticket.description.strip() else [])]


def _titled(ticket: TicketSnapshot) -> Block:
    return elements.section(f"*{escape(' '.join(ticket.title.split()), _TITLE) or elements.EMPTY}*")


def publish_form(ticket: TicketSnapshot) -> Block:
    """Says who would read what, before a private ticket becomes public."""
    blocks = [
        _titled(ticket),
        elements.section(
            "Anyone who can reach this desk, strangers by mail included, may then read its *title*, *description* and "
            "*resolution*. Never who is in it, and never notes."
        ),
    ]
    metadata = ids.form_metadata(ticket.number)
    title = f"Make #{ticket.number} public"
    return elements.modal(title, ids.PUBLISH_MODAL, blocks, submit="Make public", private_metadata=metadata)


def read_publish(submission: ViewSubmission) -> SetPublic:
    """Raises PayloadRefusedError where it is no form of ours."""
    number, _ = ids.read_form_metadata(submission.private_metadata)
    return SetPublic(number, is_public=True)


def correct_form(ticket: TicketSnapshot, advice: Suggestion) -> Block:
    """The suggested values, to be put right; triage learns from what is chosen."""
    category, priority = advice.category or ticket.category, advice.priority or ticket.priority
    blocks = [
        pieces.suggestion(advice),
        elements.menu_input(ids.CATEGORY_INPUT, "Category", CATEGORY_CHOICES, category, optional=True),
        elements.menu_input(ids.PRIORITY_INPUT, "Priority", PRIORITY_CHOICES, priority, optional=True),
        elements.text_input(
            ids.SKILLS_INPUT,
            "Skills",
            initial=", ".join(advice.related_skills),
            longest=_SKILLS_LENGTH,
            optional=True,
            hint="What somebody needs to know to solve it, apart by commas.",
        ),
        elements.context("Triage learns from your choice."),
    ]
    metadata = ids.form_metadata(ticket.number, ticket.priority, ticket.category or "")
    title = f"Correct #{ticket.number}"
    return elements.modal(title, ids.CORRECT_MODAL, blocks, submit="Save", private_metadata=metadata)


def read_correct(submission: ViewSubmission) -> Correct:
    """What was chosen; a choice that is none of ours counts as no choice.

    Raises:
        PayloadRefusedError: no form of ours.
    """
    number, shown = ids.read_form_metadata(submission.private_metadata)
    values = submission.values
    category, priority = values.get(ids.CATEGORY_INPUT, ""), values.get(ids.PRIORITY_INPUT, "")
    skills = (skill.strip() for skill in values.get(ids.SKILLS_INPUT, "").split(","))
    return Correct(
        number,
        Category(category) if category in CATEGORY_CHOICES else None,
        Priority(priority) if priority in PRIORITY_CHOICES else None,
        related_skills=tuple(dict.fromkeys(skill for skill in skills if skill)) or None,
        shown=(shown[0], shown[1]) if len(shown) > 1 else None,
    )
