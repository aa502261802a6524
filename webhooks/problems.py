"""From an error to what the client reads: a status, and a page or a problem (RFC 9457). Never a traceback."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from aiohttp import web
from pydantic import ValidationError

from core.errors import (
    ConflictError,
    DeliveryRefusedError,
    DeskError,
    ForbiddenError,
    InvalidInputError,
    LimitReachedError,
    NotFoundError,
    NotSignedInError,
    TooLargeError,
    TryAgainLaterError,
)

_STATUS: tuple[tuple[type[DeskError], int], ...] = (  # the first that fits counts
    (InvalidInputError, 422),
    (NotFoundError, 404),
    (NotSignedInError, 401),
    (ForbiddenError, 403),
    (ConflictError, 409),
    (TooLargeError, 413),
    (LimitReachedError, 429),
    (TryAgainLaterError, 503),
    (DeliveryRefusedError, 502),
)
_OWN_WORDS = {
    400: "The request could not be understood.",
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
    413: "That is more than this desk takes.",
    415: "This kind of content is not taken here.",
    500: "Something went wrong here. It has been noted.",
}


class InvalidFieldsError(InvalidInputError):
    """Several fields have mistakes at once; `problems` are (field, what is wrong) in the order of the model."""

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{name}: {text}" if name else text for name, text in problems) + ".")
        self.problems = tuple(problems)


def invalid_fields(error: ValidationError) -> InvalidFieldsError:
    """A model's complaints without the input, which may be a password."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return InvalidFieldsError(
        [(".".join(str(step) for step in one["loc"]), one["msg"].removeprefix("Value error, ")) for one in found]
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One error as a client is told of it."""

    status: int
    detail: str
    fields: Sequence[tuple[str, str]] = ()
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return HTTPStatus(self.status).phrase

    def json(self, request_id: str) -> dict[str, object]:
        """The members of RFC 9457, the request id, and each field's mistake."""
        problem: dict[str, object] = {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "request_id": request_id,
        }
        if self.fields:
            problem["errors"] = [{"field": name, "detail": text} for name, text in self.fields]
        return problem


def problem_of(error: BaseException) -> Problem:
    """What to tell about any error; what is none of the client's business becomes a bare 500."""
    if isinstance(error, DeskError):
        return _problem_of_desk_error(error)
    if isinstance(error, web.HTTPException):
        kept = {name: value for name, value in error.headers.items() if name in {"Allow", "Retry-After"}}
        detail = _OWN_WORDS.get(error.status, HTTPStatus(error.status).phrase + ".")
        return Problem(status=error.status, detail=(error.text or detail) if _is_ours(error) else detail, headers=kept)
    return Problem(status=500, detail=_OWN_WORDS[500])


def _is_ours(error: web.HTTPException) -> bool:
    """Ours are sentences; those of aiohttp begin with the status."""
    return bool(error.text) and not str(error.text).startswith(str(error.status)) and error.status < 500  # noqa: PLR2004 (HTTP)


def _problem_of_desk_error(error: DeskError) -> Problem:
    status = next((code for kind, code in _STATUS if isinstance(error, kind)), 500)
    headers: dict[str, str] = {}
    if isinstance(error, TryAgainLaterError):
        headers["Retry-After"] = str(math.ceil(error.retry_after or 2))
    if isinstance(error, NotSignedInError):
        headers["WWW-Authenticate"] = "Bearer"
    fields: Sequence[tuple[str, str]] = ()
    if isinstance(error, InvalidFieldsError):
        fields = error.problems
    elif isinstance(error, InvalidInputError) and error.field:
        fields = ((error.field, error.message),)
    return Problem(status=status, detail=str(error), fields=fields, headers=headers)
