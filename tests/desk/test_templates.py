"""The templates of an organization on both databases, and `tickmate templates`."""

import io
import json

import pytest

from config.cli.command import main
from core.errors import ForbiddenError, InvalidInputError, NotFoundError
from core.tickets.template_list import list_templates, remove_template, reset_templates, set_templates
from core.tickets.templates import Templates, built_in_templates, read_templates
from tests.builders import CoreDesk

OWN = read_templates('[[template]]\nkind = "a"\nname = "A"\n[[template]]\nkind = "b"\nname = "B"\ncategory = "Bug"\n')


async def offered(desk: CoreDesk) -> Templates:
    async with desk.reading() as reading:
        return await list_templates(reading)


async def test_an_organization_sets_its_own_and_goes_back(desk: CoreDesk) -> None:
    assert await offered(desk) == built_in_templates()
    for templates in (OWN[:1], OWN):
        async with desk.unit_of_work() as uow:
            await set_templates(uow, templates)
            await uow.commit()
    assert await offered(desk) == OWN
    async with desk.unit_of_work() as uow:
        assert await remove_template(uow, "a") == OWN[1:]
        await uow.commit()
    assert await offered(desk) == OWN[1:]
    for _ in range(2):
        async with desk.unit_of_work() as uow:
            await reset_templates(uow)
            await uow.commit()
    assert await offered(desk) == built_in_templates()


async def test_the_last_one_and_an_unknown_one_cannot_be_removed(desk: CoreDesk) -> None:
    async with desk.unit_of_work() as uow:
        await set_templates(uow, OWN[:1])
        with pytest.raises(NotFoundError, match="no template 'b'"):
            await remove_template(uow, "b")
        with pytest.raises(InvalidInputError, match="last"):
            await remove_template(uow, "a")


async def test_only_who_runs_the_desk_may_change_them(desk: CoreDesk) -> None:
    ada = await desk.person("ada")
    async with desk.unit_of_work(desk.actor(ada)) as uow:
        with pytest.raises(ForbiddenError):
            await set_templates(uow, OWN)
        with pytest.raises(ForbiddenError):
            await reset_templates(uow)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        main(["templates", *arguments])
    printed = capsys.readouterr()
    return int(ended.value.code or 0), printed.out + printed.err


def test_the_commands(
    sqlite_url: str,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("desk"))
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    _, listed = run(capsys, "list")
    assert "Bug report (Bug)" in listed
    assert "Steps to see it again [steps, long]" in listed
    _, as_json = run(capsys, "list", "--json")
    changed = json.loads(as_json)
    changed["template"][1]["name"] = "Fault"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(changed).encode())))
    assert run(capsys, "set", "-")[0] == 0
    assert "Fault (Bug)" in run(capsys, "list")[1]
    assert "general" not in run(capsys, "remove", "general")[1]
    assert run(capsys, "remove", "general")[0] == 1
    assert run(capsys, "remove")[0] == 2
    assert "general, bug" in run(capsys, "remove", "--all")[1]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"nothing")))
    code, said = run(capsys, "set", "-")
    assert (code, "cannot be read" in said) == (2, True)
