"""Documents, questions and their right answers, as files with a JSON object a line."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from core.errors import InvalidInputError
from core.search.documents import TicketText, question_of

DOCUMENT_FORM = 'Each line is like {"id": "1", "title": "…", "body": "…"} or {"id": "1", "text": "…"}.'
RELEVANT_FORM = 'Each line is like {"query_id": "1", "doc_id": "2"}.'

Made = TypeVar("Made")


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A ticket of the collection, or a question. `created` (seconds since 1970) is None where the file has none."""

    id: str
    ticket: TicketText
    created: float | None = None


def read_documents(path: Path) -> list[Document]:
    """Lines `{id, title, body, …, created?}` or `{id, text, …, created?}`.

    Raises:
        InvalidInputError: the file cannot be read or is empty, or a line is not such an object.
    """
    return list(_made(path, _document, DOCUMENT_FORM))


def read_relevant(path: Path) -> dict[str, set[str]]:
    """Lines `{query_id, doc_id}`: the right answers of each question.

    Raises:
        InvalidInputError: the file cannot be read or is empty, or a line is not such an object.
    """
    relevant: dict[str, set[str]] = defaultdict(set)
    for query_id, document_id in _made(path, _pair, RELEVANT_FORM):
        relevant[query_id].add(document_id)
    return dict(relevant)


def _made(path: Path, make: Callable[[Mapping[str, Any]], Made], form: str) -> Iterator[Made]:
    """What comes of each line that is not empty."""
    is_empty = True
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    is_empty = False
                    yield _of_line(f"{path.name}, line {number}", line, make, form)
    except OSError as error:
        raise InvalidInputError(f"{path.name} cannot be read.", mend="Check the path and its permissions.") from error
    if is_empty:
        raise InvalidInputError(f"{path.name} is empty.", mend=form)


def _of_line(place: str, line: str, make: Callable[[Mapping[str, Any]], Made], form: str) -> Made:
    try:
        parsed = json.loads(line)
    except ValueError as error:
        raise InvalidInputError(f"{place} is no JSON.", mend=form) from error
    if not isinstance(parsed, dict):
        raise InvalidInputError(f"{place} is no object.", mend=form)
    try:
        return make(parsed)
    except KeyError as error:
        raise InvalidInputError(f"{place} lacks {error.args[0]}.", mend=form) from error
    except ValueError as error:
        raise InvalidInputError(f"{place}: {error}", mend='It may be like "2026-01-31T10:00:00Z".') from error


def _pair(line: Mapping[str, Any]) -> tuple[str, str]:
    return str(line["query_id"]), str(line["doc_id"])


def _document(line: Mapping[str, Any]) -> Document:
    if "title" in line or "body" in line:
        ticket = TicketText(title=str(line.get("title") or ""), description=str(line.get("body") or ""))
    else:
        ticket = question_of(str(line["text"]))
    return Document(id=str(line["id"]), ticket=ticket, created=_seconds(line.get("created")))


def _seconds(moment: object) -> float | None:
    if moment is None or moment == "":
        return None
    try:
        parsed = datetime.fromisoformat(str(moment))
    except ValueError as error:
        raise ValueError(f"created is no ISO 8601 date: {str(moment)[:40]}.") from error
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
