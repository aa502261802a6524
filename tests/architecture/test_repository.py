"""What may stand in a tracked file, and what the documentation must name."""

import ast
import json
import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from config.cli.command import COMMANDS
from config.settings import Settings, load_settings
from config.settings_table import describe
from tests.architecture.tracked_files import ROOT, python_files, syntax_of, text_of, tracked

# Written so that this file does not match itself.
REGISTRY_HOST = re.compile(
    r"\b(?:p[y]pi\.org|p[y]thonhosted\.org|registry\.n[p]mjs\.|n[p]mjs\.com|registry\.y[a]rnpkg)"
)
MACHINE_PATH = re.compile(r"(?<![\w.$}/])/(?:work|root|h[o]me/\w+|U[s]ers/\w+|t[m]p/\w+)/\w")
SECRET = re.compile(
    r"\b(?:x[o]x[bap]-\d{8,}-[\w-]{20,}|s[k]-[A-Za-z0-9]{32,}|A[K]IA[A-Z0-9]{16})|BEGIN [A-Z ]*PRIVATE K[E]Y-----\n"
)
COMES_WITH = {
    "slack_sdk": ("slack-bolt",),  # one project, and Bolt's own signatures are made of it
    "markupsafe": ("jinja2",),  # what Jinja's templates take and give
}
TEXT = {".py", ".toml", ".md", ".yml", ".yaml", ".json", ".lock", ".html", ".css", ".js", ".txt", ".example", ""}


def markdown() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".md"]


def test_no_tracked_file_names_a_registry_a_machine_or_a_secret() -> None:
    found = [
        f"{path}: {match.group()}"
        for path in tracked()
        if path.suffix in TEXT
        for pattern in (REGISTRY_HOST, MACHINE_PATH, SECRET)
        if (match := pattern.search(text_of(path)))
    ]
    assert not found


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_python_locks_pin_every_package_by_hash_and_name_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    pins = re.findall(r"^[a-z0-9][\w.-]*==\S+", text, re.MULTILINE)
    assert len(pins) > 50
    assert "://" not in text
    assert "--index-url" not in text
    for block in re.split(r"\n(?=[a-z0-9])", text.strip()):
        assert "--hash=sha256:" in block, block.splitlines()[0]


def test_development_runs_on_the_very_packages_of_the_service() -> None:
    pins, more = (
        set(re.findall(r"^([a-z0-9][\w.-]*==\S+)", (ROOT / name).read_text(), re.MULTILINE))
        for name in ("requirements.lock", "requirements-dev.lock")
    )
    assert pins < more


def test_every_direct_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    locked = set(re.findall(r"^([a-z0-9][\w.-]*)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    wanted = {re.split(r"[\[<>=]", line)[0] for line in project["project"]["dependencies"]}
    assert wanted <= locked


def test_what_the_code_imports_is_asked_for_by_name() -> None:
    """What another package happens to bring along may be gone with its next version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = {_normal(re.split(r"[\[<>=]", line)[0]) for line in project["project"]["dependencies"]}
    providers = packages_distributions()
    missing = {
        f"{path}: {module}"
        for path in python_files(code_only=True)
        for module in _imported(path)
        if module in providers
        and not asked & {_normal(name) for name in (*providers[module], *COMES_WITH.get(module, ()))}
    }
    assert not missing


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _imported(path: Path) -> set[str]:
    """The top modules that a file imports, our own left out."""
    names: set[str] = set()
    for node in syntax_of(path):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names - {"bot", "config", "core", "webhooks"}


def test_the_emulator_is_locked_by_hash_and_names_no_address() -> None:
    lock = json.loads((ROOT / "tests/slack/emulator/package-lock.json").read_text())
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert packages["node_modules/emulate"]["version"] == "0.12.2"
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
    assert not any("resolved" in package for package in packages.values())


def test_every_setting_is_documented(tmp_path: Path) -> None:
    """The table of docs/configuration.md has each setting as `tickmate config` describes it."""
    documented = (ROOT / "docs/configuration.md").read_text()
    for row in describe(load_settings({"DATA_DIR": str(tmp_path)})):
        assert f"| `{row.name}` |" in documented, row.name
        assert row.description in documented, f"{row.name}: {row.description}"


def test_every_documented_setting_exists() -> None:
    documented = re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs/configuration.md").read_text(), re.MULTILINE)
    names = {row.name for row in describe(load_settings({"APP_ENV": "development", "DATA_DIR": "data"}))}
    assert set(documented) == names


def test_a_setting_that_nothing_reads_says_so() -> None:
    """Somebody who sets it must not wait for an effect."""
    readers = "".join(text_of(path) for path in python_files() if path.parts[0] == "config")
    for name, field in Settings.model_fields.items():
        is_read = re.search(rf"\b(?:settings|self)\.{name}\b", readers) is not None
        assert is_read != (field.description or "").endswith("(not used yet)"), name


def test_every_direct_dependency_has_its_reason_and_licence() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = [project["project"]["dependencies"], *project["dependency-groups"].values()]
    documented = (ROOT / "docs/dependencies.md").read_text()
    for line in (line for group in groups for line in group):
        name = re.split(r"[\[<>=]", line)[0]
        assert re.search(rf"^\| {re.escape(name)} \| .{{15,}} \| \S.* \|$", documented, re.MULTILINE), name


def test_links_between_pages_lead_somewhere() -> None:
    broken = [
        f"{path} links to {target}"
        for path in markdown()
        for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", text_of(path))
        if not (ROOT / path.parent / target).exists()
    ]
    assert not broken


def test_documented_commands_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for path in markdown():
        code = "\n".join(_code(text_of(path)))
        assert set(re.findall(r"\bmake ([a-z]+)", code)) <= targets, path
        assert set(re.findall(r"(?:^|[`/ ])tickmate ([a-z]+)", code, re.MULTILINE)) <= set(COMMANDS), path


def _code(text: str) -> list[str]:
    blocks = re.findall(r"```[a-z]*\n(.*?)```", text, re.DOTALL)
    return [*blocks, *re.findall(r"`([^`\n]+)`", text)]


def test_every_decision_is_in_the_list_and_has_the_three_parts() -> None:
    folder = ROOT / "docs/adr"
    listed = (folder / "README.md").read_text()
    decisions = sorted(path for path in folder.glob("*.md") if path.name != "README.md")
    assert len(decisions) >= 12
    for path in decisions:
        assert f"({path.name})" in listed, f"{path.name} is not in docs/adr/README.md"
        headings = re.findall(r"^## (\w+)", path.read_text(), re.MULTILINE)
        assert [heading for heading in headings if heading in {"Context", "Decision", "Consequences"}] == [
            "Context",
            "Decision",
            "Consequences",
        ], path.name
