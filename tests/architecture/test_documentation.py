"""What the documentation names is there: paths, settings, commands with their options, HTTP paths."""

import re
import shlex
from functools import cache
from pathlib import Path

import click
import pytest

from config.cli.command import tickmate
from config.settings import load_settings
from config.settings_table import describe
from tests.architecture.tracked_files import ROOT, text_of, tracked

PAGES = [path for path in tracked() if path.suffix == ".md"]
TOP_FOLDERS = "bench|bot|config|core|docs|tests|webhooks"


@cache
def code_in(page: Path) -> tuple[str, ...]:
    """What stands in backticks or code blocks."""
    text = text_of(page)
    blocks = re.findall(r"```[a-z]*\n(.*?)```", text, re.DOTALL)
    without = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return (*(line for block in blocks for line in block.splitlines()), *re.findall(r"`([^`]+)`", without))


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_path_in_the_documentation_exists(page: Path) -> None:
    named = {
        path
        for code in code_in(page)
        for path in re.findall(rf"(?<![\w/.:-])((?:{TOP_FOLDERS})/[\w./-]*\w)(?![\w*{{])", code)
    }
    assert not {path for path in named if not (ROOT / path).exists()}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_command_in_the_documentation_is_taken(page: Path) -> None:
    """Subcommands and options, as far as they are written out."""
    for code in code_in(page):
        for written in re.findall(r"(?:^|[/ ])tickmate ([a-z][^|#;<>…]*)", code):
            _require_known(written, page)


def _require_known(written: str, page: Path) -> None:
    try:
        words = shlex.split(written)
    except ValueError:  # the sentence goes on behind the command
        words = written.split()
    command: click.Command = tickmate
    for word in words:
        if isinstance(command, click.Group) and not word.startswith("-"):
            context = click.Context(command)
            found = command.get_command(context, word.strip(",."))
            assert found is not None, f"{page}: tickmate {written}"
            command = found
        elif match := re.match(r"\[?(--[a-z-]+)", word):
            options = {name for option in command.params for name in (*option.opts, *option.secondary_opts)}
            assert match[1] in {*options, "--help"}, f"{page}: tickmate {written}"


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_setting_that_the_documentation_names_exists(page: Path, tmp_path: Path) -> None:
    ours = {row.name for row in describe(load_settings({"DATA_DIR": str(tmp_path)}))}
    named = {name for code in code_in(page) for name in re.findall(r"(?<![\w/{-])[A-Z]+(?:_[A-Z]+)+(?![\w-])", code)}
    assert named <= ours


def test_every_failure_of_the_field_has_its_test() -> None:
    """Each row of docs/failures.md names tests that exist, and its references stand in some test."""
    tests = {path: text_of(path) for path in tracked() if path.parts[0] == "tests"}
    cited = "".join(tests.values())
    rows = [line for line in text_of(Path("docs/failures.md")).splitlines() if re.match(r"\| (?!Seen|What|-)", line)]
    assert len(rows) >= 45
    for row in rows:
        named = re.findall(r"`(tests/[\w/]+\.py)(?:::(test_\w+))?`", row)
        assert named, row
        for path, name in named:
            assert f"def {name}" in tests.get(Path(path), ""), f"{path}::{name}"
        for number in re.findall(r"#(\d+)", row.split("|")[1]):
            assert f"#{number}" in cited, row


def test_the_readme_leads_to_every_page() -> None:
    readme = text_of(Path("README.md"))
    pages = {page.as_posix() for page in PAGES if page.parent == Path("docs")}
    assert not {page for page in pages if f"]({page})" not in readme}
