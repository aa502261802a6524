"""A desk behind mail for the tests that need a whole one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.email.mail_desk import MailDesk, mail_desk, mail_settings


@pytest.fixture
async def mail(sqlite_url: str, tmp_path: Path) -> AsyncIterator[MailDesk]:
    async with mail_desk(mail_settings(sqlite_url, tmp_path)) as desk:
        yield desk
