"""`tickmate export` and `tickmate import`, as somebody runs them who moves from one desk to another."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.desk.test_seed import run

TICKET = {
    "number": 12,
    "title": "=HYPERLINK(0)",
    "description": "Both sides.",
    "category": "Bug",
    "priority": "high",
    "status": "completed",
    "is_public": True,
    "resolution": "Cleaned the roller.",
    "related_skills": ["printer", "floor-2"],
    "created_by": {"name": "Ada King", "email": "ada@people.example"},
    "created_at": "2024-05-01T08:00:00+00:00",
    "resolved_at": "2024-05-02T08:00:00+00:00",
    "comments": [
        {
            "author": {"name": "Grace Hopper", "email": "grace@people.example"},
            "text": "Third time.",
            "internal": True,
            "created_at": "2024-05-01T09:00:00+00:00",
        }
    ],
}


@pytest.fixture
def lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desk of its own, and an export to take over."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "tickets.jsonl"
    path.write_text(json.dumps(TICKET) + "\n{}\n")
    return path


def test_a_ticket_survives_the_way_out_and_in_again(lines: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("import", "jsonl", str(lines), "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["imported"], report["already_here"]) == (1, 0)
    assert report["skipped"] == [{"reason": "created_by: Field required", "count": 1, "places": ["tickets.jsonl:2"]}]

    assert run("export", "tickets") == 0
    exported = json.loads(capsys.readouterr().out)
    assert exported["number"] == 1
    comments = [{**one, "attachments": []} for one in TICKET["comments"]]  # type: ignore[attr-defined]
    assert {name: exported[name] for name in TICKET if name != "number"} == {
        **{name: value for name, value in TICKET.items() if name != "number"},
        "comments": comments,
    }

    assert run("import", "jsonl", str(lines)) == 0
    assert "0 tickets imported, 1 were here already." in capsys.readouterr().out


def test_a_table_holds_no_formula_and_comes_in_again(lines: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("import", "jsonl", str(lines))
    table = lines.with_suffix(".csv")
    assert run("export", "tickets", "--format", "csv", "--output", str(table)) == 0
    (row,) = csv.DictReader(io.StringIO(table.read_text()))
    assert row["title"] == "'=HYPERLINK(0)"
    assert (row["created_by"], row["related_skills"]) == ("ada@people.example", "printer; floor-2")
    assert table.stat().st_mode & 0o077 == 0
    capsys.readouterr()
    assert run("import", "csv", str(table)) == 0
    run("export", "tickets")
    _, copy = map(json.loads, capsys.readouterr().out.splitlines()[-2:])
    assert (copy["title"], copy["related_skills"]) == (TICKET["title"], TICKET["related_skills"])


def test_the_audit_log_goes_out_whole(lines: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("import", "jsonl", str(lines))
    capsys.readouterr()
    assert run("export", "audit") == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["action"] for one in records][-1] == "ticket.imported"
    assert all(one["hmac"] for one in records)


@pytest.mark.parametrize(("period", "count"), [(("--since", "2024-05-01"), 1), (("--until", "2024-05-01"), 0)])
def test_a_period_is_of_the_tickets_creation(
    lines: Path, capsys: pytest.CaptureFixture[str], period: tuple[str, str], count: int
) -> None:
    run("import", "jsonl", str(lines))
    capsys.readouterr()
    assert run("export", "tickets", *period) == 0
    assert len(capsys.readouterr().out.splitlines()) == count


@pytest.mark.parametrize(
    "arguments",
    [
        ("export", "tickets", "--since", "yesterday"),
        ("export", "tickets", "--output", "/no/such/folder/file"),
        ("import", "jsonl", "missing.jsonl"),
        ("import", "jira", "tickets.jsonl"),
    ],
)
def test_a_slip_is_told_in_a_line(lines: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    assert lines.exists()
    assert run(*arguments) == 2
    assert "Traceback" not in capsys.readouterr().err
