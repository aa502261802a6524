"""Forms that were sent. A mistake is shown beside its field, and nothing that was typed is lost."""

import json

from bot.slack.blocks import elements, ids, pieces
from bot.slack.blocks.form_layout import FormLayout, read_layout
from bot.slack.blocks.new_ticket import read_new_ticket
from bot.slack.door import SlackDoor
from bot.slack.errors import PayloadRefusedError
from bot.slack.files import remote_files
from bot.slack.listeners.own_ticket import save_edit
from bot.slack.listeners.satisfaction import save_rating
from bot.slack.listeners.triage_forms import FIRST_INPUTS, TRIAGE_FORMS, on_triage_form
from bot.slack.payloads.values import SlackUser, ViewSubmission
from core.errors import DeskError, InvalidInputError
from core.files.values import FileRefusedError, FileRules, RemoteFile
from core.intake.values import Channel
from core.tickets.actions import NewTicket
from core.tickets.templates import Templates
from core.tickets.values import MOST_PARTICIPANTS

Answer = dict[str, object]

_FIRST_INPUT = {ids.NEW_TICKET_MODAL: ids.TITLE_INPUT, ids.EDIT_MODAL: ids.TITLE_INPUT, **FIRST_INPUTS}


async def on_submission(door: SlackDoor, submission: ViewSubmission) -> Answer | None:
    """Carry out the form; None closes it."""
    try:
        return await _carry_out(door, submission)
    except DeskError as error:
        return _refusal(submission, error)


async def _carry_out(door: SlackDoor, submission: ViewSubmission) -> Answer | None:
    if submission.callback_id in TRIAGE_FORMS:
        return await on_triage_form(door, submission)
    match submission.callback_id:
        case ids.NEW_TICKET_MODAL:
            await _submit(door, submission)
        case ids.EDIT_MODAL:
            await save_edit(door, submission)
        case ids.RATE_MODAL:
            await save_rating(door, submission)
        case _:
            raise PayloadRefusedError("foreign-view")
    return None


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

    _check_files(submission, door.desk.policy.file_rules)
    layout = read_layout(submission.private_metadata)
    content = json.dumps(submission.values, sort_keys=True)
    await door.file(
        submission.user,
        read,
        key=submission.view_id,
        content=content,
        rule="slack-new-ticket",
        others=_others(submission),
        files=_files(submission, layout),
        made_of=layout.message,
        unread=layout.unread,
    )


def _check_files(submission: ViewSubmission, rules: FileRules) -> None:
    """Refuse while the form is open what would be refused when it is fetched; Slack names most files by then.

    Raises:
        InvalidInputError: a chosen file is too large, or of a type that is not taken.
    """
    for file in submission.files.get(ids.FILES_INPUT, ()):
        try:
            rules.check(file.name, file.size)
        except FileRefusedError as refused:
            told = f"“{file.name}” cannot be taken. {refused.message}"
            raise InvalidInputError(told, field=ids.FILES_INPUT, mend=f"Remove it here. {refused.mend}") from refused


def _files(submission: ViewSubmission, layout: FormLayout) -> list[RemoteFile]:
    """Those that were chosen in the form, and those of the message that it was opened on."""
    workspace_id = submission.user.workspace_id
    of_message = [RemoteFile(workspace_id=workspace_id, file_id=file_id) for file_id in layout.files]
    return [*remote_files(submission.files.get(ids.FILES_INPUT, ()), workspace_id), *of_message]


def _others(submission: ViewSubmission) -> list[SlackUser]:
    """Whom the requester wants to take part."""
    chosen = dict.fromkeys(filter(None, submission.values.get(ids.PEOPLE_INPUT, "").split(",")))
    workspace_id = submission.user.workspace_id
    return [SlackUser(workspace_id=workspace_id, user_id=user_id) for user_id in chosen][:MOST_PARTICIPANTS]


def _refusal(submission: ViewSubmission, error: DeskError) -> Answer:
    """The error beside an input of the form, or, where it has none, in place of it."""
    field = error.field if isinstance(error, InvalidInputError) else ""
    first = _FIRST_INPUT.get(submission.callback_id, "")
    inputs = {*submission.values, *submission.files}
    beside = next((name for name in (field, first, *submission.values) if name in inputs), "")
    if beside:
        return {"response_action": "errors", "errors": {beside: str(error)}}
    told = elements.modal("Nothing was changed", "refusal", list(pieces.paragraphs(str(error))))
    return {"response_action": "update", "view": told}
