"""The OpenAPI document, made from the route table and the models."""

import re
from collections.abc import Sequence
from typing import Any

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from webhooks.routing import IDEMPOTENCY_KEY, LONGEST_KEY, Access, Door, Route, json_response
from webhooks.site import Visit
from webhooks.uploads import MULTIPART

_PROBLEMS = {
    "400": "the request cannot be understood",
    "401": "not signed in",
    "403": "not allowed",
    "404": "not there, or not for you to see",
    "409": "in conflict with how things stand",
    "413": "too large",
    "415": "the body is of a kind that is not taken here",
    "422": "a field has a mistake; `errors` names it",
    "429": "too often; see Retry-After",
    "503": "try again; see Retry-After",
}
_PROBLEM_SCHEMA = {
    "type": "object",
    "description": "RFC 9457",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
_UPLOAD_SCHEMA = {
    "type": "object",
    "properties": {
        "text": {"type": "string"},
        "file": {"type": "array", "minItems": 1, "items": {"type": "string", "format": "binary"}},
    },
    "required": ["file"],
}
_REF = "#/components/schemas/{model}"
_PATH_PARAMETER = re.compile(r"{(\w+)(?::[^{}]*(?:{[^{}]*}[^{}]*)*)?}")


def openapi(routes: Sequence[Route], *, version: str) -> dict[str, Any]:
    """An OpenAPI 3.1 document of the JSON API's routes."""
    documented = [route for route in routes if route.door is Door.API]
    paths: dict[str, dict[str, Any]] = {}
    for route in documented:
        path = _PATH_PARAMETER.sub(r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "TickMate", "version": version},
        "paths": paths,
        "components": {
            "schemas": {**_schemas(documented), "Problem": _PROBLEM_SCHEMA},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "tickmate"},
            },
        },
    }


def _models(routes: Sequence[Route]) -> list[type[BaseModel]]:
    """Every model that stands in a body or an answer, once."""
    models = [route.parameters.get("body") for route in routes] + [route.answer for route in routes]
    return list(dict.fromkeys(model for model in models if model is not None))


def _schemas(routes: Sequence[Route]) -> dict[str, Any]:
    _, document = models_json_schema([(model, "validation") for model in _models(routes)], ref_template=_REF)
    return dict(document["$defs"])


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": f"{route.endpoint.__module__.rpartition('.')[2]}.{route.endpoint.__name__}",
        "summary": (route.endpoint.__doc__ or "").partition("\n")[0],
        "parameters": _parameters(route),
        "responses": {
            str(route.status): _response(route),
            **_repeated(route),
            **{status: _problem(why) for status, why in _PROBLEMS.items()},
        },
    }
    if route.needs is not Access.ANYBODY:
        operation["security"] = [{"bearer": []}, {"cookie": []}]
    body = route.parameters.get("body")
    if route.is_upload:
        operation["requestBody"] = {"required": True, "content": {MULTIPART: {"schema": _UPLOAD_SCHEMA}}}
    elif body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(body)}}}
    return operation


def _response(route: Route) -> dict[str, Any]:
    response: dict[str, Any] = {"description": "done"}
    if route.answer is not None:
        response["content"] = {"application/json": {"schema": _ref(route.answer)}}
    return response


def _repeated(route: Route) -> dict[str, Any]:
    """What the same Idempotency-Key gets when it comes again."""
    if "idempotency_key" not in route.parameters:
        return {}
    return {"200": _response(route) | {"description": "done before, with the same Idempotency-Key"}}


def _problem(why: str) -> dict[str, Any]:
    return {
        "description": why,
        "content": {"application/problem+json": {"schema": {"$ref": _REF.format(model="Problem")}}},
    }


def _parameters(route: Route) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}
        for name in _PATH_PARAMETER.findall(route.path)
    ]
    if "idempotency_key" in route.parameters:
        schema = {"type": "string", "maxLength": LONGEST_KEY}
        parameters.append({"name": IDEMPOTENCY_KEY, "in": "header", "schema": schema})
    query = route.parameters.get("query")
    if query is not None:
        schema = query.model_json_schema()
        definitions = schema.get("$defs", {})
        for name, field in schema["properties"].items():
            parameters.append({"name": name, "in": "query", "schema": _inlined(field, definitions)})
    return parameters


def _inlined(schema: Any, definitions: dict[str, Any]) -> Any:
    """A schema with its references replaced by what they name: parameters have no definitions of their own."""
    if isinstance(schema, list):
        return [_inlined(one, definitions) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    return {name: _inlined(value, definitions) for name, value in schema.items()}


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _REF.format(model=model.__name__)}


async def document(visit: Visit) -> web.Response:
    """`/api/openapi.json`."""
    return json_response(visit.site.openapi())
