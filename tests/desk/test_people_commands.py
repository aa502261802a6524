"""`tickmate users` and `tickmate organizations`."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from config.cli import command

Printed = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def deployment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sqlite_url: str) -> None:
    monkeypatch.chdir(tmp_path)  # away from a developer's .env
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", sqlite_url)


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)
    code = ended.value.code
    assert isinstance(code, int)
    return code


def told(printed: Printed, *arguments: str) -> Any:
    printed.readouterr()
    assert run(*arguments, "--json") == 0
    return json.loads(printed.readouterr().out)


def test_somebody_is_added_listed_promoted_and_shut_out(capsys: Printed) -> None:
    created = told(capsys, "users", "create", "Ada", "--email", "Ada@people.example", "--role", "admin")
    assert (created["username"], created["email"], created["email_verified"]) == ("ada", "ada@people.example", True)
    assert run("users", "create", "eve", "--skill", "vpn", "--skill", "mail") == 0
    assert run("users", "set-role", "EVE", "moderator") == 0
    assert run("users", "deactivate", "eve") == 0
    listed = told(capsys, "users", "list")
    assert [(one["username"], one["role"], one["is_active"]) for one in listed] == [
        ("ada", "admin", True),
        ("eve", "moderator", False),
    ]
    assert listed[1]["skills"] == ["vpn", "mail"]
    assert run("users", "deactivate", "--undo", "eve") == 0
    assert [one["username"] for one in told(capsys, "users", "list", "--role", "moderator")] == ["eve"]
    assert run("users", "list") == 0
    assert "ada@people.example" in capsys.readouterr().out


def test_an_address_is_enough_to_add_somebody(capsys: Printed) -> None:
    told(capsys, "users", "create", "eve")
    created = told(capsys, "users", "create", "Eve@people.example", "--role", "moderator")
    assert (created["email"], created["role"]) == ("eve@people.example", "moderator")
    assert created["username"].startswith("eve-")
    assert run("users", "create", "eve@people.example") == 1
    assert run("users", "create", "eve@nowhere@") == 2


def test_a_password_comes_by_standard_input_and_is_judged(capsys: Printed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert run("users", "create", "ada", "--password-stdin") == 2
    assert "at least 10 characters" in capsys.readouterr().err
    assert told(capsys, "users", "list") == []
    monkeypatch.setattr("sys.stdin", io.StringIO("a fine long one\n"))
    assert run("users", "create", "ada", "--password-stdin") == 0


@pytest.mark.parametrize("name", ["ada", "ADA@people.example", "@ada"])
def test_a_sign_in_link_is_printed_for_any_of_their_names(capsys: Printed, name: str) -> None:
    told(capsys, "users", "create", "ada", "--email", "ada@people.example")
    link = told(capsys, "users", "sign-in-link", name)["link"]
    assert link.startswith("http://localhost:8080/auth/magic-link/")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("users", "sign-in-link", "nobody"), 1),
        (("users", "set-role", "ada", "user"), 1),  # the only admin
        (("users", "set-role", "ada", "king"), 2),
        (("users", "create", "ada"), 1),
        (("users", "create", "a b"), 2),
        (("users", "create", "eve", "--organization", "Nowhere"), 1),
        (("organizations", "create", "Support"), 1),
        (("organizations", "add-address", "Support", "nonsense"), 2),
        (("organizations", "add-address", "Nowhere", "@x.example"), 1),
    ],
)
def test_a_mistake_is_one_line_and_changes_nothing(capsys: Printed, arguments: tuple[str, ...], code: int) -> None:
    told(capsys, "users", "create", "ada", "--role", "admin")
    before = (told(capsys, "users", "list"), told(capsys, "organizations", "list"))
    assert run(*arguments) == code
    assert capsys.readouterr().err.count("\n") == 1
    assert (told(capsys, "users", "list"), told(capsys, "organizations", "list")) == before


def test_an_organization_has_people_and_addresses_of_its_own(capsys: Printed) -> None:
    acme = told(capsys, "organizations", "create", "Acme")
    assert run("organizations", "add-address", "Acme", "@ACME.example") == 0
    assert run("organizations", "add-address", "Acme", "acme.test") == 0
    domains = ["@acme.example", "@acme.test"]
    assert {"id": acme["id"], "name": "Acme", "addresses": domains} in told(capsys, "organizations", "list")
    told(capsys, "users", "create", "ada", "--organization", "Acme")
    assert told(capsys, "users", "list") == []
    assert [one["username"] for one in told(capsys, "users", "list", "--organization", "Acme")] == ["ada"]
