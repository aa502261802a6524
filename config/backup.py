"""Backups: one tar archive of database, attachments and generated secrets; the index is rebuilt, not kept.

SQLite is copied by its online backup API, PostgreSQL by `pg_dump`, whose major version must fit the server's.
"""

import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, make_url

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
    _run(url, "pg_dump", "--format=custom", f"--file={dump}")
    return dump


def restore_from(settings: Settings, source: Path, *, force: bool) -> None:
    """Unpack an archive of `back_up` into DATA_DIR and the database.

    Raises:
        InvalidInputError: it is no archive of ours.
        ConflictError: there is a database already and `force` is not given.
        TryAgainLaterError: PostgreSQL cannot be reached or refuses; its database is as before.
    """
    url = make_url(settings.sqlalchemy_url)
    is_sqlite = url.get_backend_name() == "sqlite"
    wanted = SQLITE_NAME if is_sqlite else POSTGRES_NAME
    if not force and (Path(url.database or "").exists() if is_sqlite else _holds_tables(url)):
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
            whole_or_not_at_all = ("--single-transaction", "--exit-on-error")
            _run(url, "pg_restore", "--clean", "--if-exists", "--no-owner", *whole_or_not_at_all, str(dump))
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


def _holds_tables(url: URL) -> bool:
    import psycopg  # noqa: PLC0415 (only for PostgreSQL)

    try:
        with psycopg.connect(_without_password(url), password=url.password) as connection:
            row = connection.execute("SELECT to_regclass('alembic_version') IS NOT NULL").fetchone()
    except psycopg.Error as error:
        raise TryAgainLaterError(f"PostgreSQL cannot be reached: {error}.") from error
    return row is not None and bool(row[0])


def _without_password(url: URL) -> str:
    """For libpq; the command line, which everybody on the machine can read, must not show the password."""
    bare = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    return bare.render_as_string(hide_password=False)


def _run(url: URL, program: str, *arguments: str) -> None:
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    command = (program, f"--dbname={_without_password(url)}", *arguments)
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, env=environment)  # noqa: S603 (our own)
    except FileNotFoundError as error:
        raise TryAgainLaterError(f"{program} is missing.", mend="Install PostgreSQL's client programs.") from error
    except subprocess.CalledProcessError as error:
        raise TryAgainLaterError(f"{program} failed: {error.stderr.strip()[-500:]}") from error
