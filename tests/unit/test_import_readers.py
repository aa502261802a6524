"""Exports of other desks, read into our words: their own fields, their broken lines, their people."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from config.imports.csv_rows import read_csv
from config.imports.files import Export
from config.imports.own_lines import read_jsonl
from config.imports.zammad import read_zammad
from config.imports.zendesk import read_zendesk
from core.errors import InvalidInputError
from core.imports.values import ImportedPerson, ImportedTicket, Skipped
from core.tickets.values import Category, Priority, Status

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADA = {"id": 7, "name": "Ada King", "email": "ada@people.example"}
GRACE = {"id": 9, "name": "Grace Hopper", "email": "grace@desk.example"}
ZENDESK: dict[str, Any] = {
    "id": 35,
    "subject": "The printer jams",
    "description": "Both  sides.",
    "type": "incident",
    "priority": "urgent",
    "status": "pending",
    "tags": ["printer", "floor-2"],
    "requester_id": 7,
    "assignee_id": 9,
    "created_at": "2024-05-01T08:00:00Z",
    "updated_at": "2024-05-02T08:00:00Z",
    "comments": [
        {"author_id": 7, "plain_body": "Both sides.", "public": True, "created_at": "2024-05-01T08:00:00Z"},
        {
            "author_id": 9,
            "html_body": "<p>Which <b>tray</b>?</p>",
            "public": True,
            "created_at": "2024-05-01T09:00:00Z",
            "attachments": [{"file_name": "tray.png"}],
        },
        {"author_id": 9, "body": "Roller again", "public": False, "created_at": "2024-05-01T09:01:00Z"},
    ],
}
ZAMMAD: dict[str, Any] = {
    "id": 4,
    "number": "20004",
    "title": "The printer jams",
    "state": "pending reminder",
    "priority": "3 high",
    "customer": "ada@people.example",
    "owner": "grace",
    "created_at": "2024-05-01T08:00:00.000Z",
    "updated_at": "2024-05-02T08:00:00.000Z",
}
ARTICLES: list[dict[str, Any]] = [
    {
        "ticket_id": 4,
        "sender": "Agent",
        "from": "Grace <grace@desk.example>",
        "created_by": "grace",
        "body": "<div>Which tray?</div>",
        "content_type": "text/html",
        "internal": False,
        "created_at": "2024-05-01T09:00:00.000Z",
    },
    {
        "ticket_id": 4,
        "sender": "Customer",
        "from": "Ada <ada@people.example>",
        "body": "Both sides.",
        "created_at": "2024-05-01T08:00:00.000Z",
    },
    {"ticket_id": 4, "sender": "System", "body": "Reminder", "created_at": "2024-05-01T10:00:00.000Z"},
]


def _file(folder: Path, name: str, content: Any, *, lines: bool = False) -> Path:
    path = folder / name
    path.write_text("\n".join(map(json.dumps, content)) if lines else json.dumps(content, indent=1), encoding="utf-8")
    return path


def _zendesk(path: Path) -> list[ImportedTicket | Skipped]:
    return list(read_zendesk(Export(path)))


def _one(found: list[ImportedTicket | Skipped]) -> ImportedTicket:
    (ticket,) = found
    assert isinstance(ticket, ImportedTicket)
    return ticket


def test_zendesk_in_a_folder_of_lines(tmp_path: Path) -> None:
    _file(tmp_path, "tickets-1.ndjson", [ZENDESK], lines=True)
    _file(tmp_path, "users.json", [ADA, GRACE, {"id": "no number"}])
    ticket = _one(_zendesk(tmp_path))
    assert (ticket.key, ticket.title, ticket.description) == ("35", "The printer jams", "Both  sides.")
    assert (ticket.category, ticket.priority, ticket.status) == (Category.BUG, Priority.HIGH, Status.WAITING)
    assert ticket.requester == ImportedPerson(name="Ada King", email="ada@people.example")
    assert ticket.assignee == ImportedPerson(name="Grace Hopper", email="grace@desk.example")
    assert [(one.text, one.internal) for one in ticket.comments] == [
        ("Which tray?\n\nAttached there: tray.png", False),
        ("Roller again", True),
    ]
    assert ticket.helpful_notes == "Zendesk #35\nprinter, floor-2"
    assert ticket.remarks == ["its files stay behind"]


@pytest.mark.parametrize("indent", [None, 1])
def test_zendesk_in_one_document_with_its_users(tmp_path: Path, indent: int | None) -> None:
    path = tmp_path / "export.json"
    path.write_text(json.dumps({"tickets": [ZENDESK], "users": [ADA, GRACE]}, indent=indent))
    assert _one(_zendesk(path)).requester.email == "ada@people.example"


def test_zendesk_with_its_people_in_the_ticket(tmp_path: Path) -> None:
    ticket = {**ZENDESK, "requester": ADA, "assignee": {"id": 9, "name": "Grace Hopper", "email": None}}
    found = _one(_zendesk(_file(tmp_path, "tickets.json", [ticket])))
    assert found.requester.email == "ada@people.example"
    assert found.assignee == ImportedPerson(name="Grace Hopper", key="9")


def test_somebody_who_is_known_by_number_alone_is_still_one_person(tmp_path: Path) -> None:
    found = _one(_zendesk(_file(tmp_path, "tickets.json", [ZENDESK])))
    assert found.requester == ImportedPerson(key="7")


def test_what_cannot_be_taken_is_told_and_keeps_nothing_else_back(tmp_path: Path) -> None:
    deleted = {**ZENDESK, "id": 36, "status": "deleted"}
    orphan = {**ZENDESK, "id": 37, "requester_id": None}
    undated = {key: value for key, value in ZENDESK.items() if key != "created_at"} | {"id": 38}
    path = _file(tmp_path, "tickets.jsonl", [ZENDESK, deleted, orphan, undated, 5], lines=True)
    path.write_text(path.read_text() + "\n{broken\n")
    found = _zendesk(path)
    assert isinstance(found[0], ImportedTicket)
    assert [one for one in found if isinstance(one, Skipped)] == [
        Skipped("tickets.jsonl:2, ticket 36", "it was deleted there"),
        Skipped("tickets.jsonl:3, ticket 37", "it names no requester"),
        Skipped("tickets.jsonl:4", "created_at: Field required"),
        Skipped("tickets.jsonl:5", "it is no object"),
        Skipped("tickets.jsonl:6", "the line holds no JSON"),
    ]


def test_a_file_that_is_no_export_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tickets.json"
    path.write_text("{not at all\n")
    with pytest.raises(InvalidInputError, match="holds no JSON"):
        _zendesk(path)


def test_reading_says_how_far_it_is(tmp_path: Path) -> None:
    export = Export(_file(tmp_path, "tickets.jsonl", [ZENDESK, ZENDESK], lines=True))
    assert len(list(read_zendesk(export))) == 2
    assert export.progress.done == export.progress.total == export.path.stat().st_size


def test_zammad_joins_articles_and_users(tmp_path: Path) -> None:
    _file(tmp_path, "tickets.json", [ZAMMAD])
    _file(tmp_path, "ticket_articles.json", ARTICLES)
    grace = {"id": 3, "login": "grace", "email": "grace@desk.example", "firstname": "Grace", "lastname": "Hopper"}
    _file(tmp_path, "users.json", [grace])
    ticket = _one(list(read_zammad(Export(tmp_path))))
    assert (ticket.title, ticket.description) == ("The printer jams", "Both sides.")
    assert (ticket.priority, ticket.status) == (Priority.HIGH, Status.WAITING)
    assert ticket.assignee == ImportedPerson(name="Grace Hopper", email="grace@desk.example")
    assert [(one.author.email, one.text) for one in ticket.comments] == [("grace@desk.example", "Which tray?")]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"state": "merged"}, "it was merged there"),
        ({"state": "parked"}, "its state 'parked' is none that this desk knows"),
    ],
)
def test_zammad_leaves_out_what_has_no_place_here(tmp_path: Path, change: dict[str, str], reason: str) -> None:
    (found,) = read_zammad(Export(_file(tmp_path, "tickets.json", [{**ZAMMAD, **change}])))
    assert isinstance(found, Skipped)
    assert found.reason == reason


def test_zammad_without_names_is_told_how_to_export(tmp_path: Path) -> None:
    (found,) = read_zammad(Export(_file(tmp_path, "tickets.json", [{"id": 4, "state_id": 2, "customer_id": 5}])))
    assert found == Skipped("tickets.json[1]", "it was exported without expand=true")


def _csv(tmp_path: Path, text: str) -> list[ImportedTicket | Skipped]:
    path = tmp_path / "desk.csv"
    path.write_bytes(text.encode("utf-8-sig"))
    return list(read_csv(Export(path), now=NOW))


def test_a_spreadsheet_with_names_of_its_own(tmp_path: Path) -> None:
    ticket = _one(
        _csv(
            tmp_path,
            "Ticket ID;Subject;Description;Requester Email;State;Type;Priority;Created;Solution;Tags\r\n"
            '12;Jam;"Both\r\nsides";ada@people.example;Closed;Incident;Urgent;2024-05-01 08:00;Cleaned;a; b\r\n',
        )
    )
    assert (ticket.key, ticket.title, ticket.description) == ("12", "Jam", "Both\nsides")
    assert (ticket.status, ticket.category, ticket.priority) == (Status.COMPLETED, Category.BUG, Priority.HIGH)
    assert ticket.created_at == datetime(2024, 5, 1, 8, tzinfo=UTC)
    assert ticket.resolution == "Cleaned"


def test_a_row_without_number_or_date_is_still_known_again(tmp_path: Path) -> None:
    text = "title,requester\nJam,Ada\n"
    first, second = _one(_csv(tmp_path, text)), _one(_csv(tmp_path, text))
    assert first.key == second.key
    assert first.created_at == NOW
    assert first.requester == ImportedPerson(name="Ada", key="Ada")


def test_rows_that_say_too_little_are_named_by_line(tmp_path: Path) -> None:
    found = _csv(tmp_path, "title,requester,created_at\n,ada@x.example,\nJam,,\nJam,a@x.example,yesterday\n,,\n")
    assert found == [
        Skipped("desk.csv:2", "it has neither title nor description"),
        Skipped("desk.csv:3", "it names no requester"),
        Skipped("desk.csv:4", "one of its dates is no ISO 8601 date"),
    ]


def test_a_word_that_we_do_not_know_is_told(tmp_path: Path) -> None:
    ticket = _one(_csv(tmp_path, "title,requester,priority\nJam,a@x.example,P5\n"))
    assert ticket.priority is Priority.LOW
    assert ticket.remarks == ["its priority is none that this desk knows, and was left out"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("colour,size\nred,5\n", "no column"), ('title,requester\n"Jam,a@x.example\n', "is no CSV")],
)
def test_a_table_without_tickets_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(InvalidInputError, match=complaint):
        _csv(tmp_path, text)


def test_a_table_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "desk.csv"
    path.write_bytes("title,requester\nStörung,ada\n".encode("latin-1"))
    with pytest.raises(InvalidInputError, match="UTF-8"):
        list(read_csv(Export(path), now=NOW))


def test_own_lines_need_little(tmp_path: Path) -> None:
    least = {"title": "Jam", "created_by": {"name": "Ada"}}
    wrong = {"title": "Jam", "created_by": {"name": "Ada"}, "status": "parked"}
    path = _file(tmp_path, "tickets.jsonl", [least, wrong, {"created_by": {}}, {"title": "x"}], lines=True)
    ticket, *skipped = read_jsonl(Export(path), now=NOW)
    assert isinstance(ticket, ImportedTicket)
    assert (ticket.title, ticket.created_at, ticket.requester.key) == ("Jam", NOW, "Ada")
    assert [one.reason for one in skipped if isinstance(one, Skipped)] == [
        "its status 'parked' is none that this desk knows",
        "it has neither title nor description",
        "created_by: Field required",
    ]
