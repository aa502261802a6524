"""What the desk says in Slack: posted once, updated in place, and every failure told apart."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from bot.slack.apis import OneWorkspace
from bot.slack.delivery import SlackCourier
from bot.slack.web_api import SlackWebApi
from core.conversations.values import DeliveryKind, Outgoing
from core.errors import DeliveryRefusedError, TryAgainLaterError
from tests.fakes.slack import TOKEN, Failure, FakeSlack
from tests.fakes.slack_tickets import example_reply, example_ticket


@pytest.fixture
async def courier(slack: FakeSlack) -> AsyncIterator[SlackCourier]:
    api = SlackWebApi(token=TOKEN, base_url=slack.url, seconds=2.0)
    yield SlackCourier(OneWorkspace(api), ticket_url=lambda number: f"https://desk.example/tickets/{number}")
    await api.close()


def outgoing(kind: DeliveryKind = DeliveryKind.CARD, **fields: Any) -> Outgoing:
    defaults: dict[str, Any] = {"key": "card:1", "recipient": "C0TRIAGE", "ticket": example_ticket()}
    return Outgoing(delivery_id=1, kind=kind, **(defaults | fields))


async def test_a_card_is_posted_with_its_key(slack: FakeSlack, courier: SlackCourier) -> None:
    receipt = await courier.deliver(outgoing())
    (posted,) = slack.messages("C0TRIAGE")
    assert receipt.external_id == f"C0TRIAGE:{posted['ts']}"
    assert posted["metadata"] == {"event_type": "tickmate_delivery", "event_payload": {"key": "card:1"}}
    assert posted["unfurl_links"] is False


async def test_a_card_is_updated_in_place(slack: FakeSlack, courier: SlackCourier) -> None:
    receipt = await courier.deliver(outgoing())
    again = await courier.deliver(outgoing(external_id=receipt.external_id, ticket=example_ticket(title="New title")))
    (shown,) = slack.messages("C0TRIAGE")
    assert again == receipt
    assert "New title" in shown["text"]


async def test_a_person_is_written_to_directly(slack: FakeSlack, courier: SlackCourier) -> None:
    confirmation = outgoing(DeliveryKind.CONFIRMATION, recipient="U0ADA", key="confirmation:1")
    first = await courier.deliver(confirmation)
    await courier.deliver(replace(confirmation, key="confirmation:2"))
    assert first.external_id.startswith("D0ADA:")
    assert len(slack.calls_of("conversations.open")) == 1
    assert "Printer jams" in slack.messages("D0ADA")[0]["text"]


async def test_the_same_id_in_another_organization_is_somebody_else(slack: FakeSlack, courier: SlackCourier) -> None:
    for organization_id in (1, 2, 1):
        await courier.deliver(outgoing(recipient="U0ADA", key="confirmation:1", organization_id=organization_id))
    assert len(slack.calls_of("conversations.open")) == 2


async def test_a_reply_goes_into_its_thread_wherever_that_is(slack: FakeSlack, courier: SlackCourier) -> None:
    reply = outgoing(
        DeliveryKind.REPLY,
        recipient="U0ADA",
        thread_key="C0GENERAL:1.5",
        reply=example_reply("Try again"),
        ticket=example_ticket(is_public=True),
    )
    await courier.deliver(reply)
    (posted,) = slack.messages("C0GENERAL")
    assert posted["thread_ts"] == "1.5"
    assert "Try again" in str(posted["blocks"])


@pytest.mark.parametrize("kind", [DeliveryKind.REPLY, DeliveryKind.RESOLUTION])
async def test_the_words_of_a_ticket_made_private_meanwhile_reach_no_channel(
    slack: FakeSlack, courier: SlackCourier, kind: DeliveryKind
) -> None:
    ticket = example_ticket(title="Zebra", description="Zebra", resolution="Zebra", is_public=False)
    told = {"thread_key": "C0GENERAL:1.5", "reply": example_reply("Zebra"), "ticket": ticket}
    await courier.deliver(outgoing(kind, recipient="U0ADA", **told))
    (posted,) = slack.messages("C0GENERAL")
    assert "#12" in posted["text"]
    assert "Zebra" not in str(posted)
    await courier.deliver(outgoing(kind, for_moderators=True, **told))
    assert "Zebra" in str(slack.messages("C0GENERAL")[1])


@pytest.mark.parametrize("kind", [DeliveryKind.STATUS, DeliveryKind.ALERT, DeliveryKind.RESOLUTION])
async def test_every_kind_for_slack_is_drawn(slack: FakeSlack, courier: SlackCourier, kind: DeliveryKind) -> None:
    await courier.deliver(outgoing(kind, thread_key="C0TRIAGE:1.5", text="ada@example.org did not get it"))
    assert len(slack.messages("C0TRIAGE")) == 1
    assert slack.problems == []


async def test_what_is_not_for_slack_is_refused(courier: SlackCourier) -> None:
    with pytest.raises(DeliveryRefusedError):
        await courier.deliver(outgoing(DeliveryKind.SIGN_IN_LINK))
    with pytest.raises(DeliveryRefusedError):
        await courier.deliver(outgoing(ticket=None))


async def test_slack_is_asked_before_anything_is_posted_again(slack: FakeSlack, courier: SlackCourier) -> None:
    """PostHog#103607: reply saved, post lost; here the connection breaks after Slack has taken the message."""
    slack.fail("chat.postMessage", Failure(stores_first=True))
    with pytest.raises(TryAgainLaterError):
        await courier.deliver(outgoing())
    assert len(slack.calls_of("chat.postMessage")) == 1
    receipt = await courier.deliver(outgoing(may_have_been_sent=True))
    (posted,) = slack.messages("C0TRIAGE")
    assert receipt.external_id == f"C0TRIAGE:{posted['ts']}"


async def test_the_key_is_looked_for_on_every_page_of_a_thread(slack: FakeSlack, courier: SlackCourier) -> None:
    slack.page_length = 2
    for number in range(5):
        await courier.deliver(
            outgoing(DeliveryKind.REPLY, key=f"r{number}", thread_key="C1:1.5", reply=example_reply(str(number)))
        )
    found = await courier.deliver(
        outgoing(DeliveryKind.REPLY, key="r4", thread_key="C1:1.5", reply=example_reply("4"), may_have_been_sent=True)
    )
    assert found.external_id == f"C1:{slack.messages('C1')[4]['ts']}"
    assert len(slack.messages("C1")) == 5


async def test_what_never_went_out_is_posted_after_asking(slack: FakeSlack, courier: SlackCourier) -> None:
    await courier.deliver(outgoing(may_have_been_sent=True))
    assert len(slack.messages("C0TRIAGE")) == 1


async def test_a_history_that_may_not_be_read_does_not_keep_the_message_back(
    slack: FakeSlack, courier: SlackCourier
) -> None:
    slack.fail("conversations.history", Failure(error="missing_scope"))
    await courier.deliver(outgoing(may_have_been_sent=True))
    assert len(slack.messages("C0TRIAGE")) == 1


async def test_a_rate_limit_names_its_time(slack: FakeSlack, courier: SlackCourier) -> None:
    """langfuse#8800: 429 storms; Retry-After is honoured by the job that posts."""
    slack.fail("chat.postMessage", Failure(status=429, error="ratelimited", retry_after=17))
    with pytest.raises(TryAgainLaterError) as limited:
        await courier.deliver(outgoing())
    assert limited.value.retry_after == 17
    assert len(slack.calls_of("chat.postMessage")) == 1


@pytest.mark.parametrize(
    "failure",
    [
        Failure(status=500),
        Failure(status=503, body="<html>upstream</html>"),
        Failure(error="fatal_error"),
        Failure(error="internal_error"),
        Failure(status=200, body="not json"),
        Failure(status=200, body="[]"),
    ],
    ids=str,
)
async def test_a_fault_of_slack_is_tried_again_later(slack: FakeSlack, courier: SlackCourier, failure: Failure) -> None:
    """Issue dispatch#785: `fatal_error` and 5xx."""
    slack.fail("chat.postMessage", failure)
    with pytest.raises(TryAgainLaterError):
        await courier.deliver(outgoing())
    await courier.deliver(outgoing())
    assert len(slack.messages("C0TRIAGE")) == 1


async def test_silence_is_tried_again_later() -> None:
    api = SlackWebApi(token=TOKEN, base_url="http://127.0.0.1:9", seconds=2.0)
    with pytest.raises(TryAgainLaterError):
        await SlackCourier(OneWorkspace(api), ticket_url=str).deliver(outgoing())
    await api.close()


@pytest.mark.parametrize("error", ["channel_not_found", "is_archived", "invalid_auth", "token_revoked"])
async def test_a_refusal_is_final(slack: FakeSlack, courier: SlackCourier, error: str) -> None:
    """bolt-python#664: a revoked token is told, not tried for ever."""
    slack.fail("chat.postMessage", Failure(error=error))
    with pytest.raises(DeliveryRefusedError, match=error):
        await courier.deliver(outgoing())


async def test_refused_blocks_still_leave_the_text(slack: FakeSlack, courier: SlackCourier) -> None:
    slack.fail("chat.postMessage", Failure(error="invalid_blocks"))
    await courier.deliver(outgoing())
    (posted,) = slack.messages("C0TRIAGE")
    assert posted["blocks"] == []
    assert "Printer jams" in posted["text"]


async def test_no_token_stands_in_what_is_told(slack: FakeSlack, courier: SlackCourier) -> None:
    slack.fail("chat.postMessage", Failure(error="token_revoked"))
    with pytest.raises(DeliveryRefusedError) as refused:
        await courier.deliver(outgoing())
    assert TOKEN not in str(refused.value)
