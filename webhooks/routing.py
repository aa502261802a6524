"""What a route is, and how a request reaches its function.

An endpoint is `async def name(visit, …)`. Its annotations say the rest: `body` (a model read from JSON), `form` (from a
posted form), `files` (that came with it), `query` (from the query string), `idempotency_key` (from the header of that
name, empty without), other parameters from the path; a returned model becomes JSON. The same annotations make the
OpenAPI document.
"""

import inspect
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints
from urllib.parse import parse_qsl

from aiohttp import web
from pydantic import BaseModel, ValidationError

from core.errors import InvalidInputError, TooLargeError
from core.people.values import Permission
from webhooks.problems import invalid_fields
from webhooks.sent_files import SentFiles
from webhooks.site import Visit

MOST_FORM_FIELDS = 100
IDEMPOTENCY_KEY = "Idempotency-Key"
LONGEST_KEY = 255

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered(Generic[Model]):
    """A model with another status than the route's, or with headers."""

    model: Model
    status: int
    headers: dict[str, str] = field(default_factory=dict)


class Access(StrEnum):
    """Who may come in where no permission is needed."""

    ANYBODY = "anybody"
    SIGNED_IN = "signed_in"


class Door(StrEnum):
    """Who is at the other end, which decides how errors are told and what a request has to bring."""

    PAGE = "page"  # a person's browser: HTML, forms with a token
    API = "api"  # a program: JSON, problems
    HOOK = "hook"  # a mail provider or Slack: signature or token of its own
    PLAIN = "plain"  # probes, metrics, style sheets: no session


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """One line of the route table. `needs` is checked before anything of the request is read.

    `is_upload`: the endpoint reads files from the body itself, after it has looked at what they are for.
    """

    method: str
    path: str
    endpoint: Callable[..., Awaitable[Any]]
    door: Door
    needs: Access | Permission
    status: int = 200
    is_upload: bool = False

    @property
    def parameters(self) -> dict[str, Any]:
        """The endpoint's parameters after the visit, by name, with their types."""
        hints = get_type_hints(self.endpoint)
        names = list(inspect.signature(self.endpoint).parameters)[1:]
        return {name: hints[name] for name in names}

    @property
    def answer(self) -> type[BaseModel] | None:
        """The model of the answer, or None where it has no JSON."""
        kind = get_type_hints(self.endpoint).get("return")
        if get_origin(kind) is Answered:
            kind = get_args(kind)[0]
        return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


Reader = Callable[[Visit], Awaitable[Any]]


class Entrance:
    """A route made ready: reads what the endpoint asks for, calls it, and turns its result into a response."""

    def __init__(self, route: Route) -> None:
        self.route = route
        self._readers = {name: _reader(name, kind) for name, kind in route.parameters.items()}
        self.takes_files = "files" in self._readers

    async def enter(self, visit: Visit) -> web.StreamResponse:
        arguments = {name: await read(visit) for name, read in self._readers.items()}
        result = await self.route.endpoint(visit, **arguments)
        if isinstance(result, web.StreamResponse):
            return result
        if result is None:
            return web.Response(status=204)
        answered = result if isinstance(result, Answered) else Answered(model=result, status=self.route.status)
        return web.Response(
            text=answered.model.model_dump_json(),
            content_type="application/json",
            status=answered.status,
            headers=answered.headers,
        )


def _reader(name: str, kind: Any) -> Reader:
    match name:
        case "body":
            return lambda visit: _read_json(visit, kind)
        case "form":
            return lambda visit: _read_form(visit, kind)
        case "files":
            return _read_files
        case "query":
            return lambda visit: _read_query(visit, kind)
        case "idempotency_key":
            return _read_idempotency_key
    return lambda visit: _read_path(visit, name, kind)


async def _read_json(visit: Visit, model: type[BaseModel]) -> BaseModel:
    if visit.request.content_type not in {"application/json", "application/octet-stream"}:  # the latter: none was sent
        raise web.HTTPUnsupportedMediaType(text="Send JSON, with Content-Type: application/json.")
    raw = await read_body(visit.request, visit.site.options.largest_body)
    try:
        return model.model_validate_json(raw or b"{}")
    except ValidationError as error:
        if any(one["type"] == "json_invalid" for one in error.errors(include_url=False, include_input=False)):
            raise web.HTTPBadRequest(text="This is not valid JSON.") from error
        raise invalid_fields(error) from error


async def _read_form(visit: Visit, model: type[BaseModel]) -> BaseModel:
    try:
        return model.model_validate({name: value for name, value in visit.form.items() if value})
    except ValidationError as error:
        raise invalid_fields(error) from error


async def _read_files(visit: Visit) -> SentFiles:
    return visit.files


async def _read_query(visit: Visit, model: type[BaseModel]) -> BaseModel:
    try:
        return model.model_validate({name: value for name, value in visit.request.query.items() if value})
    except ValidationError as error:
        raise invalid_fields(error) from error


async def _read_idempotency_key(visit: Visit) -> str:
    key = visit.request.headers.get(IDEMPOTENCY_KEY, "").strip()
    if len(key) > LONGEST_KEY:
        raise InvalidInputError(f"An {IDEMPOTENCY_KEY} has at most {LONGEST_KEY} characters.", field=IDEMPOTENCY_KEY)
    return key


async def _read_path(visit: Visit, name: str, kind: Any) -> Any:
    return kind(visit.request.match_info[name])


async def read_form(request: web.Request, largest: int) -> dict[str, str]:
    """The fields of a posted form; of a repeated one the last."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise web.HTTPUnsupportedMediaType(text="Send a form, as the page does.")
    raw = await read_body(request, largest)
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=MOST_FORM_FIELDS)
    except ValueError as error:
        raise web.HTTPBadRequest(text="This form could not be read.") from error
    return {name: plain_text(value) for name, value in pairs}


def plain_text(value: str) -> str:
    """What a form's field holds, as everybody else writes it: browsers send lines that end with CR LF."""
    return value.replace("\x00", "").replace("\r\n", "\n")


async def read_body(request: web.Request, largest: int) -> bytes:
    """The whole body, counted while it arrives.

    Raises:
        TooLargeError: more than `largest` bytes.
    """
    too_large = TooLargeError(f"That is more than this desk takes here ({largest:,} bytes).")
    if (request.content_length or 0) > largest:
        raise too_large
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > largest:
            raise too_large
    return bytes(body)


def json_response(value: Any, *, status: int = 200, content_type: str = "application/json") -> web.Response:
    return web.Response(text=json.dumps(value, ensure_ascii=False), status=status, content_type=content_type)
