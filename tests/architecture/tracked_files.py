"""What the house rules look at: the files of this repository and the syntax of its Python."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = ("bot", "config", "core", "webhooks")


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that is, or is about to be, in the repository, relative to its root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(sorted(path for line in listed.splitlines() if (ROOT / (path := Path(line))).is_file()))


def python_files(*, code_only: bool = False) -> list[Path]:
    """Our Python, without the generated migrations."""
    return [
        path
        for path in tracked()
        if path.suffix == ".py" and "versions" not in path.parts and (not code_only or path.parts[0] in CODE)
    ]


def text_of(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8", errors="replace")


@cache
def syntax_of(path: Path) -> tuple[ast.AST, ...]:
    """Every node of a file."""
    return tuple(ast.walk(ast.parse(text_of(path), filename=str(path))))


def calls(path: Path, method: str) -> Iterator[str]:
    """The receivers on which a method of this name is called, as they are written."""
    for node in syntax_of(path):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method:
            yield ast.unparse(node.func.value)
