"""What Slack sends to an app, made by hand: payloads of every kind, encoded and signed as Slack does it.

Source: https://docs.slack.dev/apis/events-api/, https://docs.slack.dev/reference/interaction-payloads/ and
https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import hashlib
import hmac
import itertools
import json
import time
from typing import Any
from urllib.parse import urlencode

Json = dict[str, Any]

SIGNING_SECRET = "an-example-signing-secret"
TEAM = "T0EXAMPLE"
APP = "A0EXAMPLE"
BOT_USER = "U0BOT"
REQUESTER = "U0ADA"
MODERATOR = "U0MODERATOR"
CHANNEL = "C0GENERAL"
TRIAGE_CHANNEL = "C0TRIAGE"
DIRECT_CHANNEL = "D0ADA"

_numbers = itertools.count(1)


def fresh_ts() -> str:
    return f"1767312000.{next(_numbers):06d}"


def signature(body: str, timestamp: str, secret: str = SIGNING_SECRET) -> str:
    digest = hmac.new(secret.encode(), f"v0:{timestamp}:{body}".encode(), hashlib.sha256)
    return f"v0={digest.hexdigest()}"


def signed_headers(
    body: str, content_type: str, *, timestamp: str = "", secret: str = SIGNING_SECRET
) -> dict[str, str]:
    moment = timestamp or str(int(time.time()))
    return {
        "Content-Type": content_type,
        "X-Slack-Request-Timestamp": moment,
        "X-Slack-Signature": signature(body, moment, secret),
    }


def encode(payload: Json) -> tuple[str, str]:
    """The body and the content type that Slack uses for this kind of payload."""
    if payload.get("type") in {"event_callback", "url_verification"}:
        return json.dumps(payload), "application/json"
    form = payload if "command" in payload else {"payload": json.dumps(payload)}
    return urlencode(form), "application/x-www-form-urlencoded"


def envelope(event: Json, *, event_id: str = "") -> Json:
    return {
        "type": "event_callback",
        "token": "legacy",
        "team_id": TEAM,
        "api_app_id": APP,
        "event_id": event_id or f"Ev{next(_numbers)}",
        "event_time": 1767312000,
        "event": event,
        "authorizations": [{"enterprise_id": None, "team_id": TEAM, "user_id": BOT_USER, "is_bot": True}],
    }


def message(text: str, *, event_id: str = "", **fields: Any) -> Json:
    ts = fresh_ts()
    event = {
        "type": "message",
        "user": REQUESTER,
        "text": text,
        "channel": CHANNEL,
        "ts": ts,
        "event_ts": ts,
        "channel_type": "channel",
        "team": TEAM,
    }
    return envelope({key: value for key, value in (event | fields).items() if value is not None}, event_id=event_id)


def direct_message(text: str, **fields: Any) -> Json:
    return message(text, **({"channel": DIRECT_CHANNEL, "channel_type": "im"} | fields))


def mention(text: str, **fields: Any) -> Json:
    return message(f"<@{BOT_USER}> {text}", **({"type": "app_mention", "channel_type": None} | fields))


def reaction(name: str, *, on: str = "", channel: str = CHANNEL, user: str = MODERATOR, removed: bool = False) -> Json:
    """Somebody reacts on the message with the time stamp `on`."""
    return envelope(
        {
            "type": "reaction_removed" if removed else "reaction_added",
            "user": user,
            "reaction": name,
            "item": {"type": "message", "channel": channel, "ts": on or fresh_ts()},
            "item_user": REQUESTER,
            "event_ts": fresh_ts(),
        }
    )


def links(*addresses: str, **fields: Any) -> Json:
    """Addresses of this desk were posted."""
    event = {
        "type": "link_shared",
        "user": REQUESTER,
        "channel": CHANNEL,
        "message_ts": fresh_ts(),
        "is_bot_user_member": True,
        "unfurl_id": f"U{next(_numbers)}",
        "source": "conversations_history",
        "links": [{"domain": "desk.example", "url": address} for address in addresses],
    }
    return envelope(event | fields)


def edited(text: str, original: Json, **message_fields: Any) -> Json:
    """The author changes the message of an earlier envelope."""
    old = original["event"]
    ts = fresh_ts()
    new = old | {"type": "message", "text": text, "edited": {"user": old["user"], "ts": ts}} | message_fields
    return _changed("message_changed", old, ts, message=new)


def deleted(original: Json) -> Json:
    old = original["event"]
    return _changed("message_deleted", old, fresh_ts(), deleted_ts=old["ts"])


def _changed(subtype: str, old: Json, ts: str, **fields: Any) -> Json:
    event = {"type": "message", "subtype": subtype, "hidden": True, "channel": old["channel"], "ts": ts, "event_ts": ts}
    if "channel_type" in old:
        event["channel_type"] = old["channel_type"]
    return envelope(event | {"previous_message": old | {"type": "message"}} | fields)


def command(name: str, text: str = "", *, user: str = REQUESTER, **fields: Any) -> Json:
    number = next(_numbers)
    return {
        "command": name,
        "text": text,
        "team_id": TEAM,
        "team_domain": "example",
        "channel_id": CHANNEL,
        "channel_name": "general",
        "user_id": user,
        "user_name": user.lower(),
        "api_app_id": APP,
        "trigger_id": f"{number}.1.trigger",
        "response_url": "",
    } | fields


def _interaction(kind: str, user: str) -> Json:
    return {
        "type": kind,
        "token": "legacy",
        "api_app_id": APP,
        "team": {"id": TEAM, "domain": "example"},
        "user": {"id": user, "username": user.lower(), "team_id": TEAM},
        "trigger_id": f"{next(_numbers)}.2.trigger",
    }


def press(action_id: str, block_id: str, value: str, *, user: str = MODERATOR, **fields: Any) -> Json:
    """A button."""
    action = {"type": "button", "action_id": action_id, "block_id": block_id, "value": value, "action_ts": fresh_ts()}
    return _action(action, user) | fields


def choose(action_id: str, block_id: str, value: str, *, user: str = MODERATOR, **fields: Any) -> Json:
    """A choice in a menu."""
    option = {"text": {"type": "plain_text", "text": value}, "value": value}
    action = {
        "type": "static_select",
        "action_id": action_id,
        "block_id": block_id,
        "selected_option": option,
        "action_ts": fresh_ts(),
    }
    return _action(action, user) | fields


def choose_person(action_id: str, block_id: str, user_id: str, *, user: str = MODERATOR) -> Json:
    """A choice in a menu of people."""
    action = {"type": "users_select", "action_id": action_id, "block_id": block_id, "action_ts": fresh_ts()}
    return _action(action | {"selected_user": user_id}, user)


def _action(action: Json, user: str) -> Json:
    ts = fresh_ts()
    return _interaction("block_actions", user) | {
        "container": {"type": "message", "message_ts": ts, "channel_id": TRIAGE_CHANNEL, "is_ephemeral": False},
        "channel": {"id": TRIAGE_CHANNEL, "name": "triage"},
        "message": {"type": "message", "ts": ts},
        "response_url": "",
        "actions": [action],
    }


def submission(view: Json, entered: dict[str, Any], *, user: str = REQUESTER, view_id: str = "") -> Json:
    """A modal sent: `entered` holds block id -> text, chosen value, or a list of ticked values."""
    values = {
        block["block_id"]: {block["element"]["action_id"]: _state(block["element"], entered.get(block["block_id"]))}
        for block in view["blocks"]
        if block["type"] == "input"
    }
    return _interaction("view_submission", user) | {
        "view": {
            "id": view_id or f"V{next(_numbers)}",
            "type": "modal",
            "callback_id": view["callback_id"],
            "private_metadata": view.get("private_metadata", ""),
            "state": {"values": values},
            "hash": "1.x",
            "app_installed_team_id": TEAM,
        },
        "response_urls": [],
    }


def in_form(view: Json, action: Json, entered: dict[str, Any], *, user: str = REQUESTER) -> Json:
    """Something typed, chosen or pressed in an open modal (as `FakeSlack.views` holds it), which holds `entered`."""
    sent = submission(view, entered, user=user, view_id=view["id"])["view"]
    return _interaction("block_actions", user) | {
        "view": sent | {"hash": view["hash"]},
        "container": {"type": "view", "view_id": view["id"]},
        "actions": [action | {"action_ts": fresh_ts()}],
    }


def typed(view: Json, block_id: str, entered: dict[str, Any], *, user: str = REQUESTER) -> Json:
    """A character entered into a text input that tells of it."""
    action = {"type": "plain_text_input", "block_id": block_id, "action_id": block_id, "value": entered[block_id]}
    return in_form(view, action, entered, user=user)


def pressed_in_form(view: Json, action_id: str, value: str, entered: dict[str, Any], *, user: str = REQUESTER) -> Json:
    action = {"type": "button", "action_id": action_id, "block_id": f"{action_id}:{value}", "value": value}
    return in_form(view, action, entered, user=user)


def _state(element: Json, entered: Any) -> Json:
    match element["type"]:
        case "plain_text_input":
            return {"type": element["type"], "value": entered or None}
        case "multi_users_select":
            return {"type": element["type"], "selected_users": entered or element.get("initial_users", [])}
        case "file_input":
            return {"type": element["type"], "files": entered or []}
        case "datetimepicker":
            return {"type": element["type"], "selected_date_time": entered}
        case "static_select" | "radio_buttons":
            return {"type": element["type"], "selected_option": {"value": entered} if entered else None}
        case _:
            return {"type": element["type"], "selected_options": [{"value": value} for value in entered or []]}


def global_shortcut(callback_id: str, *, user: str = REQUESTER) -> Json:
    return _interaction("shortcut", user) | {"callback_id": callback_id}


def message_shortcut(callback_id: str, text: str, *, user: str = REQUESTER, ts: str = "", **message: Any) -> Json:
    ts = ts or fresh_ts()
    return _interaction("message_action", user) | {
        "callback_id": callback_id,
        "channel": {"id": CHANNEL, "name": "general"},
        "message_ts": ts,
        "message": {"type": "message", "user": MODERATOR, "text": text, "ts": ts} | message,
        "response_url": "",
    }
