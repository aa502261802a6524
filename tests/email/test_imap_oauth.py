"""Tokens for XOAUTH2: renewed ahead of their end, and a lapse is told at once."""

import json
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.email.imap_oauth import AccessTokens, Grant, KeptToken
from core.errors import ConfigurationError, TryAgainLaterError
from tests.fakes.clock import FakeClock
from tests.fakes.oauth import FakeProvider, oauth_provider


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with oauth_provider(FakeProvider()) as provider:
        yield provider


FIRST, SECRET = "first", "hush"


def tokens(
    provider: FakeProvider, folder: Path, clock: FakeClock, *, refresh_token: str = FIRST, secret: str = SECRET
) -> AccessTokens:
    grant = Grant(token_url=provider.url, client_id="desk", client_secret=secret, refresh_token=refresh_token)
    return AccessTokens(grant, KeptToken(folder / "imap-oauth.json", refresh_token), clock)


async def test_a_token_is_asked_for_as_the_provider_expects(provider: FakeProvider, tmp_path: Path) -> None:
    assert await tokens(provider, tmp_path, FakeClock()).current() == "fresh-token"
    await tokens(provider, tmp_path, FakeClock(), secret="").current()
    public = {"grant_type": "refresh_token", "refresh_token": "first", "client_id": "desk"}
    assert provider.forms == [{**public, "client_secret": "hush"}, public]


async def test_it_is_renewed_ahead_of_its_end_and_not_before(provider: FakeProvider, tmp_path: Path) -> None:
    clock = FakeClock()
    access = tokens(provider, tmp_path, clock)
    await access.current()
    clock.advance(minutes=54)
    assert await access.current() == "fresh-token"
    assert len(provider.forms) == 1
    provider.answer = {"access_token": "next", "expires_in": "3599"}  # some providers write numbers as text
    clock.advance(minutes=2)
    assert await access.current() == "next"


async def test_a_provider_that_is_away_matters_only_when_the_token_has_ended(
    provider: FakeProvider, tmp_path: Path
) -> None:
    clock = FakeClock()
    access = tokens(provider, tmp_path, clock)
    await access.current()
    provider.status, provider.answer = 503, "<html>"
    clock.advance(minutes=56)
    assert await access.current() == "fresh-token"
    clock.advance(minutes=5)
    with pytest.raises(TryAgainLaterError, match="HTTP 503"):
        await access.current()


async def test_nobody_listening_is_a_passing_fault(provider: FakeProvider, tmp_path: Path) -> None:
    provider.url = "http://127.0.0.1:1/token"
    with pytest.raises(TryAgainLaterError, match="cannot be reached"):
        await tokens(provider, tmp_path, FakeClock()).current()


@pytest.mark.parametrize(
    ("status", "answer", "why"),
    [
        (400, {"error": "invalid_grant", "error_description": "revoked: first"}, "invalid_grant"),
        (401, {"error": "invalid_client"}, "invalid_client"),
        (404, "<html>", "HTTP 404"),
        (302, "", "HTTP 302"),
        (200, {"token": "other"}, "HTTP 200"),
        (200, [1], "HTTP 200"),
    ],
)
async def test_a_grant_that_has_lapsed_is_told_with_the_mend(
    provider: FakeProvider, tmp_path: Path, status: int, answer: Any, why: str
) -> None:
    """osTicket#6455: an OAuth lapse went unnoticed for ten days."""
    clock = FakeClock()
    access = tokens(provider, tmp_path, clock)
    await access.current()
    clock.advance(minutes=56)
    provider.status, provider.answer = status, answer
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="IMAP_OAUTH_REFRESH_TOKEN") as lapsed:
            await access.current()
    assert why in str(lapsed.value)
    assert "first" not in str(lapsed.value)


async def test_a_token_the_mail_server_does_not_take_is_made_anew(provider: FakeProvider, tmp_path: Path) -> None:
    access = tokens(provider, tmp_path, FakeClock())
    await access.current()
    access.forget()
    await access.current()
    assert len(provider.forms) == 2


@pytest.mark.parametrize("expires_in", [None, "soon", -1, 0])
async def test_a_life_that_is_not_told_is_taken_to_be_short(
    provider: FakeProvider, tmp_path: Path, expires_in: object
) -> None:
    clock = FakeClock()
    provider.answer = {"access_token": "fresh-token", "expires_in": expires_in}
    access = tokens(provider, tmp_path, clock)
    await access.current()
    clock.advance(minutes=6)
    await access.current()
    assert len(provider.forms) == 2


async def test_a_rotated_refresh_token_outlives_a_restart(provider: FakeProvider, tmp_path: Path) -> None:
    """Microsoft lets a refresh token lapse after 90 days, however often newer ones were given for it."""
    provider.answer = {"access_token": "a", "expires_in": 3600, "refresh_token": "second"}
    await tokens(provider, tmp_path, FakeClock()).current()
    await tokens(provider, tmp_path, FakeClock()).current()
    await tokens(provider, tmp_path, FakeClock(), refresh_token="signed in anew").current()
    assert [form["refresh_token"] for form in provider.forms] == ["first", "second", "signed in anew"]
    kept = tmp_path / "imap-oauth.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert "signed in anew" not in kept.read_text()


@pytest.mark.parametrize("content", ["", "{}", "[]", json.dumps({"follows": "x", "refresh_token": "y"})])
async def test_a_damaged_file_is_no_obstacle(provider: FakeProvider, tmp_path: Path, content: str) -> None:
    (tmp_path / "imap-oauth.json").write_text(content)
    await tokens(provider, tmp_path, FakeClock()).current()
    assert provider.forms[0]["refresh_token"] == "first"
