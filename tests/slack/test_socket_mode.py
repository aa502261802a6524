"""Socket Mode against a small WebSocket double: the same app, acknowledged after the durable row."""

from collections.abc import AsyncIterator

import pytest

from bot.slack.socket_mode import SocketMode
from core.errors import TryAgainLaterError
from tests.fakes import slack_requests as requests
from tests.fakes.slack import Failure, FakeSlack
from tests.slack.slack_desk import SlackDesk, text_of


@pytest.fixture
async def socket(desk: SlackDesk, slack: FakeSlack) -> AsyncIterator[SocketMode]:
    mode = SocketMode(desk.app, app_token="xapp-example", base_url=slack.url, ping_seconds=0.05)
    await mode.start()
    yield mode
    await mode.stop()


def envelope(kind: str, payload: requests.Json, number: int = 1) -> requests.Json:
    return {"type": kind, "envelope_id": f"e{number}", "payload": payload, "accepts_response_payload": True}


async def test_an_event_is_acknowledged_after_its_row(desk: SlackDesk, slack: FakeSlack, socket: SocketMode) -> None:
    answer = await slack.push(envelope("events_api", requests.mention("the printer jams")))
    assert answer["envelope_id"] == "e1"
    assert len(await desk.ledger()) == 1
    assert await socket.check() == "connected by Socket Mode"


async def test_the_same_event_again_is_one_row(desk: SlackDesk, slack: FakeSlack, socket: SocketMode) -> None:
    mention = requests.mention("the printer jams")
    for number in (1, 2, 3):
        await slack.push(envelope("events_api", mention, number) | {"retry_attempt": number - 1})
    assert len(await desk.ledger()) == 1


async def test_what_was_not_stored_is_not_acknowledged(
    desk: SlackDesk, slack: FakeSlack, socket: SocketMode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostHog#98370: acknowledged before a durable row. The later event's answer is the first to come."""
    with monkeypatch.context() as patched:
        patched.setattr(desk.desk.intake, "accept", _away)
        await slack.wait_for(lambda: slack.sockets)
        await slack.sockets[-1].send_json(envelope("events_api", requests.mention("x"), 1))
        answer = await slack.push(envelope("slash_commands", requests.command("/ticket", "help"), 2))
    assert answer["envelope_id"] == "e2"
    assert slack.socket_answers.empty()


async def test_a_command_is_answered_over_the_socket(slack: FakeSlack, socket: SocketMode) -> None:
    answer = await slack.push(envelope("slash_commands", requests.command("/ticket", "help")))
    assert answer["payload"]["response_type"] == "ephemeral"
    assert "/ticket mine" in text_of(answer["payload"])


async def test_a_form_is_a_ticket_over_the_socket(desk: SlackDesk, slack: FakeSlack, socket: SocketMode) -> None:
    await slack.push(envelope("slash_commands", requests.command("/ticket", "x"), 1))
    view = slack.calls_of("views.open")[-1]["view"]
    await slack.push(envelope("interactive", requests.submission(view, {"title": "Printer"}), 2))
    assert [ticket.title for ticket in await desk.tickets()] == ["Printer"]


async def test_a_lost_connection_is_opened_again(desk: SlackDesk, slack: FakeSlack, socket: SocketMode) -> None:
    await slack.push(envelope("events_api", requests.mention("first"), 1))
    await slack.sockets[-1].send_json({"type": "disconnect", "reason": "refresh_requested"})
    await slack.wait_for(lambda: len(slack.sockets) >= 2)
    await slack.push(envelope("events_api", requests.mention("second"), 2))
    assert len(await desk.ledger()) == 2


async def test_slack_being_away_at_the_start_is_waited_for(desk: SlackDesk, slack: FakeSlack) -> None:
    slack.fail("apps.connections.open", Failure(error="internal_error"))
    mode = SocketMode(desk.app, app_token="xapp-example", base_url=slack.url, ping_seconds=0.05)
    await mode.start()
    with pytest.raises(TryAgainLaterError, match="not connected"):
        await mode.check()
    await slack.push(envelope("events_api", requests.mention("x")))
    assert await mode.check()
    await mode.stop()


async def test_stopping_before_it_connected_ends_at_once(desk: SlackDesk) -> None:
    mode = SocketMode(desk.app, app_token="xapp-example", base_url="http://127.0.0.1:9", ping_seconds=60)
    await mode.start()
    await mode.stop()


async def _away(_message: object) -> None:
    raise TryAgainLaterError("The database is away.")
