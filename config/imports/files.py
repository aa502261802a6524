"""Exports of other desks as files: a JSON document, a line of JSON each, or a folder of either."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from core.errors import InvalidInputError

Model = TypeVar("Model", bound=BaseModel)

Record = dict[str, Any]
ENDINGS = (".json", ".jsonl", ".ndjson")


@dataclass(slots=True)
class Progress:
    """How far reading is, in bytes, for whoever shows it."""

    total: int = 0
    done: int = 0


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What holds no record of the kind that was expected."""

    reason: str


def validated(model: type[Model], row: Record | Unreadable) -> Model | Unreadable:
    """The record as `model`, or what is wrong with it."""
    if isinstance(row, Unreadable):
        return row
    try:
        return model.model_validate(row)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        return Unreadable(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}")


@dataclass(frozen=True, slots=True)
class Export:
    """The files of one export, by the kind of record in their names (`tickets-1.json`); one file holds every kind."""

    path: Path
    progress: Progress = field(default_factory=Progress)

    def records(self, *kinds: str, main: bool = False) -> Iterator[tuple[str, Record | Unreadable]]:
        """Each record of these kinds and where it stands.

        The `main` kind is what a single file holds if it does not say, and moves the progress.

        Raises:
            InvalidInputError: a file cannot be read, or holds neither JSON nor lines of it.
        """
        files = self._files(kinds)
        if main:
            self.progress.total = sum(file.stat().st_size for file in files)
        for file in files:
            try:
                yield from self._read(file, kinds, main=main)
            except OSError as error:
                raise InvalidInputError(f"{file} cannot be read: {error.strerror}.") from error

    def _files(self, kinds: Sequence[str]) -> list[Path]:
        if not self.path.is_dir():
            return [self.path]
        found = [file for file in self.path.iterdir() if file.suffix in ENDINGS]
        return sorted(file for file in found if file.stem.lower().startswith(tuple(kinds)))

    def _read(self, file: Path, kinds: Sequence[str], *, main: bool) -> Iterator[tuple[str, Record | Unreadable]]:
        with file.open("rb") as opened:
            first = opened.readline()
            is_document = _is_start_of_document(first)
            if not is_document and not main and not self.path.is_dir():
                return
            opened.seek(0)
            if is_document:
                yield from _of_document(file, _json_of(file, opened.read()), kinds, main=main or self.path.is_dir())
                self.progress.done += file.stat().st_size if main else 0
                return
            for number, line in enumerate(opened, start=1):
                self.progress.done += len(line) if main else 0
                if line.strip():
                    yield f"{file.name}:{number}", _record(line)


def _is_start_of_document(first: bytes) -> bool:
    """Whether a file that begins with this line is one JSON document: the line is no whole record by itself.

    A document on one line holds its records in a list under the name of their kind.
    """
    text = first.removeprefix(b"\xef\xbb\xbf").strip()
    if not text.startswith(b"{"):
        return True
    try:
        alone = json.loads(text)
    except ValueError:
        return True
    return isinstance(alone.get("tickets"), list)


def _json_of(file: Path, content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8-sig"))
    except ValueError as error:
        raise InvalidInputError(f"{file} holds no JSON: {error}.") from error


def _of_document(
    file: Path, document: Any, kinds: Sequence[str], *, main: bool
) -> Iterator[tuple[str, Record | Unreadable]]:
    """A list of records, or an object that holds one under the name of a kind."""
    if isinstance(document, dict):
        named = [document[kind] for kind in kinds if isinstance(document.get(kind), list)]
        lists = named or ([[document]] if main and "tickets" not in document else [])
    else:
        lists = [document] if isinstance(document, list) and main else []
    for rows in lists:
        for number, row in enumerate(rows, start=1):
            yield f"{file.name}[{number}]", row if isinstance(row, dict) else Unreadable("it is no object")


def _record(line: bytes) -> Record | Unreadable:
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except ValueError:
        return Unreadable("the line holds no JSON")
    return row if isinstance(row, dict) else Unreadable("it is no object")
