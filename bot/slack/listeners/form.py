"""The form of a new ticket while it is filled in. No word of it is kept: it becomes a ticket when it is sent."""

import asyncio
from collections.abc import Sequence

import structlog

from bot.slack import limits
from bot.slack.blocks import ids, pieces
from bot.slack.blocks.form_layout import FormLayout, read_layout
from bot.slack.blocks.new_ticket import (
    is_of_the_question,
    of_another_kind,
    question_of,
    redrawn,
    solved_view,
)
from bot.slack.door import SlackDoor
from bot.slack.open_forms import OpenForm
from bot.slack.opening import read_form_templates
from bot.slack.payloads.values import BlockAction, OpenView
from bot.slack.similar import Question, find_similar, note_solved
from core.errors import DeskError
from core.search.values import SimilarTicket, Surface

log = structlog.get_logger(__name__)

LEAST_LETTERS = 8
"""Fewer say too little to be worth a search."""


async def on_form_action(door: SlackDoor, action: BlockAction, view: OpenView) -> None:
    """Something was typed, chosen or pressed in the form."""
    if is_of_the_question(action.action_id):
        await on_typed(door, action, view)
    elif action.action_id == ids.KIND_INPUT:
        await on_kind_chosen(door, action, view)
    elif action.action_id == ids.FORM_SOLVED:
        await on_solved(door, action, view)


async def on_typed(door: SlackDoor, action: BlockAction, view: OpenView) -> None:
    """Show earlier solutions to what has been typed, once the keys rest. Whatever fails, the form stays as it is.

    Only the newest text is searched for, and only what was found for the newest is shown.
    """
    form = door.forms.of(view.view_id)
    form.turn += 1
    turn = form.turn
    await asyncio.sleep(door.forms.settle_seconds)
    question = _question(view)
    if turn != form.turn or question.words == form.searched:
        return
    try:
        similar = await _search(door, action, question)
        async with form.updating:
            if turn == form.turn:
                await _redraw(door, action, view, _layout(form, view), similar)
                form.searched = question.words
    except DeskError as error:
        log.info("slack.form_not_updated", reason=str(error))


async def _search(door: SlackDoor, action: BlockAction, question: Question) -> Sequence[SimilarTicket]:
    if sum(character.isalnum() for character in question.title + question.description) < LEAST_LETTERS:
        return ()
    return await find_similar(door, action.user, question)


def _layout(form: OpenForm, view: OpenView) -> FormLayout:
    """What is drawn by now, where the words were sent before the last update had arrived there."""
    overtaken = form.layout is not None and form.newest_hash(view.hash) != view.hash
    return form.layout if overtaken and form.layout else read_layout(view.private_metadata)


async def on_kind_chosen(door: SlackDoor, action: BlockAction, view: OpenView) -> None:
    """Ask what the chosen kind of ticket is asked for; what was written stays."""
    form = door.forms.of(view.view_id)
    try:
        templates = await read_form_templates(door, action.user)
        layout = of_another_kind(_layout(form, view), view.values, templates=templates)
        async with form.updating:
            await _redraw(door, action, view, layout, form.similar)
    except DeskError as error:
        log.info("slack.form_not_updated", reason=str(error))


async def _redraw(
    door: SlackDoor, action: BlockAction, view: OpenView, layout: FormLayout, similar: Sequence[SimilarTicket]
) -> None:
    """Draw the form anew, unless somebody else has meanwhile.

    Raises:
        DeskError: Slack is away, or the form is closed or was redrawn by another process (`hash_conflict`).
    """
    form = door.forms.of(view.view_id)
    templates = await read_form_templates(door, action.user)
    drawn = redrawn(layout, view.values, similar, templates=templates, ticket_url=door.ticket_url)
    before = form.newest_hash(view.hash)
    answer = await door.api.call(
        "views.update", view_id=view.view_id, hash=before or None, view=drawn, seconds=limits.VIEW_CALL_SECONDS
    )
    form.updated(before, str(answer.get("view", {}).get("hash", "")), layout, similar)


async def on_solved(door: SlackDoor, action: BlockAction, view: OpenView) -> None:
    """An earlier ticket has solved it: nothing is filed, and that it helped is counted."""
    form = door.forms.of(view.view_id)
    form.turn += 1  # nothing that is still searched for may bring the form back
    try:
        solution = await note_solved(door, action.user, _question(view), ids.ticket_number(action.value))
        drawn = solved_view(solution.number, solution.title, ticket_url=door.ticket_url)
        async with form.updating:
            await door.api.call("views.update", view_id=view.view_id, view=drawn, seconds=limits.VIEW_CALL_SECONDS)
    except DeskError as error:
        await door.tell_privately(action.user, pieces.notice(str(error)))


def _question(view: OpenView) -> Question:
    title, description = question_of(read_layout(view.private_metadata), view.values)
    return Question(title=title, description=description, surface=Surface.SLACK_FORM, key=view.view_id)
