"""Backups: one tar archive of database, attachments and generated secrets; the index is rebuilt, not kept.

SQLite is copied by its online backup API, PostgreSQL by `pg_dump`, whose major version must fit the server's.
"""

import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url

from config.settings import Settings
from core.errors import ConflictError, InvalidInputError, TryAgainLaterError

SQLITE_NAME = "tickmate.db"
POSTGRES_NAME = "tickmate.dump"
KEPT = ("blobs", "secrets.json")


def back_up(settings: Settings, target: Path) -> None:
    """Write the archive; it appears under its name only when it is whole.

    Raises:
        TryAgainLaterError: the database cannot be read, or the disk is full.
    """
    try:
        with tempfile.TemporaryDirectory(dir=target.resolve().parent) as folder:
            draft = Path(folder) / "draft.tar.gz"
            with tarfile.open(draft, "w:gz") as archive:
                database = _dump(settings, Path(folder))
                archive.add(database, arcname=database.name)
                for name in KEPT:
                    if (settings.data_dir / name).exists():
                        archive.add(settings.data_dir / name, arcname=name)
            draft.chmod(0o600)
            draft.replace(target)
    except OSError as error:
        raise TryAgainLaterError(f"The backup could not be written: {error}.") from error


def _dump(settings: Settings, folder: Path) -> Path:
    url = make_url(settings.sqlalchemy_url)
    if url.get_backend_name() == "sqlite":
        copy = folder / SQLITE_NAME
        live = sqlite3.connect(f"file:{url.database}?mode=ro", uri=True)
        with closing(live) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        return copy
    dump = folder / POSTGRES_NAME
    _run("pg_dump", "--format=custom", f"--file={dump}", f"--dbname={_libpq(settings)}")
    return dump


def restore_from(settings: Settings, source: Path, *, force: bool) -> None:
    """Unpack an archive of `back_up` into DATA_DIR and the database.

    Raises:
        InvalidInputError: it is no archive of ours.
        ConflictError: there is a database already and `force` is not given.
    """
    url = make_url(settings.sqlalchemy_url)
    is_sqlite = url.get_backend_name() == "sqlite"
    wanted = SQLITE_NAME if is_sqlite else POSTGRES_NAME
    if is_sqlite and Path(url.database or "").exists() and not force:
        raise ConflictError(f"{url.database} exists already.", mend="Add --force to replace it.")
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.data_dir) as folder:
        try:
            with tarfile.open(source) as archive:
                archive.extractall(folder, filter="data")
        except (tarfile.TarError, OSError, EOFError) as error:
            raise InvalidInputError(f"{source} is no backup of TickMate: {error}.") from error
        dump = Path(folder) / wanted
        if not dump.is_file():
            raise InvalidInputError(f"{source} holds no {wanted}.", mend="Is DATABASE_URL of the same kind as then?")
        if is_sqlite:
            _replace_sqlite(dump, Path(url.database or ""))
        else:
            _run("pg_restore", "--clean", "--if-exists", "--no-owner", f"--dbname={_libpq(settings)}", str(dump))
        _replace_files(Path(folder), settings.data_dir)


def _replace_sqlite(dump: Path, database: Path) -> None:
    for suffix in ("-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
    database.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(dump, database)


def _replace_files(folder: Path, data_dir: Path) -> None:
    for name in KEPT:
        if (folder / name).is_file():
            shutil.move(folder / name, data_dir / name)
        elif (folder / name).is_dir():
            shutil.copytree(folder / name, data_dir / name, dirs_exist_ok=True)
    shutil.rmtree(data_dir / "index", ignore_errors=True)


def _libpq(settings: Settings) -> str:
    return make_url(settings.sqlalchemy_url).set(drivername="postgresql").render_as_string(hide_password=False)


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 (fixed commands of ours)
    except FileNotFoundError as error:
        raise TryAgainLaterError(f"{command[0]} is missing.", mend="Install PostgreSQL's client programs.") from error
    except subprocess.CalledProcessError as error:
        raise TryAgainLaterError(f"{command[0]} failed: {error.stderr.strip()[-500:]}") from error
