"""Slash commands, buttons, modals and shortcuts.

Source: https://docs.slack.dev/interactivity/ and https://docs.slack.dev/reference/interaction-payloads/
"""

from bot.slack.errors import PayloadRefusedError
from bot.slack.payloads.events import files_of
from bot.slack.payloads.fields import (
    Json,
    first_identifier,
    first_mapping,
    identifier,
    mapping,
    mappings,
    optional_mapping,
    optional_text,
)
from bot.slack.payloads.values import (
    BlockAction,
    GlobalShortcut,
    Interaction,
    MessageShortcut,
    OpenView,
    SlackFile,
    SlackUser,
    SlashCommand,
    ViewSubmission,
)


def parse_command(body: Json) -> SlashCommand:
    """Read a slash command.

    Raises:
        PayloadRefusedError: a field that every command has is missing.
    """
    # A form: its booleans are words.
    of_enterprise = ((body, "enterprise_id"),) if optional_text(body, "is_enterprise_install") == "true" else ()
    workspace = first_identifier(*of_enterprise, (body, "team_id"), (body, "enterprise_id"))
    return SlashCommand(
        user=SlackUser(
            workspace_id=workspace, user_id=identifier(body, "user_id"), name=optional_text(body, "user_name")
        ),
        channel_id=identifier(body, "channel_id"),
        command=identifier(body, "command"),
        text=optional_text(body, "text"),
        trigger_id=identifier(body, "trigger_id"),
        response_url=optional_text(body, "response_url"),
    )


def parse_interaction(body: Json) -> Interaction:
    """Read a button, menu, modal or shortcut.

    Raises:
        PayloadRefusedError: malformed, or of a kind that is of no use here (`is_malformed` False).
    """
    match identifier(body, "type"):
        case "block_actions":
            return _block_action(body)
        case "view_submission":
            return _view_submission(body)
        case "shortcut":
            return GlobalShortcut(
                user=_user(body),
                callback_id=identifier(body, "callback_id"),
                trigger_id=identifier(body, "trigger_id"),
            )
        case "message_action":
            return _message_shortcut(body)
        case kind:
            raise PayloadRefusedError(f"unused-interaction:{kind[:80]}", is_malformed=False)


def _user(body: Json) -> SlackUser:
    user = mapping(body, "user")
    of_enterprise = ((optional_mapping(body, "enterprise"), "id"),) if body.get("is_enterprise_install") is True else ()
    workspace = first_identifier(
        *of_enterprise,
        (optional_mapping(body, "view"), "app_installed_team_id"),
        (optional_mapping(body, "team"), "id"),
        (user, "team_id"),
        (optional_mapping(body, "enterprise"), "id"),
    )
    name = optional_text(user, "name") or optional_text(user, "username")
    return SlackUser(workspace_id=workspace, user_id=identifier(user, "id"), name=name)


def _block_action(body: Json) -> BlockAction:
    action = first_mapping(body, "actions")
    container = optional_mapping(body, "container")
    message = optional_mapping(body, "message")
    return BlockAction(
        user=_user(body),
        action_id=identifier(action, "action_id"),
        block_id=optional_text(action, "block_id"),
        value=_chosen(action),
        trigger_id=identifier(body, "trigger_id"),
        response_url=optional_text(body, "response_url"),
        channel_id=optional_text(optional_mapping(body, "channel"), "id") or optional_text(container, "channel_id"),
        message_ts=optional_text(container, "message_ts") or optional_text(message, "ts"),
        thread_ts=optional_text(container, "thread_ts") or optional_text(message, "thread_ts"),
        view_id=optional_text(optional_mapping(body, "view"), "id"),
        view=_open_modal(optional_mapping(body, "view")),
        is_ephemeral=container.get("is_ephemeral") is True,
    )


def _open_modal(view: Json) -> OpenView | None:
    if optional_text(view, "type") != "modal":
        return None
    values, files = _state(view)
    return OpenView(
        view_id=identifier(view, "id"),
        callback_id=identifier(view, "callback_id"),
        hash=optional_text(view, "hash"),
        private_metadata=optional_text(view, "private_metadata"),
        values=values,
        files=files,
    )


def _view_submission(body: Json) -> ViewSubmission:
    view = mapping(body, "view")
    if (kind := identifier(view, "type")) != "modal":
        raise PayloadRefusedError(f"unused-view:{kind[:80]}", is_malformed=False)
    values, files = _state(view)
    return ViewSubmission(
        user=_user(body),
        view_id=identifier(view, "id"),
        callback_id=identifier(view, "callback_id"),
        private_metadata=optional_text(view, "private_metadata"),
        values=values,
        files=files,
    )


def _state(view: Json) -> tuple[dict[str, str], dict[str, tuple[SlackFile, ...]]]:
    """What the input blocks of a modal hold, by block id: texts and choices, and files."""
    state = optional_mapping(optional_mapping(view, "state"), "values")
    blocks = {block_id: optional_mapping(state, block_id) for block_id in state}
    files = {
        block_id: files_of(element)
        for block_id, block in blocks.items()
        for element in block.values()
        if isinstance(element, dict) and optional_text(element, "type") == "file_input"
    }
    return {block_id: _entered(block) for block_id, block in blocks.items() if block_id not in files}, files


def _message_shortcut(body: Json) -> MessageShortcut:
    message = mapping(body, "message")
    return MessageShortcut(
        user=_user(body),
        callback_id=identifier(body, "callback_id"),
        trigger_id=identifier(body, "trigger_id"),
        channel_id=identifier(mapping(body, "channel"), "id"),
        message_ts=optional_text(body, "message_ts") or identifier(message, "ts"),
        text=optional_text(message, "text"),
        thread_ts=optional_text(message, "thread_ts"),
        author_id=optional_text(message, "user"),
        response_url=optional_text(body, "response_url"),
        files=files_of(message),
    )


def _entered(block: Json) -> str:
    """What an input block holds: it has one element, whose action id does not matter."""
    return next((_chosen(element) for element in block.values() if isinstance(element, dict)), "")


def _chosen(element: Json) -> str:
    """The value of any element, by the one field that its type fills."""
    for name in ("value", "selected_user", "selected_channel", "selected_conversation", "selected_date"):
        if chosen := optional_text(element, name):
            return chosen
    moment = element.get("selected_date_time")
    if isinstance(moment, int) and not isinstance(moment, bool):
        return str(moment)
    if option := optional_mapping(element, "selected_option"):
        return optional_text(option, "value")
    if users := element.get("selected_users"):
        return ",".join(user for user in users if isinstance(user, str)) if isinstance(users, list) else ""
    return ",".join(optional_text(option, "value") for option in mappings(element, "selected_options"))
