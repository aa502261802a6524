"""`tickmate eval history`: today's engine on the desk's own closed tickets."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from config.cli import command


@pytest.fixture
def data_dir(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)  # away from a developer's .env
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        command.main(list(arguments))
    code = ended.value.code
    assert isinstance(code, int)
    return code


def test_a_desk_without_closed_tickets_is_told_so(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("eval", "history") == 2
    assert "No ticket has been closed yet." in capsys.readouterr().err


def test_closed_tickets_are_replayed_and_nothing_changes(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("seed") == 0
    with closing(sqlite3.connect(data_dir / "tickmate.db")) as connection:
        newest, oldest = connection.execute(
            "SELECT max(id), min(id) FROM tickets WHERE status = 'completed' AND category IS NOT NULL"
        ).fetchone()
        connection.execute("UPDATE tickets SET merged_into_id = ? WHERE id = ?", (oldest, newest))
        connection.execute(
            "UPDATE tickets SET title = (SELECT title FROM tickets WHERE id = ?), created_at = "
            "'2026-12-31 00:00:00.000000' WHERE id = ?",
            (oldest, newest),
        )
        connection.commit()
        before = connection.execute("SELECT * FROM tickets ORDER BY id").fetchall()
        (closed,) = connection.execute(
            "SELECT count(*) FROM tickets WHERE status = 'completed' AND category IS NOT NULL AND deleted_at IS NULL"
        ).fetchone()
    capsys.readouterr()
    assert run("eval", "history", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["tickets"] == closed
    assert sum(sum(said.values()) for said in found["confusion"].values()) == closed
    assert found["similar"]["queries"] == 1
    assert found["similar"]["hit@3"] == 1
    solved = found["solved_by_similar"]
    assert (solved["tickets"], solved["judged"], solved["unjudged"]) == (closed, 0, closed)
    assert solved["unjudged_shown"] >= 1  # that of which the title came before
    assert 0 < solved["estimated_low"] + solved["estimated_share"] <= 2 * solved["estimated_high"] <= 2
    assert found["cost"] == {"tickets": 0, "calls": 0, "usd": 0.0, "usd_per_ticket": 0.0}
    assert run("eval", "history", "--last", "3", "--json") == 0
    assert json.loads(capsys.readouterr().out)["tickets"] == 3
    assert run("eval", "history") == 0
    printed = capsys.readouterr().out
    assert f"{closed} closed tickets" in printed
    assert "█" in printed
    assert "nobody has judged any on these tickets yet" in printed
    assert f"of {closed} unjudged" in printed
    assert "of 1 merged ones 100% among three" in printed
    with closing(sqlite3.connect(data_dir / "tickmate.db")) as connection:
        assert connection.execute("SELECT * FROM tickets ORDER BY id").fetchall() == before
