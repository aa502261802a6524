"""The root command: what it lists, how fast, and how each error ends."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from config.cli import command
from config.cli.lazy import LazyCommand, LazyGroup
from core.errors import (
    ConfigurationError,
    DeskError,
    InvalidInputError,
    LimitReachedError,
    NotFoundError,
    TryAgainLaterError,
)

ROOTS = [(command.tickmate, command.COMMANDS), (command.evaluate, command.EVALUATIONS)]


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)
    code = ended.value.code
    assert isinstance(code, int)
    return code


@pytest.fixture
def raising(monkeypatch: pytest.MonkeyPatch) -> "type[Raising]":
    Raising.error = RuntimeError("nothing chosen")
    monkeypatch.setitem(command.tickmate.commands, "raise", Raising.command)
    return Raising


class Raising:
    """A command that ends with whatever error a test chooses."""

    error: BaseException

    @staticmethod
    @click.command()
    def command() -> None:
        raise Raising.error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InvalidInputError("That is no address.", mend="Write one like a@b.example."), 2),
        (ConfigurationError("HTTP_PORT: wrong."), 2),
        (click.BadParameter("no such ticket"), 2),
        (TryAgainLaterError("The database is busy."), 75),
        (LimitReachedError("Too many tries."), 75),
        (NotFoundError("There is no ticket 7."), 1),
        (DeskError("No.\nReally not."), 1),
        (click.ClickException("cannot open file"), 1),
    ],
)
def test_errors_end_with_their_code_and_one_line(
    raising: type[Raising], capsys: pytest.CaptureFixture[str], error: Exception, code: int
) -> None:
    raising.error = error

    assert run("raise") == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("tickmate: ")
    assert printed.err.count("\n") == 1


def test_an_interrupt_ends_with_130(raising: type[Raising], capsys: pytest.CaptureFixture[str]) -> None:
    raising.error = KeyboardInterrupt()

    assert run("raise") == 130
    assert "Traceback" not in capsys.readouterr().err


def test_an_unexpected_error_is_one_line_and_its_traceback_is_kept_for_the_operator(
    raising: type[Raising], capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "desk"))
    raising.error = ZeroDivisionError("private words")

    assert run("raise") == 1
    kept = tmp_path / "desk" / "last-error.txt"
    assert capsys.readouterr().err == f"tickmate: unexpected ZeroDivisionError; details are in {kept}\n"
    assert "private words" in kept.read_text()
    assert kept.stat().st_mode & 0o077 == 0


def test_debug_shows_the_traceback(raising: type[Raising], capsys: pytest.CaptureFixture[str]) -> None:
    raising.error = ZeroDivisionError("details")

    assert run("--debug", "raise") == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["no-such-command"], ["--no-such-option"], ["config", "--no-such-option"]])
def test_usage_errors_name_where_help_is(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*arguments) == 2
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert printed.endswith("--help\n")


def test_no_arguments_print_the_help_and_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 2
    assert "Commands:" in capsys.readouterr().err


def test_help_lists_every_command_without_importing_any(tmp_path: Path) -> None:
    """Import time is what help costs, so no library but click may be loaded for it."""
    script = (
        "import sys; from config.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'pydantic', 'sqlalchemy', 'aiohttp', 'numpy', 'structlog'}\n"
        "print([name for name in sys.modules if name.split('.')[0] in heavy])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path, env=dict(os.environ)
    )

    *listing, imported = ended.stdout.splitlines()
    assert imported == "[]"
    for name in command.tickmate.lazy:
        assert any(line.split()[:1] == [name] for line in listing), name


@pytest.mark.parametrize(("group", "table"), ROOTS)
def test_each_listed_command_is_there_under_its_name_and_has_help(
    group: LazyGroup, table: dict[str, LazyCommand]
) -> None:
    context = click.Context(group)
    for name in group.lazy:
        found = group.get_command(context, name)
        assert found is not None
        assert found.name == name
        assert found.get_short_help_str(), name
        assert len(table[name].short_help) <= 80, name


def test_a_command_whose_module_is_not_installed_is_not_listed() -> None:
    group = LazyGroup("g", lazy={"absent": LazyCommand("config.cli.absent:absent", "Not here.")})

    assert group.list_commands(click.Context(group)) == []
    assert group.get_command(click.Context(group), "absent") is None


def test_a_target_that_is_no_command_is_named() -> None:
    group = LazyGroup("g", lazy={"wrong": LazyCommand("config.cli.command:main", "Wrong.")})

    with pytest.raises(TypeError, match="is no click command"):
        group.get_command(click.Context(group), "wrong")


def test_config_prints_every_setting_and_json_for_scripts(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-hunter2hunter2")

    assert run("config") == 0
    text = capsys.readouterr().out
    assert "HTTP_PORT=8080  (default)" in text
    assert "OPENAI_API_KEY=********  (environment)" in text
    assert run("config", "--json") == 0
    assert '"name": "HTTP_PORT"' in capsys.readouterr().out
