"""`tickmate search`, `index` and `eval retrieval` on the demo desk, by words alone."""

import fcntl
import json
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from config.cli import command
from config.settings import Settings

SETTINGS = (
    "OPENAI_API_KEY",
    "DATABASE_URL",
    "EMBEDDING_MODEL_DIR",
    "QDRANT_URL",
    "SIMILAR_TICKET_MIN_SCORE",
    "LOG_LEVEL",
)


@pytest.fixture(autouse=True)
def data_dir(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)  # away from a developer's .env
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    for module in ("index", "evaluate", "seed"):
        monkeypatch.setattr(f"config.cli.{module}.fetch_model_with_progress", _fetch_nothing)
    return tmp_path / "data"


def _fetch_nothing(_settings: Settings) -> None:
    """The model stays away: these tests need no download."""


@pytest.fixture
def seeded(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("seed") == 0
    capsys.readouterr()


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)
    code = ended.value.code
    assert isinstance(code, int)
    return code


def answered(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


@pytest.mark.usefixtures("seeded")
def test_search_finds_what_the_demo_desk_has_solved(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("search", "VPN drops every few minutes when I work from home", "--json") == 0
    first, *_ = answered(capsys)
    assert first["title"] == "VPN drops every few minutes when I work from home"
    assert first["resolution"]
    assert 0.6 <= first["score"] <= 1
    told = {"number", "title", "category", "description", "resolution", "score", "resolved_at"}
    assert set(first) == told | {"resolution_line", "shared_terms", "excerpt", "more_like_it"}
    assert first["resolution_line"]
    assert "VPN" in first["shared_terms"]
    assert first["resolved_at"] == datetime.fromisoformat(first["resolved_at"]).isoformat()


@pytest.mark.usefixtures("seeded")
def test_verbose_shows_also_what_is_not_near_enough_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("search", "please order new chairs for the work room", "--verbose", "--json") == 0
    verbose = answered(capsys)
    assert {"own_score", "order", "closeness", "match"} <= set(verbose[0])
    assert run("search", "please order new chairs for the work room", "--json") == 0
    assert len(answered(capsys)) < len(verbose)
    assert run("search", "please order new chairs for the work room", "--verbose") == 0
    assert "words 0." in capsys.readouterr().out


@pytest.mark.usefixtures("seeded")
def test_nothing_similar_is_success_and_said_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("search", "xylophone quartet") == 0
    printed = capsys.readouterr()
    assert (printed.out, "Nothing similar" in printed.err) == ("", True)


@pytest.mark.parametrize("arguments", [("search", " "), ("search",), ("search", "x", "--limit", "0")])
def test_a_mistake_is_usage(arguments: tuple[str, ...]) -> None:
    assert run(*arguments) == 2


@pytest.mark.usefixtures("seeded")
def test_status_only_looks(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(data_dir / "index")
    assert run("index", "status", "--json") == 0
    state = answered(capsys)
    assert (state["tickets"], state["indexes"], state["up_to_date"]) == (0, [], False)
    assert run("index", "status") == 0
    assert "no: `tickmate run` catches up when it starts" in capsys.readouterr().out
    assert not (data_dir / "index").exists()


@pytest.mark.usefixtures("seeded")
def test_status_says_how_many_tickets_can_be_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("search", "VPN") == 0
    capsys.readouterr()
    assert run("index", "status", "--json") == 0
    state = answered(capsys)
    assert state["model"] == state["answering"] == "lexical"
    assert state["tickets"] == state["findable"] == state["stored"] > 0
    assert state["up_to_date"] is True
    assert state["revision"] == state["revision_stored"] > 0
    (index,) = state["indexes"]
    assert (index["is_in_use"], index["tickets"]) == (False, state["tickets"])
    assert 0 < index["megabytes"] < 50


@pytest.mark.usefixtures("seeded")
def test_status_and_rebuild_beside_a_running_service_make_no_second_index(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("search", "VPN") == 0
    capsys.readouterr()
    (lock,) = data_dir.glob("index/*.lock")
    with lock.open("a") as running:
        fcntl.flock(running, fcntl.LOCK_EX)
        for command_line, is_current in (("status", True), ("rebuild", False)):
            assert run("index", command_line, "--json") == 0
            state = answered(capsys)
            assert [index["is_in_use"] for index in state["indexes"]] == [True]
            assert state["up_to_date"] is is_current
        assert run("index", "status") == 0
        assert "in use\nup to date   no: the running service catches up" in capsys.readouterr().out
        assert [*data_dir.glob("index/*.lock")] == [lock]


@pytest.mark.usefixtures("seeded")
def test_status_says_what_is_missing_and_how_long_it_takes(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with sqlite3.connect(data_dir / "tickmate.db") as connection:
        connection.execute("DELETE FROM ticket_vectors WHERE ticket_id = 1")
        connection.execute("UPDATE ticket_vectors SET updated_at = '2026-01-01 00:00:00'")
    connection.close()
    assert run("index", "status", "--json") == 0
    state = answered(capsys)
    assert (state["missing"], state["seconds_left"], state["up_to_date"]) == (1, None, False)
    assert run("index", "status") == 0
    assert "1 not yet embedded by lexical, and none was in the last minutes" in capsys.readouterr().out
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
    with sqlite3.connect(data_dir / "tickmate.db") as connection:
        (written,) = connection.execute("SELECT count(*) FROM ticket_vectors").fetchone()
        connection.execute("UPDATE ticket_vectors SET updated_at = ?", (now,))
    connection.close()
    assert run("index", "status", "--json") == 0
    assert answered(capsys)["seconds_left"] == round(120 / written)
    assert run("index", "status") == 0
    assert "about 1 min left" in capsys.readouterr().out


@pytest.mark.usefixtures("seeded")
def test_rebuild_restores_a_lost_index_and_lost_vectors(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(data_dir / "index")
    with sqlite3.connect(data_dir / "tickmate.db") as connection:
        connection.execute("DELETE FROM ticket_vectors WHERE ticket_id = 1")
    connection.close()
    assert run("index", "rebuild", "--json") == 0
    rebuilt = answered(capsys)
    assert rebuilt["tickets"] == rebuilt["findable"]
    assert rebuilt["up_to_date"] is True
    assert run("index", "rebuild") == 0
    assert "up to date   yes" in capsys.readouterr().out


def test_eval_retrieval_prints_one_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpus = [{"id": str(n), "title": f"subject{n}", "body": f"words{n} of ticket"} for n in range(20)]
    queries = [{"id": f"q{n}", "text": f"words{n}"} for n in range(20)]
    qrels = [{"query_id": f"q{n}", "doc_id": str(n)} for n in range(20)]
    paths = []
    for name, rows in (("corpus", corpus), ("queries", queries), ("qrels", qrels)):
        path = tmp_path / f"{name}.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        paths += [f"--{name}", str(path)]
    assert run("eval", "retrieval", *paths, "--json") == 0
    found = answered(capsys)
    assert set(found) == {"mrr", "map", "hit@1", "hit@3", "hit@5", "queries", "p50_ms", "p95_ms"}
    assert (found["mrr"], found["hit@1"], found["queries"]) == (1.0, 1.0, 20)
    assert run("eval", "retrieval", *paths) == 0
    assert "mrr      1.0" in capsys.readouterr().out


def test_eval_retrieval_names_a_wrong_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "wrong.jsonl"
    path.write_text("{oops\n")
    assert run("eval", "retrieval", "--corpus", str(path), "--queries", str(path), "--qrels", str(path)) == 2
    assert "wrong.jsonl, line 1" in capsys.readouterr().err
