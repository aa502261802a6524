"""What the commands can do, on one screen each."""

from bot.slack.blocks import elements, pieces
from bot.slack.blocks.pieces import Message

TICKET_FORMS = (
    ("/ticket", "opens the form of a new ticket"),
    ("/ticket TEXT", "the same, with your text in it"),
    ("/ticket 123", "shows a ticket of yours, or a public one"),
    ("/ticket mine", "lists your tickets"),
    ("/ticket similar TEXT", "looks for earlier solutions"),
    ("/ticket help", "shows this"),
)
TRIAGE_FORMS = (
    ("/triage", "shows all open tickets"),
    ("/triage mine|unassigned|breaching|snoozed", "shows some of them"),
    ("/triage 123", "shows the card of a ticket"),
    ("/triage 123 take", "makes it yours"),
    ("/triage 123 assign @who", "gives it to a moderator; `assign nobody` gives it back"),
    ("/triage 123 priority low|medium|high", "sets the priority"),
    ("/triage 123 category bug|feature|question|performance", "sets the category"),
    ("/triage 123 status pending|in_progress|waiting", "sets the status"),
    ("/triage 123 public on|off", "says whether others may find it"),
    ("/triage 123 accept", "says that the suggestion is right"),
    ("/triage 123 snooze tomorrow|friday 14:00|3h|off", "puts it aside until then"),
    ("/triage 123 add|remove @who", "brings somebody into this ticket alone; a mail address does too"),
    ("/triage 123 note TEXT", "writes an internal note"),
    ("/triage 123 reply TEXT", "answers the requester"),
    ("/triage 123 resolve TEXT", "completes it with what solved it"),
    ("/triage 123 reopen", "brings it back to work"),
    ("/triage 123 merge 45", "closes it in favour of 45, where it goes on"),
    ("/triage channel #name auto|ask|off", "makes tickets of messages there, offers to, or leaves them alone"),
    ("/triage help", "shows this"),
)


def ticket_help() -> Message:
    return _help("Tickets", TICKET_FORMS)


def triage_help() -> Message:
    return _help("Triage, for moderators", TRIAGE_FORMS)


def _help(title: str, forms: tuple[tuple[str, str], ...]) -> Message:
    lines = "\n".join(f"`{form}` {meaning}" for form, meaning in forms)
    return pieces.message(title, [elements.section(f"*{title}*\n{lines}")])
