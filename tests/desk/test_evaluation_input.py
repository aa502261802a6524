"""`tickmate eval` with files that are missing, spoiled or empty: exit 2, and the mend is named."""

from pathlib import Path

import pytest

from config.cli import command
from config.settings import Settings

DOCUMENT = '{"id": "1", "title": "Printer jams", "body": "It jams."}\n'
QUERY = '{"id": "q", "text": "printer jams"}\n'
PAIR = '{"query_id": "q", "doc_id": "1"}\n'
EXAMPLE = '{"id": "1", "title": "Printer jams", "body": "It jams.", "label": "Bug"}\n'
RIGHT = {"corpus": DOCUMENT, "queries": QUERY, "qrels": PAIR}


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("EMBEDDING_MODEL", "none")
    for module in ("evaluate", "evaluate_history"):
        monkeypatch.setattr(f"config.cli.{module}.fetch_model_with_progress", _fetch_nothing)
    return tmp_path


def _fetch_nothing(_settings: Settings) -> None:
    """The model stays away."""


def run(*arguments: str) -> int | str | None:
    with pytest.raises(SystemExit) as ended:
        command.main(("eval", *arguments))
    return ended.value.code


def retrieval(folder: Path, **texts: str) -> int | str | None:
    arguments = []
    for name, text in (RIGHT | texts).items():
        (folder / f"{name}.jsonl").write_text(text)
        arguments += [f"--{name}", str(folder / f"{name}.jsonl")]
    return run("retrieval", *arguments, "--json")


def test_right_files_are_measured(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert retrieval(folder) == 0
    assert '"mrr": 1.0' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("corpus", "", "corpus.jsonl is empty. Each line is like"),
        ("queries", "\n\n", "queries.jsonl is empty. Each line is like"),
        ("qrels", "", "qrels.jsonl is empty. Each line is like"),
        ("corpus", DOCUMENT + "{oops\n", "corpus.jsonl, line 2 is no JSON. Each line is like"),
        ("queries", '{"text": "no id"}\n', "queries.jsonl, line 1 lacks id. Each line is like"),
        ("queries", '{"id": "q", "text": "x", "created": "soon"}', "soon. It may be like"),
        ("qrels", '{"query": "q"}\n', "qrels.jsonl, line 1 lacks query_id. Each line is like"),
        ("qrels", '{"query_id": "q", "doc_id": "9"}\n', "No query has a right answer"),
    ],
)
def test_a_wrong_file_of_a_retrieval_set(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, said: str
) -> None:
    assert retrieval(folder, **{name: text}) == 2
    printed = capsys.readouterr()
    assert (printed.out, said in printed.err) == ("", True), printed.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "test.jsonl has no lines"),
        (EXAMPLE + "{oops\n", "test.jsonl, line 2: not an object with title, body and label"),
        (DOCUMENT, "test.jsonl, line 1: not an object with title, body and label"),
    ],
)
def test_a_wrong_file_of_labelled_tickets(
    folder: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    (folder / "test.jsonl").write_text(text)
    assert run("triage", "--test", "test.jsonl") == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ("retrieval", "--corpus", "away.jsonl", "--queries", "away.jsonl", "--qrels", "away.jsonl"),
        ("triage", "--test", "away.jsonl"),
    ],
)
def test_a_missing_file_is_named(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    assert run(*arguments) == 2
    assert "'away.jsonl' does not exist. See: tickmate eval" in capsys.readouterr().err


def test_a_desk_without_history_says_when_to_come_back(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("history") == 2
    assert "No ticket has been closed yet. Come back when some are" in capsys.readouterr().err
