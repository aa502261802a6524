"""`tickmate triage`: shows advice, applies nothing, records what it cost."""

import asyncio
import io
import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from config.cli import command
from tests.fakes.openai import FakeOpenAi, bad_json


@pytest.fixture
def data_dir(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)  # away from a developer's .env
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "DATABASE_URL", "EMBEDDING_MODEL_DIR", "QDRANT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        command.main(["triage", *arguments])
    code = ended.value.code
    assert isinstance(code, int)
    return code


def rows(data_dir: Path, statement: str) -> list[Any]:
    with closing(sqlite3.connect(data_dir / "tickmate.db")) as connection:
        return connection.execute(statement).fetchall()


def test_a_person_reads_the_advice(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("The VPN is down for everyone, error 809") == 0
    printed = capsys.readouterr().out
    assert "category     Bug" in printed
    assert "priority     high" in printed
    assert "networking" in printed
    assert "“vpn is down”" in printed


def test_a_script_reads_json(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--json", "How do I reset my password?") == 0
    advice = json.loads(capsys.readouterr().out)
    assert (advice["category"], advice["priority"], advice["complexity"]) == ("Question", "low", "simple")
    assert advice["calls"] == []


def test_the_text_may_come_from_standard_input(
    data_dir: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"please add a dark theme \xff\n")))
    assert run("--json", "-") == 0
    assert json.loads(capsys.readouterr().out)["category"] == "Feature Request"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ((), 2, "either TEXT or --ticket"),
        (("text", "--ticket", "1"), 2, "either TEXT or --ticket"),
        (("--ticket", "0"), 2, "0"),
        (("  ",), 2, "empty"),
        (("--ticket", "999"), 1, "no ticket #999"),
        (("--organization", "nowhere", "text"), 1, "nowhere"),
    ],
)
def test_wrong_use_is_said_in_a_line(
    data_dir: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, says: str
) -> None:
    assert run(*arguments) == code
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch, data_dir: Path) -> Iterator[FakeOpenAi]:
    """The API's double on a loop of its own, since the command runs one itself."""
    api, loop = FakeOpenAi(), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(api.__aenter__(), loop).result(10)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-key-of-a-test")
    monkeypatch.setenv("OPENAI_BASE_URL", api.base_url)
    yield api
    asyncio.run_coroutine_threadsafe(api.__aexit__(None, None, None), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


def test_a_providers_advice_is_billed_and_not_applied(
    data_dir: Path, provider: FakeOpenAi, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("Printer jams") == 0
    assert "gpt-4.1-mini" in capsys.readouterr().out
    ((model, purpose, tokens, ticket_id),) = rows(
        data_dir, "SELECT model, purpose, input_tokens, ticket_id FROM ai_usage WHERE purpose = 'triage'"
    )
    assert (model, purpose, tokens, ticket_id) == ("gpt-4.1-mini", "triage", 1000, None)
    assert rows(data_dir, "SELECT count(*) FROM suggestions") == [(0,)]


def test_nonsense_of_a_provider_is_billed_and_told(
    data_dir: Path, provider: FakeOpenAi, capsys: pytest.CaptureFixture[str]
) -> None:
    provider.always(bad_json())
    assert run("Printer jams, error E-05") == 0
    assert "instead of the configured model: invalid" in capsys.readouterr().out
    outcomes = rows(data_dir, "SELECT outcome FROM ai_usage WHERE purpose = 'triage' ORDER BY id")
    assert outcomes == [("invalid",), ("invalid",)]
