"""The pieces of Block Kit that this desk uses, each within Slack's limits whatever it is given.

Source: https://docs.slack.dev/reference/block-kit/
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.slack import limits
from bot.slack.text import clean, truncate

Block = dict[str, Any]
EMPTY = "—"


def plain(text: str, limit: int) -> Block:
    """A plain text object; never empty, since Slack refuses empty text."""
    return {"type": "plain_text", "text": truncate(clean(text).strip(), limit) or EMPTY, "emoji": False}


def mrkdwn(markup: str) -> Block:
    """A mrkdwn object of markup that is escaped and short enough already; `verbatim` keeps Slack from adding links."""
    return {"type": "mrkdwn", "text": markup.strip() or EMPTY, "verbatim": True}


def header(text: str) -> Block:
    return {"type": "header", "text": plain(" ".join(text.split()), limits.HEADER_TEXT)}


def section(markup: str, *, accessory: Block | None = None) -> Block:
    block: Block = {"type": "section", "text": mrkdwn(markup)}
    return block | ({"accessory": accessory} if accessory else {})


def fields(markups: Sequence[str]) -> Block:
    return {"type": "section", "fields": [mrkdwn(markup) for markup in markups[: limits.SECTION_FIELDS]]}


def context(*markups: str) -> Block:
    return {"type": "context", "elements": [mrkdwn(markup) for markup in markups[: limits.CONTEXT_ELEMENTS]]}


def divider() -> Block:
    return {"type": "divider"}


def actions(block_id: str, *elements: Block) -> Block:
    return {"type": "actions", "block_id": block_id, "elements": list(elements[: limits.ACTIONS_ELEMENTS])}


def button(label: str, action_id: str, value: str, *, style: str = "", confirm: str = "") -> Block:
    """A button; `confirm` is asked before it counts, in plain words."""
    block: Block = {
        "type": "button",
        "text": plain(label, limits.BUTTON_TEXT),
        "action_id": action_id,
        "value": truncate(value, limits.BUTTON_VALUE),
    }
    return block | ({"style": style} if style else {}) | ({"confirm": _confirm(label, confirm)} if confirm else {})


def _confirm(title: str, question: str) -> Block:
    return {
        "title": plain(title, limits.CONFIRM_TITLE),
        "text": plain(question, limits.CONFIRM_TEXT),
        "confirm": plain("Yes", limits.CONFIRM_BUTTON),
        "deny": plain("No", limits.CONFIRM_BUTTON),
    }


def option(label: str, value: str) -> Block:
    return {"text": plain(label, limits.OPTION_TEXT), "value": truncate(value, limits.OPTION_VALUE)}


def menu(action_id: str, placeholder: str, choices: Mapping[str, str], chosen: str | None = None) -> Block:
    """A static menu of value -> label; `chosen` is a value."""
    options = {value: option(label, value) for value, label in list(choices.items())[: limits.OPTIONS]}
    block: Block = {
        "type": "static_select",
        "action_id": action_id,
        "placeholder": plain(placeholder, limits.PLACEHOLDER),
        "options": list(options.values()),
    }
    return block | ({"initial_option": options[chosen]} if chosen in options else {})


def people_input(block_id: str, label: str, chosen: Sequence[str]) -> Block:
    """People of Slack, some chosen already."""
    element: Block = {"type": "multi_users_select", "action_id": block_id}
    if chosen:
        element["initial_users"] = list(chosen[: limits.INITIAL_USERS])
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label, limits.INPUT_LABEL),
        "element": element,
        "optional": True,
    }


def files_input(block_id: str, label: str) -> Block:
    """Files of one's own."""
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label, limits.INPUT_LABEL),
        "element": {"type": "file_input", "action_id": block_id, "max_files": limits.FILES},
        "optional": True,
    }


def overflow(action_id: str, choices: Mapping[str, str]) -> Block:
    """What is seldom needed, behind three dots: value -> label."""
    options = [option(label, value) for value, label in list(choices.items())[: limits.OVERFLOW_OPTIONS]]
    return {"type": "overflow", "action_id": action_id, "options": options}


def people_menu(action_id: str, placeholder: str) -> Block:
    """A menu of everybody in the workspace."""
    return {"type": "users_select", "action_id": action_id, "placeholder": plain(placeholder, limits.PLACEHOLDER)}


def text_input(
    block_id: str,
    label: str,
    *,
    initial: str = "",
    multiline: bool = False,
    longest: int = limits.INPUT_VALUE,
    optional: bool = False,
    hint: str = "",
) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "action_id": block_id,
        "multiline": multiline,
        "max_length": min(longest, limits.INPUT_VALUE),
    }
    prefilled = truncate(clean(initial), min(longest, limits.INPUT_VALUE))
    return _input(
        block_id, label, element | ({"initial_value": prefilled} if prefilled else {}), optional=optional, hint=hint
    )


def telling_while_typed(text_field: Block) -> Block:
    """A text input of which every typed character is told, as it stands then."""
    telling = {"dispatch_action_config": {"trigger_actions_on": ["on_character_entered"]}}
    return text_field | {"dispatch_action": True, "element": text_field["element"] | telling}


def menu_input(
    block_id: str,
    label: str,
    choices: Mapping[str, str],
    chosen: str | None = None,
    *,
    optional: bool = False,
    hint: str = "",
) -> Block:
    return _input(block_id, label, menu(block_id, "Choose", choices, chosen), optional=optional, hint=hint)


def radio_input(block_id: str, label: str, choices: Mapping[str, str], chosen: str | None = None) -> Block:
    """One of a few, all in sight: value -> label."""
    options = {value: option(label, value) for value, label in list(choices.items())[: limits.RADIO_OPTIONS]}
    element: Block = {"type": "radio_buttons", "action_id": block_id, "options": list(options.values())}
    element |= {"initial_option": options[chosen]} if chosen in options else {}
    return _input(block_id, label, element, optional=False, hint="")


def moment_input(block_id: str, label: str, *, initial: datetime | None = None, hint: str = "") -> Block:
    """A day and a time in the person's own zone; may stay empty."""
    element: Block = {"type": "datetimepicker", "action_id": block_id}
    element |= {"initial_date_time": int(initial.timestamp())} if initial else {}
    return _input(block_id, label, element, optional=True, hint=hint)


def checkbox_input(block_id: str, label: str, choice: str, value: str, *, checked: bool = False) -> Block:
    """One box, which may stay empty; the submission holds `value` where it is ticked."""
    ticked = option(choice, value)
    element: Block = {"type": "checkboxes", "action_id": block_id, "options": [ticked]}
    return _input(block_id, label, element | ({"initial_options": [ticked]} if checked else {}), optional=True, hint="")


def modal(
    title: str, callback_id: str, blocks: Sequence[Block], *, submit: str = "", private_metadata: str = ""
) -> Block:
    view: Block = {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(title, limits.MODAL_TITLE),
        "close": plain("Cancel" if submit else "Close", limits.MODAL_BUTTON),
        "blocks": list(blocks[: limits.MODAL_BLOCKS]),
        "private_metadata": private_metadata,
    }
    return view | ({"submit": plain(submit, limits.MODAL_BUTTON)} if submit else {})


def _input(block_id: str, label: str, element: Block, *, optional: bool, hint: str) -> Block:
    block: Block = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label, limits.INPUT_LABEL),
        "element": element,
        "optional": optional,
    }
    return block | ({"hint": plain(hint, limits.INPUT_HINT)} if hint else {})
