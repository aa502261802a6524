"""No limit of ours ever turns away a post that proves where it is from."""

from pathlib import Path

import pytest

from config.settings import Settings
from core.errors import LimitReachedError
from tests.web.inbound_desk import (
    RAW,
    SENDGRID_TOKEN,
    SUPPORT,
    inbound_settings,
    ledger,
    mailgun_fields,
    multipart,
    svix_headers,
)
from tests.web.web_desk import INBOUND_TOKEN, Client, WebDesk
from webhooks.rate_limits import Limit
from webhooks.routes import HOOKS
from webhooks.site import SITE


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path) -> Settings:
    return inbound_settings(sqlite_url, tmp_path)


async def spend(site: WebDesk, limit: Limit) -> None:
    limits = site.server.app[SITE].limits
    try:
        while True:
            await limits.count(limit, "127.0.0.1")
    except LimitReachedError:
        return


@pytest.mark.parametrize("limit", [Limit.REQUESTS, Limit.WRONG_TOKENS_OF_ADDRESS])
async def test_a_spent_limit_stops_no_true_post(site: WebDesk, browser: Client, limit: Limit) -> None:
    await spend(site, limit)
    raw = await browser.post(
        f"/webhooks/email/raw?recipient={SUPPORT}", data=RAW, headers={"Authorization": f"Bearer {INBOUND_TOKEN}"}
    )
    sendgrid, headers = multipart({"email": RAW + b"2"})
    parsed = await browser.post(f"/webhooks/email/sendgrid/{SENDGRID_TOKEN}", data=sendgrid, headers=headers)
    mailgun, headers = multipart({"recipient": SUPPORT, "body-mime": RAW + b"3", **mailgun_fields(site.clock)})
    signed = await browser.post("/webhooks/email/mailgun", data=mailgun, headers=headers)
    event = b'{"type": "contact.created"}'
    told = await browser.post("/webhooks/email/resend", data=event, headers=svix_headers(site.clock, event))
    assert [raw.status, parsed.status, signed.status, told.status] == [202, 200, 200, 200]
    assert len(await ledger(site)) == 3


async def test_who_guesses_is_slowed_down(site: WebDesk, browser: Client) -> None:
    statuses = [(await browser.post("/webhooks/email/postmark/guess", data=b"{}")).status for _ in range(61)]
    assert (set(statuses[:60]), statuses[60]) == ({401}, 429)


@pytest.mark.parametrize("path", sorted({hook.path.replace("{token:[^/{}]{1,200}}", "x") for hook in HOOKS}))
async def test_every_door_is_shut_to_strangers(site: WebDesk, browser: Client, path: str) -> None:
    answer = await browser.post(path, data=b"{}", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status in {401, 403}
    assert await ledger(site) == []
