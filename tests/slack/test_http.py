"""POST /slack/events: signature, age and shape are checked before anything is believed."""

import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from config.doors import web_options
from config.settings import Settings
from tests.fakes import slack_requests as requests
from tests.slack.slack_desk import SlackDesk
from webhooks.app import build_web
from webhooks.slack import slack_routes

PATH = "/slack/events"
Client = TestClient[Any, Any]


@pytest.fixture
async def web(desk: SlackDesk, settings: Settings) -> AsyncIterator[Client]:
    app = build_web(desk.desk, web_options(settings), more_routes=slack_routes(desk.app))
    async with TestClient(TestServer(app)) as client:
        yield client


async def post(web: Client, payload: requests.Json, **signed: Any) -> tuple[int, str]:
    body, content_type = requests.encode(payload)
    answer = await web.post(PATH, data=body, headers=requests.signed_headers(body, content_type, **signed))
    return answer.status, await answer.text()


async def test_a_signed_event_is_taken(desk: SlackDesk, web: Client) -> None:
    assert await post(web, requests.mention("the printer jams")) == (200, "")
    assert len(await desk.ledger()) == 1


async def test_a_signed_command_is_answered(web: Client) -> None:
    status, body = await post(web, requests.command("/ticket", "help"))
    assert status == 200
    assert json.loads(body)["response_type"] == "ephemeral"


async def test_the_address_is_verified_when_it_is_entered(web: Client) -> None:
    status, body = await post(web, {"type": "url_verification", "token": "x", "challenge": "3eZbrw1aB"})
    assert (status, json.loads(body)["challenge"]) == (200, "3eZbrw1aB")


@pytest.mark.parametrize("seconds", [-400, 400, -(10**9)], ids=["old", "from the future", "very old"])
async def test_a_signature_of_another_time_is_refused(desk: SlackDesk, web: Client, seconds: int) -> None:
    """A recorded request cannot be played again later than 5 minutes after it was made."""
    status, _ = await post(web, requests.mention("x"), timestamp=str(int(time.time()) + seconds))
    assert status == 401
    assert await desk.ledger() == []


async def test_a_signature_by_another_secret_is_refused(desk: SlackDesk, web: Client) -> None:
    assert (await post(web, requests.mention("x"), secret="somebody else's"))[0] == 401
    assert await desk.ledger() == []


@pytest.mark.parametrize("left_out", ["X-Slack-Signature", "X-Slack-Request-Timestamp"])
async def test_an_unsigned_request_is_refused(desk: SlackDesk, web: Client, left_out: str) -> None:
    body, content_type = requests.encode(requests.mention("x"))
    headers = requests.signed_headers(body, content_type)
    del headers[left_out]
    assert (await web.post(PATH, data=body, headers=headers)).status == 401
    assert await desk.ledger() == []


async def test_a_changed_body_is_refused(desk: SlackDesk, web: Client) -> None:
    body, content_type = requests.encode(requests.mention("x"))
    headers = requests.signed_headers(body, content_type)
    assert (await web.post(PATH, data=body.replace("x", "y"), headers=headers)).status == 401
    assert await desk.ledger() == []


MALFORMED = {
    "no-json": ("{", "application/json"),
    "deep": ("[" * 100_000, "application/json"),
    "list": ("[]", "application/json"),
    "text": ('"x"', "application/json"),
    "empty": ("", "application/json"),
    "odd-authorizations": ('{"type":"event_callback","authorizations":[7]}', "application/json"),
    "no-event": ('{"type":"event_callback"}', "application/json"),
    "no-payload": ("payload=%7B", "application/x-www-form-urlencoded"),
    "no-fields": ("command=%2Fticket", "application/x-www-form-urlencoded"),
    "no-actions": ("payload=%7B%22type%22%3A%22block_actions%22%7D", "application/x-www-form-urlencoded"),
}


@pytest.mark.parametrize("name", MALFORMED)
async def test_a_malformed_request_is_refused(desk: SlackDesk, web: Client, name: str) -> None:
    body, content_type = MALFORMED[name]
    answer = await web.post(PATH, data=body, headers=requests.signed_headers(body, content_type))
    assert answer.status == 400
    assert await desk.ledger() == []


async def test_bytes_that_are_no_text_are_refused(web: Client) -> None:
    answer = await web.post(PATH, data=b"\xff\xfe", headers=requests.signed_headers("", "application/json"))
    assert answer.status == 400


async def test_more_than_slack_would_send_is_refused(web: Client) -> None:
    answer = await web.post(PATH, data=b"x" * (2**20 + 1), headers=requests.signed_headers("", "application/json"))
    assert answer.status == 413


@pytest.mark.parametrize("kind", ["member_joined_channel", "function_executed"])
async def test_an_event_of_no_use_is_acknowledged(desk: SlackDesk, web: Client, kind: str) -> None:
    """An error would make Slack repeat it, and in the end stop sending events at all."""
    assert (await post(web, requests.envelope({"type": kind})))[0] == 200
    assert await desk.ledger() == []


async def test_a_command_of_another_app_is_not_ours(web: Client) -> None:
    assert (await post(web, requests.command("/somebody-elses")))[0] == 404


async def test_a_crash_behind_a_command_is_told_and_gives_the_text_back(
    web: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.opening.new_ticket_modal", _crash)
    status, body = await post(web, requests.command("/ticket", "the printer jams"))
    assert status == 200
    assert "the printer jams" in body


async def test_a_crash_behind_an_event_is_no_acknowledgement(
    desk: SlackDesk, web: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Bolt listener that raised still answered 200 without `process_before_response`."""
    monkeypatch.setattr(desk.desk.intake, "accept", _crash)
    assert (await post(web, requests.mention("x")))[0] == 500


def test_our_signatures_are_slacks() -> None:
    """Computed apart from the code: printf 'v0:1531420618:a=b' | openssl dgst -sha256 -hmac example."""
    assert requests.signature("a=b", "1531420618", "example") == f"v0={VECTOR}"


VECTOR = "fe57e601057740dc016ffa524f514d0cc43ff520cd41ce6ac0cdd3ddcd04c50b"


def _crash(*_arguments: object) -> None:
    raise ZeroDivisionError("a mistake of ours")


@pytest.mark.parametrize(
    "payload",
    [
        requests.envelope({}) | {"event": "a word"},
        requests.envelope({}) | {"event": None},
        requests.mention("x") | {"authorizations": 1},
        requests.mention("x") | {"authorizations": ["a word"]},
        requests.press("ticket.take", "ticket:1:1:act", "1") | {"actions": []},
        requests.press("ticket.take", "ticket:1:1:act", "1") | {"actions": 7},
        requests.press("ticket.take", "ticket:1:1:act", "1") | {"actions": [None]},
        requests.press("ticket.take", "ticket:1:1:act", "1") | {"user": True},
        requests.submission({"callback_id": "x", "blocks": []}, {}) | {"view": {"callback_id": "x", "id": "V1"}},
        requests.submission({"callback_id": "x", "blocks": []}, {}) | {"view": []},
    ],
)
async def test_a_signed_body_of_another_shape_is_refused(desk: SlackDesk, web: Client, payload: requests.Json) -> None:
    """Bolt's own reading of such a body raises, in more than one place."""
    assert (await post(web, payload))[0] == 400
    assert await desk.ledger() == []
