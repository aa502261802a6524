"""What each command prints of tickets: of the organization it is about, and of no other.

Every command of `tickmate` is either in `PRINTS` or in `WITHOUT_TICKETS`, so a new one fails here first. Whoever runs
commands works tickets; only `search` shows what everybody may read.
"""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from config.cli.command import tickmate
from config.cli.context import with_desk
from core.desk import Desk
from core.people.actions import NewPerson, create_person
from core.people.organizations import create_organization
from core.people.values import Actor, Role, system_actor
from core.tickets.actions import NewReply, NewTicket, add_internal_note, add_reply, submit_ticket
from core.tickets.attaching import StoredAttachment
from core.tickets.working import delete_ticket, resolve_ticket
from tests.desk.test_seed import run

KINDS = ("open", "solved", "public", "deleted")
WORDS = frozenset({"title", "description", "resolution", "reply", "note", "helpful", "file"})
OURS, THEIRS = "ours", "theirs"
_TEXT, _NOTHING = frozenset({"title", "description", "resolution"}), frozenset[str]()
_EVERYTHING = dict.fromkeys(KINDS[:-1], WORDS)
_RECORDED = dict.fromkeys(KINDS, WORDS - {"file"})

PRINTS: dict[str, tuple[tuple[str, ...], dict[str, frozenset[str]]]] = {
    "search": (("the printer jams on both sides", "--limit", "50", "--json"), {"public": _TEXT}),
    "search --verbose": (("the printer jams on both sides", "--limit", "50"), {"public": _TEXT}),
    "triage": (("--ticket", "1", "--json"), {}),
    "export tickets": ((), _EVERYTHING),
    "export tickets --format csv": ((), _EVERYTHING),
    "export audit": ((), _RECORDED),
    "export audit --format csv": ((), _RECORDED),
    "jobs list": (("--limit", "200", "--json"), {}),
    "mail quarantine list": (("--json",), {}),
    "eval history": (("--json",), {}),
    "users list": (("--json",), {}),
    "templates list": (("--json",), {}),
    "slack channels": (("--json",), {}),
}
"""Arguments, and the words of the tickets of each kind that stand in the output."""
ENDS_WITH = {"eval history": 2}  # none of them was sorted by a person

WITHOUT_TICKETS = {
    *("run", "seed", "doctor", "config", "import", "slack manifest", "slack watch"),
    *("db backup", "db check", "db current", "db restore", "db upgrade", "index rebuild", "index status"),
    *("users add-address", "users create", "users deactivate", "users set-role", "users sign-in-link"),
    *("organizations add-address", "organizations create", "organizations list", "templates remove", "templates set"),
    *("mail explain", "mail ingest", "mail parse", "mail quarantine discard", "mail quarantine release", "mail replay"),
    *("eval retrieval", "eval triage", "audit verify", "jobs discard", "jobs retry"),
}
"""These say nothing of tickets that are here, but at most the number of the one that they have made."""


def leaves(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[str]:
    if not isinstance(command, click.Group):
        yield " ".join(path)
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from leaves(found, (*path, name))


def test_every_command_is_looked_at() -> None:
    assert {*leaves(tickmate)} == {name.partition(" --")[0] for name in PRINTS} | WITHOUT_TICKETS


@pytest.fixture
def _two_organizations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("config.cli.evaluate_history.fetch_model_with_progress", lambda _settings: None)
    with_desk(fill)
    assert run("index", "rebuild") == 0


async def fill(desk: Desk) -> None:
    """The same tickets in two organizations, told apart by their words."""
    async with desk.unit_of_work(system_actor(1)) as uow:
        other = await create_organization(uow, THEIRS)
        await uow.commit()
    for whose, organization_id in ((OURS, 1), (THEIRS, other.id)):
        for kind in KINDS:
            await _file(desk, organization_id, whose + kind)


async def _file(desk: Desk, organization_id: int, kind: str) -> None:
    async with desk.unit_of_work(system_actor(organization_id)) as uow:
        person = await create_person(uow, NewPerson(username=f"grace-{kind}", role=Role.MODERATOR))
        await uow.session.flush()
        uow.act_as(Actor(organization_id=organization_id, user_id=person.id, role=person.role, name="Grace"))
        sha256 = await desk.blobs.write(kind.encode())
        file = StoredAttachment(filename=f"{kind}file.txt", content_type="text/plain", size=len(kind), sha256=sha256)
        alike = "the printer jams on both sides"
        new = NewTicket(
            title=f"{alike} {kind}title", description=f"{alike} {kind}description", channel="web", attachments=[file]
        )
        ticket = await submit_ticket(uow, new, requester=person)
        await uow.session.flush()
        await add_reply(uow, ticket, NewReply(text=f"{kind}reply", channel="web"), author=person)
        await add_internal_note(uow, ticket, NewReply(text=f"{kind}note", channel="web"), author=person)
        if not kind.endswith("open"):
            solved = {"resolution": f"{kind}resolution", "helpful_notes": f"{kind}helpful"}
            await resolve_ticket(uow, ticket, **solved, is_public=kind.endswith(("public", "deleted")))
        if kind.endswith("deleted"):
            await delete_ticket(uow, ticket)
        await uow.commit()


@pytest.mark.usefixtures("_two_organizations")
def test_each_command_prints_its_own_organizations_tickets_alone(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = []
    for whose, named in ((OURS, ()), (THEIRS, ("--organization", THEIRS))):
        for name, (arguments, shows) in PRINTS.items():
            capsys.readouterr()
            assert run(*name.split(), *arguments, *named) == ENDS_WITH.get(name, 0), name
            printed = capsys.readouterr()
            told = printed.out + printed.err
            for of in (OURS, THEIRS):
                for kind in KINDS:
                    right = shows.get(kind, _NOTHING) if of == whose else _NOTHING
                    right = right - {"resolution", "helpful"} if kind == "open" else right
                    shown = {part for part in WORDS if f"{of}{kind}{part}" in told}
                    if shown != right:
                        wrong.append(f"{name} of {whose}: {sorted(shown)} of {of} {kind}, not {sorted(right)}")
    assert wrong == [], "\n".join(wrong)


@pytest.mark.usefixtures("_two_organizations")
def test_people_of_another_organization_are_not_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("users", "list", "--organization", THEIRS) == 0
    listed = capsys.readouterr().out
    assert f"grace-{THEIRS}open" in listed
    assert OURS not in listed
