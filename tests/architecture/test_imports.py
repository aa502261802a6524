"""Who may know whom, as the contracts in pyproject.toml say it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_import_contract_is_kept() -> None:
    script = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(is_debug_mode=False))"
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "4 kept, 0 broken" in ended.stdout
