"""POST /webhooks/email/ses: mail that SES publishes through SNS, signed by a certificate of our own."""

import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from config.settings import Settings
from core.errors import TryAgainLaterError
from core.intake.ledger import Ledger
from core.people.values import Role
from tests.fakes.sns import CERTIFICATE_URL, SUBSCRIBE_URL, TOPIC, FakeSns, certificate
from tests.web.inbound_desk import RAW, SUPPORT, as_json, inbound_settings, ledger, stored
from tests.web.web_desk import Client, WebDesk
from webhooks.inbound.sns import OLDEST, Sns
from webhooks.site import SITE

PATH = "/webhooks/email/ses"


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path) -> Settings:
    return inbound_settings(sqlite_url, tmp_path)


@pytest.fixture
def sns(site: WebDesk) -> FakeSns:
    fake = FakeSns(site.clock.now())
    site.server.app[SITE].sns = Sns(fake.get, site.clock)
    return fake


def received(*, raw: bytes = RAW, **changed: Any) -> str:
    """What an SNS action publishes."""
    event: dict[str, Any] = {
        "notificationType": "Received",
        "receipt": {
            "recipients": [SUPPORT],
            "spamVerdict": {"status": "PASS"},
            "action": {"type": "SNS", "topicArn": TOPIC, "encoding": "BASE64"},
        },
        "mail": {"source": "bounces@people.example", "messageId": "o3vr", "destination": [SUPPORT, "b@x.example"]},
        "content": base64.b64encode(raw).decode(),
    }
    return json.dumps(event | changed)


@pytest.mark.parametrize("version", ["1", "2"])
async def test_the_raw_mail_is_stored_byte_for_byte(site: WebDesk, browser: Client, sns: FakeSns, version: str) -> None:
    answer = await browser.post(PATH, data=sns.post(received(), version=version))
    assert (answer.status, (await answer.json())["status"]) == (200, "accepted")
    assert await stored(site) == RAW
    (row,) = await ledger(site)
    assert (row.recipients, row.envelope_sender) == ([SUPPORT], "bounces@people.example")


async def test_a_mail_in_utf_8_is_taken_as_it_is(site: WebDesk, browser: Client, sns: FakeSns) -> None:
    text = "Subject: Grüße\r\nFrom: ada@people.example\r\n\r\nHallo.\r\n"
    action = {"recipients": [SUPPORT], "action": {"type": "SNS", "encoding": "UTF-8"}}
    assert (await browser.post(PATH, data=sns.post(received(receipt=action, content=text)))).status == 200
    assert await stored(site) == text.encode()


async def test_it_becomes_a_ticket(site: WebDesk, browser: Client, sns: FakeSns) -> None:
    await browser.post(PATH, data=sns.post(received(), Subject="Amazon SES Email Receipt Notification"))
    await site.run_jobs("intake.process")
    ticket = await (await (await site.signed_in_as(Role.ADMIN)).get("/api/v1/tickets/1")).json()
    assert (ticket["title"], ticket["created_by"]["email"]) == ("The printer jams", "ada@people.example")


async def test_a_replay_adds_nothing_and_the_certificate_is_fetched_once(
    site: WebDesk, browser: Client, sns: FakeSns
) -> None:
    body = sns.post(received())
    first = await browser.post(PATH, data=body)
    again = await browser.post(PATH, data=body)
    assert (again.status, await again.json()) == (200, {**await first.json(), "status": "known"})
    assert len(await ledger(site)) == 1
    assert sns.asked == [CERTIFICATE_URL]


@pytest.mark.parametrize(
    "field", ["Message", "MessageId", "Subject", "Timestamp", "Signature", "SignatureVersion", "Type"]
)
async def test_an_altered_message_takes_nothing(site: WebDesk, browser: Client, sns: FakeSns, field: str) -> None:
    message = sns.message(received(), Subject="as sent")
    altered = {
        "Message": received(raw=RAW + b"more"),
        "Timestamp": (site.clock.now() + timedelta(seconds=1)).isoformat(),
        "Signature": base64.b64encode(b"x" * 256).decode(),
        "SignatureVersion": "2",
        "Type": "UnsubscribeConfirmation",
    }
    answer = await browser.post(PATH, data=as_json(message | {field: altered.get(field, "altered")}))
    assert answer.status == 401
    assert await ledger(site) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"SigningCertURL": "https://sns.evil.example/SimpleNotificationService-1.pem"},
        {"SigningCertURL": "http://sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem"},
        {"SigningCertURL": "https://sns.eu-central-1.amazonaws.com.evil.example/SimpleNotificationService-1.pem"},
        {
            "SigningCertURL": "https://evil.example/?https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem"
        },
        {"SigningCertURL": "https://bucket.s3.amazonaws.com/SimpleNotificationService-1.pem"},
        {"SigningCertURL": "https://sns.eu-central-1.amazonaws.com/other.pem"},
        {"SigningCertURL": ""},
        {"Timestamp": ""},
        {"Timestamp": "yesterday"},
        {"Timestamp": "2026-03-02T09:00:00"},
    ],
)
async def test_what_is_not_from_sns_causes_no_request_to_anywhere(
    site: WebDesk, browser: Client, sns: FakeSns, changed: dict[str, str]
) -> None:
    assert (await browser.post(PATH, data=sns.post(received(), **changed))).status == 401
    assert sns.asked == []
    assert await ledger(site) == []


async def test_an_old_message_is_refused_and_one_that_sns_still_retries_is_not(
    site: WebDesk, browser: Client, sns: FakeSns
) -> None:
    """SNS keeps the first timestamp while it tries again for up to an hour: five minutes would lose mail."""
    body = sns.post(received())
    site.clock.advance(seconds=3600)
    assert (await browser.post(PATH, data=body)).status == 200
    site.clock.advance(seconds=OLDEST.total_seconds() - 3600 + 1)
    assert (await browser.post(PATH, data=body)).status == 401
    early = FakeSns(site.clock.now() + timedelta(minutes=6)).post(received(raw=b"Subject: early\r\n\r\n"))
    assert (await browser.post(PATH, data=early)).status == 401
    assert len(await ledger(site)) == 1


async def test_another_topic_is_not_believed_however_well_signed(site: WebDesk, browser: Client, sns: FakeSns) -> None:
    """Anybody can have SNS sign messages of a topic of their own."""
    answer = await browser.post(PATH, data=sns.post(received(), TopicArn="arn:aws:sns:eu-central-1:666:desk-mail"))
    assert (answer.status, sns.asked) == (403, [])
    assert await ledger(site) == []


@pytest.mark.parametrize("lasts", [(-2, -1), (1, 2)])
async def test_a_certificate_out_of_its_time_proves_nothing(
    site: WebDesk, browser: Client, sns: FakeSns, lasts: tuple[int, int]
) -> None:
    now = site.clock.now()
    sns.pem = certificate(now + timedelta(days=lasts[0]), now + timedelta(days=lasts[1]))
    assert (await browser.post(PATH, data=sns.post(received()))).status == 401


async def test_what_stands_at_the_address_must_be_a_certificate(site: WebDesk, browser: Client, sns: FakeSns) -> None:
    url = CERTIFICATE_URL.replace("0123", "4567")
    assert (await browser.post(PATH, data=sns.post(received(), SigningCertURL=url))).status == 401
    assert sns.asked == [url]


async def test_a_certificate_that_cannot_be_had_means_try_again(site: WebDesk, browser: Client, sns: FakeSns) -> None:
    sns.is_away = True
    assert (await browser.post(PATH, data=sns.post(received()))).status == 503
    sns.is_away = False
    assert (await browser.post(PATH, data=sns.post(received()))).status == 200


async def test_a_database_that_is_away_means_try_again(site: WebDesk, browser: Client, sns: FakeSns) -> None:
    with patch.object(Ledger, "accept", side_effect=TryAgainLaterError("The database cannot be reached just now.")):
        assert (await browser.post(PATH, data=sns.post(received()))).status == 503
    assert (await browser.post(PATH, data=sns.post(received()))).status == 200


async def test_the_subscription_to_our_topic_is_confirmed(site: WebDesk, browser: Client, sns: FakeSns) -> None:
    answer = await browser.post(PATH, data=sns.post("You have chosen …", kind="SubscriptionConfirmation"))
    assert (answer.status, await answer.json()) == (200, {"status": "confirmed"})
    assert sns.asked == [CERTIFICATE_URL, SUBSCRIBE_URL]


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"TopicArn": "arn:aws:sns:eu-central-1:666:desk-mail"}, 403),
        ({"SubscribeURL": "https://evil.example/?Action=ConfirmSubscription"}, 401),
        ({"SubscribeURL": "https://sns.eu-central-1.amazonaws.com@evil.example/?a"}, 401),
        ({"Timestamp": "2026-03-01T09:00:00Z"}, 401),
    ],
)
async def test_no_other_subscription_is_confirmed(
    browser: Client, sns: FakeSns, changed: dict[str, str], status: int
) -> None:
    body = sns.post("You have chosen …", kind="SubscriptionConfirmation", **changed)
    assert (await browser.post(PATH, data=body)).status == status
    assert set(sns.asked) <= {CERTIFICATE_URL}


async def test_a_confirmation_that_sns_does_not_take_is_tried_again(browser: Client, sns: FakeSns) -> None:
    sns.confirm_status = 404
    assert (await browser.post(PATH, data=sns.post("…", kind="SubscriptionConfirmation"))).status == 503


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("Successfully validated SNS topic for Amazon SES event publishing.", "Notification"),
        (json.dumps({"notificationType": "AMAZON_SES_SETUP_NOTIFICATION", "content": "Thank you"}), "Notification"),
        ("You have chosen to deactivate …", "UnsubscribeConfirmation"),
    ],
)
async def test_what_is_only_said_at_set_up_is_noted(
    site: WebDesk, browser: Client, sns: FakeSns, content: str, kind: str
) -> None:
    answer = await browser.post(PATH, data=sns.post(content, kind=kind))
    assert (answer.status, await answer.json()) == (200, {"status": "noted"})
    assert await ledger(site) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            received(content=None, receipt={"action": {"type": "S3", "bucketName": "b"}}),
            "action is S3. Use the SNS action",
        ),
        (json.dumps({"notificationType": "Delivery"}), "SES's Delivery notification"),
        (json.dumps({"eventType": "Bounce"}), "SES's Bounce notification"),
        (received(content="not base64"), "Base64 is broken"),
        ("no json", "not valid JSON"),
        (received(receipt={"recipients": ["a@elsewhere.example"], "action": {"encoding": "UTF-8"}}), "Nobody here"),
    ],
)
async def test_what_can_never_be_taken_is_refused_with_the_mend(
    site: WebDesk, browser: Client, sns: FakeSns, content: str, said: str
) -> None:
    answer = await browser.post(PATH, data=sns.post(content))
    assert answer.status == 422
    assert said in (await answer.json())["detail"]
    assert await ledger(site) == []


async def test_forged_messages_cannot_make_us_ask_sns_without_end(site: WebDesk, browser: Client, sns: FakeSns) -> None:
    good = await browser.post(PATH, data=sns.post(received()))
    assert good.status == 200
    statuses = [
        (await browser.post(PATH, data=sns.post("x", SigningCertURL=CERTIFICATE_URL.replace("0", f"{i:x}a")))).status
        for i in range(40)
    ]
    assert statuses[-1] == 429
    assert len(sns.asked) < 40
    assert (await browser.post(PATH, data=sns.post(received(raw=RAW + b"2")))).status == 200
