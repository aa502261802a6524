"""The signing keys of a development desk, made once and kept, so that a newcomer needs to set none."""

import fcntl
import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from core.errors import ConfigurationError

FILE_NAME = "secrets.json"


def generated_secrets(data_dir: Path, names: Sequence[str]) -> dict[str, str]:
    """Read the keys of these names from `DATA_DIR/secrets.json`, making those that are not there yet.

    Two processes that start at once agree on the same keys: the file (mode 0600) is read and replaced under a lock.

    Raises:
        ConfigurationError: the directory cannot be written or the file cannot be understood.
    """
    path = data_dir / FILE_NAME
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (data_dir / f".{FILE_NAME}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            known = _read(path)
            missing = [name for name in names if name not in known]
            if missing:
                known |= {name: secrets.token_hex(32) for name in missing}
                _replace(path, known)
    except OSError as error:
        raise ConfigurationError(
            f"DATA_DIR: cannot keep {path}: {error.strerror}.", mend="Make the directory writable or set DATA_DIR."
        ) from error
    return {name: known[name] for name in names}


def _read(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    path.chmod(0o600)
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        known = None
    if not isinstance(known, dict) or not all(isinstance(value, str) for value in known.values()):
        raise ConfigurationError(
            f"DATA_DIR: {path} is damaged.",
            mend="Restore it, or delete it: people must then sign in again and old reply addresses stop working.",
        )
    return known


def _replace(path: Path, known: dict[str, str]) -> None:
    unfinished = path.with_suffix(".tmp")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(known, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
