"""Forms that were sent. A mistake is shown beside its field, and nothing that was typed is lost."""

import json

from bot.slack.blocks import ids
from bot.slack.blocks.modals import read_reply, read_resolve
from bot.slack.blocks.new_ticket import read_layout, read_new_ticket
from bot.slack.changes import change_ticket
from bot.slack.door import SlackDoor
from bot.slack.errors import PayloadRefusedError
from bot.slack.listeners.own_ticket import save_edit
from bot.slack.payloads.values import SlackUser, ViewSubmission
from core.errors import DeskError, InvalidInputError
from core.intake.values import Channel
from core.tickets.actions import NewTicket
from core.tickets.templates import Templates
from core.tickets.values import MOST_PARTICIPANTS

Answer = dict[str, object]

_FIRST_INPUT = {
    ids.NEW_TICKET_MODAL: ids.TITLE_INPUT,
    ids.EDIT_MODAL: ids.TITLE_INPUT,
    ids.RESOLVE_MODAL: ids.RESOLUTION_INPUT,
    ids.REPLY_MODAL: ids.REPLY_INPUT,
}
_INPUT_OF_FIELD = {"text": ids.REPLY_INPUT}


async def on_submission(door: SlackDoor, submission: ViewSubmission) -> Answer | None:
    """Carry out the form; None closes it."""
    try:
        await _carry_out(door, submission)
    except DeskError as error:
        return {"response_action": "errors", "errors": {_input_of(submission, error): str(error)}}
    return None


async def _carry_out(door: SlackDoor, submission: ViewSubmission) -> None:
    key = submission.view_id
    match submission.callback_id:
        case ids.NEW_TICKET_MODAL:
            await _submit(door, submission)
        case ids.EDIT_MODAL:
            await save_edit(door, submission)
        case ids.RESOLVE_MODAL:
            await change_ticket(door, submission.user, read_resolve(submission), key=key)
        case ids.REPLY_MODAL:
            await change_ticket(door, submission.user, read_reply(submission), key=key)
        case _:
            raise PayloadRefusedError("foreign-view")


async def _submit(door: SlackDoor, submission: ViewSubmission) -> None:
    def read(templates: Templates) -> NewTicket:
        form = read_new_ticket(submission, templates=templates)
        return NewTicket(
            title=form.title,
            description=form.description,
            channel=Channel.SLACK.value,
            category=form.category,
            priority=form.priority,
            is_public=form.is_public,
            thread_key=layout.thread,
        )

    layout = read_layout(submission.private_metadata)
    content = json.dumps(submission.values, sort_keys=True)
    await door.file(
        submission.user,
        read,
        key=submission.view_id,
        content=content,
        rule="slack-new-ticket",
        others=_others(submission),
    )


def _others(submission: ViewSubmission) -> list[SlackUser]:
    """Whom the requester wants to take part."""
    chosen = dict.fromkeys(filter(None, submission.values.get(ids.PEOPLE_INPUT, "").split(",")))
    workspace_id = submission.user.workspace_id
    return [SlackUser(workspace_id=workspace_id, user_id=user_id) for user_id in chosen][:MOST_PARTICIPANTS]


def _input_of(submission: ViewSubmission, error: DeskError) -> str:
    """The input beside which Slack shows the error; it has to be one of the form's."""
    field = error.field if isinstance(error, InvalidInputError) else ""
    wanted = _INPUT_OF_FIELD.get(field, field)
    fallback = _FIRST_INPUT.get(submission.callback_id, next(iter(submission.values), ids.TITLE_INPUT))
    return wanted if wanted in submission.values else fallback
