"""A desk that cannot be built leaves nothing open behind it."""

from pathlib import Path

import pytest
from sqlalchemy import text

from config import bootstrap
from config.settings import Settings
from core.db.engine import Database
from core.errors import ConfigurationError
from tests.email.mail_desk import mail_settings


async def test_a_desk_that_cannot_be_built_closes_its_connections(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Database] = []
    idle: list[int] = []

    async def cannot_be_joined(_settings: Settings, database: Database, _replace: object) -> None:
        opened.append(database)
        async with database.writing() as connection:
            await connection.execute(text("SELECT 1"))
        idle.append(database.writer.pool.checkedin())  # type: ignore[attr-defined]  # of the pools in use
        raise ConfigurationError("Two settings do not fit.", mend="Change one.")

    monkeypatch.setattr(bootstrap, "_joined", cannot_be_joined)
    with pytest.raises(ConfigurationError):
        await bootstrap.build_desk(mail_settings(database_url, tmp_path))

    assert idle == [1]
    (database,) = opened
    assert {engine.pool.checkedin() for engine in (database.writer, database.reader)} == {0}  # type: ignore[attr-defined]
