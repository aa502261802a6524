"""The Makefile's first steps: what a newcomer's machine lacks is said in one line, with the mend."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OF_AN_OUTER_MAKE = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A directory with what `make run` reads first, and no virtual environment."""
    for name in ("Makefile", "requirements.lock", "requirements-dev.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "bin").mkdir()
    return tmp_path


def make(checkout: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run make as a newcomer does, even when `make test` is what runs the tests: no flags of an outer make."""
    environment = {name: value for name, value in os.environ.items() if name not in OF_AN_OUTER_MAKE}
    return subprocess.run(
        ["make", *arguments], cwd=checkout, env=environment, capture_output=True, text=True, check=False
    )


def python_that(checkout: Path, script: str) -> str:
    """A stand-in for python3 that answers as the shell script says."""
    path = checkout / "bin" / "python3"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return f"PYTHON={path}"


def said_to_the_person(ended: "subprocess.CompletedProcess[str]") -> list[str]:
    return [line for line in ended.stderr.splitlines() if not line.startswith("make: ***")]


def test_make_alone_lists_the_targets(checkout: Path) -> None:
    ended = make(checkout)

    assert ended.returncode == 0
    for target in ("run", "demo", "test", "check", "bench", "lock", "clean"):
        assert f"make {target} " in ended.stdout


@pytest.mark.parametrize(
    ("script", "mend"),
    [
        ('case "$*" in *version_info*) exit 1;; --version) echo Python 3.9.2;; esac', "Python 3.9.2 is too old"),
        ('case "$*" in *ensurepip*) exit 1;; esac', "apt-get install python3-venv"),
        ('case "$*" in *" venv "*) mkdir -p .venv/bin; exit 1;; esac', None),
    ],
    ids=["too old", "no venv module", "venv fails"],
)
def test_a_python_that_will_not_do_is_named_with_its_mend(checkout: Path, script: str, mend: str | None) -> None:
    ended = make(checkout, "run", python_that(checkout, script))

    assert ended.returncode == 2
    assert not (checkout / ".venv").exists()
    if mend:
        (line,) = said_to_the_person(ended)
        assert line.startswith("tickmate: ")
        assert mend in line


def test_no_python_at_all_is_named_with_its_mend(checkout: Path) -> None:
    ended = make(checkout, "run", "PYTHON=no-such-python")

    assert ended.returncode == 2
    (line,) = said_to_the_person(ended)
    assert "no-such-python is missing; install Python 3.11 or newer" in line


def test_an_installed_environment_is_not_installed_again(checkout: Path) -> None:
    binaries = checkout / ".venv" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "python").symlink_to(sys.executable)
    (binaries / "tickmate").write_text('#!/bin/sh\necho "started with $*"\n')
    (binaries / "tickmate").chmod(0o755)
    (checkout / ".venv" / "runtime.stamp").touch()

    ended = make(checkout, "run")

    assert (ended.returncode, ended.stdout) == (0, "started with run\n")
