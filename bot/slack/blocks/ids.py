"""The names that come back when somebody presses or sends what we drew."""

from bot.slack.errors import PayloadRefusedError

TAKE = "ticket.take"
ASSIGN = "ticket.assign"
STATUS = "ticket.status"
PRIORITY = "ticket.priority"
CATEGORY = "ticket.category"
REPLY = "ticket.reply"
RESOLVE = "ticket.resolve"
REOPEN = "ticket.reopen"
ACCEPT = "ticket.accept"
CORRECT = "ticket.correct"
MORE = "ticket.more"
NOTE = "note"
SNOOZE = "snooze"
WAKE = "wake"
MERGE = "merge"
PUBLISH = "publish"
MAKE_PRIVATE = "make_private"
OPEN_PAGE = "ticket.open_page"
QUEUE_PAGE = "queue.page"
NEW_TICKET = "home.new_ticket"
FORM_SOLVED = "form.solved"
EDIT = "own.edit"
RATE = "own.rate"
RATE_AGAIN = "own.rate_again"
WITHDRAW = "own.withdraw"
OWN_PRIVATE = "own.make_private"
OWN_PUBLIC = "own.make_public"
SOLVED = "own.solved"
NOT_HELPFUL = "own.not_helpful"
LEAVE = "own.leave"

NEW_TICKET_MODAL = "new_ticket"
SOLVED_MODAL = "solved"
EDIT_MODAL = "edit"
RATE_MODAL = "rate"
RESOLVE_MODAL = "resolve"
REPLY_MODAL = "reply"
NOTE_MODAL = "note"
SNOOZE_MODAL = "snooze"
MERGE_MODAL = "merge"
MERGE_CONFIRM_MODAL = "merge_confirm"
CORRECT_MODAL = "correct"
PUBLISH_MODAL = "publish"
HOME = "home"
QUESTION = "question"

NEW_TICKET_SHORTCUT = "new_ticket"
CREATE_FROM_MESSAGE_SHORTCUT = "create_ticket_from_message"

KIND_INPUT = "kind"
TITLE_INPUT = "title"
DESCRIPTION_INPUT = "description"
CATEGORY_INPUT = "category"
PRIORITY_INPUT = "priority"
PUBLIC_INPUT = "public"
RESOLUTION_INPUT = "resolution"
NOTES_INPUT = "helpful_notes"
REPLY_INPUT = "reply"
PEOPLE_INPUT = "people"
FILES_INPUT = "files"
NOTE_INPUT = "note"
WHEN_INPUT = "when"
MOMENT_INPUT = "moment"
NUMBER_INPUT = "number"
SKILLS_INPUT = "related_skills"
SCORE_INPUT = "score"
COMMENT_INPUT = "comment"
PUBLIC_VALUE = "public"

_TICKET = "ticket"
_SHOWN_FROM = 4  # ticket, number, revision, part, then values


def ticket_block_id(number: int, revision: int, part: str) -> str:
    """A block that belongs to a ticket. The revision makes it new at every update, as Slack asks."""
    return f"{_TICKET}:{number}:{revision}:{part}"


def ticket_number_of(block_id: str) -> int:
    """The ticket that a block made by `ticket_block_id` belongs to.

    Raises:
        PayloadRefusedError: none of our blocks.
    """
    kind, _, rest = block_id.partition(":")
    return ticket_number(rest.partition(":")[0] if kind == _TICKET else "")


def shown_in(block_id: str) -> tuple[str, ...]:
    """The values that a block made by `ticket_block_id` showed: what stands behind the name of its part."""
    return tuple(block_id.split(":")[_SHOWN_FROM:])


def form_metadata(number: int, *shown: str) -> str:
    """What a form about a ticket carries: which, and what of it the person has seen."""
    return "|".join((str(number), *shown))


def read_form_metadata(text: str) -> tuple[int, tuple[str, ...]]:
    """What `form_metadata` made.

    Raises:
        PayloadRefusedError: no form of ours.
    """
    number, *shown = text.split("|")
    return ticket_number(number), tuple(shown)


def queue_page(view: str, before_id: int) -> str:
    """The value of the button that turns a queue's page."""
    return f"{view}:{before_id}"


def read_queue_page(value: str) -> tuple[str, int]:
    """View and cursor of a button's value made by `queue_page`.

    Raises:
        PayloadRefusedError: not made by us.
    """
    view, _, before_id = value.partition(":")
    return view, ticket_number(before_id)


def ticket_number(text: str) -> int:
    """A ticket number that we wrote into a payload ourselves.

    Raises:
        PayloadRefusedError: no number.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= 10):  # noqa: PLR2004 (digits of a 32-bit number)
        raise PayloadRefusedError("foreign-element")
    return int(text)
