"""The forms behind a card's buttons: what they show when they open, and what happens when they are sent."""

from collections.abc import Callable

from bot.slack.acts import TriageChange
from bot.slack.blocks import ids, triage_forms
from bot.slack.blocks.elements import Block
from bot.slack.blocks.modals import read_reply, read_resolve, reply_modal, resolve_modal
from bot.slack.changes import change_ticket
from bot.slack.door import SlackDoor, require_moderator
from bot.slack.overtaking import AnsweredMeanwhileError
from bot.slack.payloads.values import ViewSubmission
from core.db.unit_of_work import Reading
from core.errors import ConflictError, InvalidInputError
from core.tickets.queries import find_ticket, newest_reply
from core.triage.queries import latest_suggestion

Answer = dict[str, object]

FORMS = {
    ids.REPLY: "reply TEXT",
    ids.RESOLVE: "resolve TEXT",
    ids.NOTE: "note TEXT",
    ids.SNOOZE: "snooze tomorrow",
    ids.MERGE: "merge 45",
    ids.PUBLISH: "public on",
    ids.CORRECT: "category bug|feature|question|performance",
}
"""What opens a form, and the command that does without."""

READERS: dict[str, Callable[[ViewSubmission], TriageChange]] = {
    ids.RESOLVE_MODAL: read_resolve,
    ids.REPLY_MODAL: read_reply,
    ids.NOTE_MODAL: triage_forms.read_note,
    ids.SNOOZE_MODAL: triage_forms.read_snooze,
    ids.MERGE_CONFIRM_MODAL: triage_forms.read_merge,
    ids.PUBLISH_MODAL: triage_forms.read_publish,
    ids.CORRECT_MODAL: triage_forms.read_correct,
}

FIRST_INPUTS = {
    ids.RESOLVE_MODAL: ids.RESOLUTION_INPUT,
    ids.REPLY_MODAL: ids.REPLY_INPUT,
    ids.NOTE_MODAL: ids.NOTE_INPUT,
    ids.SNOOZE_MODAL: ids.WHEN_INPUT,
    ids.MERGE_MODAL: ids.NUMBER_INPUT,
    ids.CORRECT_MODAL: ids.CATEGORY_INPUT,
}
TRIAGE_FORMS = frozenset({ids.MERGE_MODAL, *READERS})


async def draw_form(reading: Reading, deed: str, number: int) -> Block:  # noqa: PLR0911 (one case a form)
    """The form that a button opens, as the ticket stands.

    Raises:
        NotFoundError: there is no such ticket.
        ConflictError: there is no advice to correct.
    """
    row = await find_ticket(reading, number)
    ticket = row.snapshot()
    match deed:
        case ids.REPLY:
            newest = await newest_reply(reading, row)
            return reply_modal(number, seen=newest.id if newest else 0)
        case ids.NOTE:
            return triage_forms.note_form(ticket)
        case ids.SNOOZE:
            return triage_forms.snooze_form(ticket)
        case ids.MERGE:
            return triage_forms.merge_form(ticket)
        case ids.PUBLISH:
            return triage_forms.publish_form(ticket)
        case ids.CORRECT:
            advice = await latest_suggestion(reading, row.id)
            if advice is None:
                raise ConflictError(f"There is no advice on ticket #{number}.", mend="Set the fields by hand.")
            return triage_forms.correct_form(ticket, advice)
    return resolve_modal(ticket)


async def on_triage_form(door: SlackDoor, submission: ViewSubmission) -> Answer | None:
    """Carry out what was entered; an answer keeps the form open, with another page of it.

    Raises:
        DeskError: what the person should read beside an input; nothing was changed.
    """
    if submission.callback_id == ids.MERGE_MODAL:
        return await _ask_before_merging(door, submission)
    change = READERS[submission.callback_id](submission)
    try:
        await change_ticket(door, submission.user, change, key=submission.view_id)
    except AnsweredMeanwhileError as error:
        said = error.reply.snapshot()
        text = submission.values.get(ids.REPLY_INPUT, "")
        return _next_page(reply_modal(change.number, seen=said.id, said=said, text=text))
    return None


async def _ask_before_merging(door: SlackDoor, submission: ViewSubmission) -> Answer:
    wanted = triage_forms.read_merge(submission)
    if wanted.number == wanted.into:
        raise InvalidInputError("A ticket cannot be merged into itself.", field=ids.NUMBER_INPUT)
    async with door.reading(submission.user) as reading:
        require_moderator(reading)
        ticket = (await find_ticket(reading, wanted.number)).snapshot()
        into = (await find_ticket(reading, wanted.into)).snapshot()
    return _next_page(triage_forms.merge_confirmation(ticket, into, ticket_url=door.ticket_url))


def _next_page(view: Block) -> Answer:
    return {"response_action": "update", "view": view}
