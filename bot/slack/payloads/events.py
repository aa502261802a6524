"""Events API envelopes.

Source: https://docs.slack.dev/apis/events-api/ and https://docs.slack.dev/reference/events
"""

from bot.slack.errors import PayloadRefusedError
from bot.slack.payloads.fields import (
    Json,
    first_identifier,
    identifier,
    mapping,
    mappings,
    optional_mapping,
    optional_text,
    text,
)
from bot.slack.payloads.values import (
    AccessLost,
    ChannelReadersChanged,
    Event,
    HomeOpened,
    LinksShared,
    MessageDeleted,
    MessageEdited,
    MessageEvent,
    Reaction,
    SlackFile,
    SlackUser,
)

WRITTEN_BY_PEOPLE = frozenset({"", "file_share", "thread_broadcast", "me_message", "bot_message"})
"""Message subtypes that carry words; all others are notices about the channel."""
TOMBSTONE = "tombstone"
"""What Slack leaves of a deleted message that has answers in its thread."""


def parse_event(envelope: Json) -> Event:
    """Read one `event_callback` envelope.

    Raises:
        PayloadRefusedError: malformed, or of a kind that is of no use here (`is_malformed` False).
    """
    event = mapping(envelope, "event")
    kind = identifier(event, "type")
    match kind:
        case "message":
            return _message(envelope, event)
        case "app_mention":
            return _words(envelope, event, is_mention=True)
        case "reaction_added" | "reaction_removed":
            return _reaction(envelope, event)
        case "app_home_opened":
            return HomeOpened(
                event_id=identifier(envelope, "event_id"),
                user=_user(envelope, event),
                tab=optional_text(event, "tab"),
            )
        case "link_shared":
            return _links(envelope, event)
        case _:
            return _of_the_workspace(envelope, event, kind)


def parse_stored_message(message: Json, pointed_at_by: Reaction) -> MessageEvent:
    """A message as `conversations.history` gives it, read as the event it came by.

    Raises:
        PayloadRefusedError: malformed, or a notice about the channel (`is_malformed` False).
    """
    subtype = optional_text(message, "subtype")
    if subtype not in WRITTEN_BY_PEOPLE:
        raise PayloadRefusedError(f"unused-subtype:{subtype[:80]}", is_malformed=False)
    by = pointed_at_by
    author = optional_text(message, "user")
    return MessageEvent(
        event_id=by.event_id,
        user=SlackUser(workspace_id=by.user.workspace_id, user_id=author) if author else None,
        workspace_id=by.user.workspace_id,
        channel_id=by.channel_id,
        channel_type="",
        ts=identifier(message, "ts"),
        text=optional_text(message, "text"),
        thread_ts=optional_text(message, "thread_ts"),
        subtype=subtype,
        sender_bot_id=optional_text(message, "bot_id"),
        own_user_id=by.own_user_id,
        files=files_of(message),
        edited_ts=_edited_ts(message),
    )


def workspace_of(envelope: Json) -> str:
    """The workspace that has the app installed; in a shared channel `team_id` may name the other side.

    An app that is installed for a whole enterprise has that as its workspace: people have one id in all of it.
    """
    for authorization in mappings(envelope, "authorizations"):
        whole = optional_text(authorization, "enterprise_id")
        if whole and authorization.get("is_enterprise_install") is True:
            return whole
    for authorization in mappings(envelope, "authorizations"):
        if team := optional_text(authorization, "team_id"):
            return team
    return first_identifier((envelope, "team_id"), (envelope, "enterprise_id"))


def files_of(message: Json) -> tuple[SlackFile, ...]:
    return tuple(file_of(file) for file in mappings(message, "files") if optional_text(file, "id"))


def _message(envelope: Json, event: Json) -> Event:
    subtype = optional_text(event, "subtype")
    if subtype == "message_changed":
        return _edited(envelope, event)
    if subtype == "message_deleted":
        return _gone(envelope, event, ts=identifier(event, "deleted_ts"))
    if subtype not in WRITTEN_BY_PEOPLE:
        raise PayloadRefusedError(f"unused-subtype:{subtype[:80]}", is_malformed=False)
    return _words(envelope, event, is_mention=False)


def _words(envelope: Json, event: Json, *, is_mention: bool) -> MessageEvent:
    profile = optional_mapping(event, "bot_profile")
    return MessageEvent(
        event_id=identifier(envelope, "event_id"),
        user=_optional_user(envelope, event),
        workspace_id=workspace_of(envelope),
        channel_id=identifier(event, "channel"),
        channel_type=optional_text(event, "channel_type"),
        ts=identifier(event, "ts"),
        text=optional_text(event, "text"),
        thread_ts=optional_text(event, "thread_ts"),
        subtype=optional_text(event, "subtype"),
        is_mention=is_mention,
        sender_app_id=optional_text(event, "app_id") or optional_text(profile, "app_id"),
        sender_bot_id=optional_text(event, "bot_id"),
        own_app_id=optional_text(envelope, "api_app_id"),
        own_user_id=_own_user_id(envelope),
        files=files_of(event),
        edited_ts=_edited_ts(event),
    )


def _edited(envelope: Json, event: Json) -> MessageEdited | MessageDeleted:
    message = mapping(event, "message")
    previous = optional_mapping(event, "previous_message")
    ts = optional_text(message, "ts") or identifier(previous, "ts")
    if optional_text(message, "subtype") == TOMBSTONE:
        return _gone(envelope, event, ts=ts)
    return MessageEdited(
        event_id=identifier(envelope, "event_id"),
        user=_optional_user(envelope, message),
        workspace_id=workspace_of(envelope),
        channel_id=identifier(event, "channel"),
        channel_type=optional_text(event, "channel_type"),
        ts=ts,
        changed_ts=_edited_ts(message) or optional_text(event, "ts"),
        thread_ts=optional_text(message, "thread_ts"),
        text=optional_text(message, "text"),
        previous_text=optional_text(previous, "text") if previous else None,
        sender_bot_id=optional_text(message, "bot_id"),
        own_user_id=_own_user_id(envelope),
        files=files_of(message),
        previous_files=files_of(previous),
    )


def _gone(envelope: Json, event: Json, *, ts: str) -> MessageDeleted:
    previous = optional_mapping(event, "previous_message")
    return MessageDeleted(
        event_id=identifier(envelope, "event_id"),
        user=_optional_user(envelope, previous),
        workspace_id=workspace_of(envelope),
        channel_id=identifier(event, "channel"),
        channel_type=optional_text(event, "channel_type"),
        ts=ts,
        changed_ts=optional_text(event, "event_ts") or optional_text(event, "ts"),
        thread_ts=optional_text(previous, "thread_ts"),
        sender_bot_id=optional_text(previous, "bot_id"),
    )


def _reaction(envelope: Json, event: Json) -> Reaction:
    item = mapping(event, "item")
    if optional_text(item, "type") not in {"", "message"}:
        raise PayloadRefusedError("unused-reaction:not-on-a-message", is_malformed=False)
    return Reaction(
        event_id=identifier(envelope, "event_id"),
        user=_user(envelope, event),
        reaction=identifier(event, "reaction"),
        channel_id=identifier(item, "channel"),
        message_ts=identifier(item, "ts"),
        event_ts=optional_text(event, "event_ts"),
        is_removed=text(event, "type") == "reaction_removed",
        own_user_id=_own_user_id(envelope),
    )


def _links(envelope: Json, event: Json) -> LinksShared:
    if optional_text(event, "source") == "composer":
        raise PayloadRefusedError("unused-links:not-posted-yet", is_malformed=False)
    return LinksShared(
        event_id=identifier(envelope, "event_id"),
        user=_user(envelope, event),
        channel_id=identifier(event, "channel"),
        message_ts=identifier(event, "message_ts"),
        is_with_app=event.get("is_bot_user_member") is True,
        addresses=tuple(found for link in mappings(event, "links") if (found := optional_text(link, "url"))),
    )


def _of_the_workspace(envelope: Json, event: Json, kind: str) -> Event:
    """What changes for everybody in a workspace or channel."""
    match kind:
        case "app_uninstalled" | "tokens_revoked":
            return _access_lost(envelope, event, kind)
        case "channel_shared" | "channel_unshared":
            return ChannelReadersChanged(
                event_id=identifier(envelope, "event_id"),
                workspace_id=workspace_of(envelope),
                channel_id=identifier(event, "channel"),
            )
        case "channel_id_changed":
            return ChannelReadersChanged(
                event_id=identifier(envelope, "event_id"),
                workspace_id=workspace_of(envelope),
                channel_id=identifier(event, "old_channel_id"),
                new_id=identifier(event, "new_channel_id"),
            )
    raise PayloadRefusedError(f"unused-event:{kind[:80]}", is_malformed=False)


def _access_lost(envelope: Json, event: Json, kind: str) -> AccessLost:
    told, tokens = envelope.get("event_time"), optional_mapping(event, "tokens")
    return AccessLost(
        event_id=identifier(envelope, "event_id"),
        workspace_id=workspace_of(envelope),
        cause=kind,
        told_at=told if isinstance(told, int) and 0 < told < 2**32 else 0,
        is_whole=kind == "app_uninstalled" or not tokens or bool(tokens.get("bot")),
    )


def _user(envelope: Json, event: Json) -> SlackUser:
    return SlackUser(workspace_id=workspace_of(envelope), user_id=identifier(event, "user"))


def _optional_user(envelope: Json, message: Json) -> SlackUser | None:
    return _user(envelope, message) if optional_text(message, "user") else None


def _edited_ts(message: Json) -> str:
    return optional_text(optional_mapping(message, "edited"), "ts")


def _own_user_id(envelope: Json) -> str:
    for authorization in mappings(envelope, "authorizations"):
        if authorization.get("is_bot") is True:
            return optional_text(authorization, "user_id")
    return ""


def file_of(file: Json) -> SlackFile:
    """One file object.

    Raises:
        PayloadRefusedError: it has no id.
    """
    size = file.get("size")
    return SlackFile(
        file_id=identifier(file, "id"),
        name=optional_text(file, "name") or "file",
        content_type=optional_text(file, "mimetype") or "application/octet-stream",
        size=size if isinstance(size, int) else 0,
        url=optional_text(file, "url_private_download") or optional_text(file, "url_private"),
    )
