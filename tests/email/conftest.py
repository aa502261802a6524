"""A desk behind mail for the tests that need a whole one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.email.mail_desk import MailDesk, mail_desk, mail_settings


@pytest.fixture
async def mail(sqlite_url: str, tmp_path: Path) -> AsyncIterator[MailDesk]:
    async with mail_desk(mail_settings(sqlite_url, tmp_path)) as desk:
        yield desk


@pytest.fixture
async def let_pass(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the event loop's clock on by so many seconds, at once."""
    loop, passed = asyncio.get_running_loop(), 0.0
    time = loop.time
    monkeypatch.setattr(loop, "time", lambda: time() + passed)

    def pass_by(seconds: float) -> None:
        nonlocal passed
        passed += seconds

    return pass_by
