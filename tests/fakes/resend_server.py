"""Resend's `POST /emails` and `GET /emails/{id}` with its idempotency, as its documentation describes them.

https://resend.com/docs/api-reference/emails/send-email, …/dashboard/emails/idempotency-keys, …/api-reference/errors
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

API_KEY = "re_test"


@dataclass
class FakeResend:
    """Answers `failures` one after the other, then takes mail; `loses_answers` times it hangs up after taking one."""

    failures: list[tuple[int, str, dict[str, str]]] = field(default_factory=list)
    loses_answers: int = 0
    knows_message_ids: bool = True
    may_only_send: bool = False
    taken: list[dict[str, Any]] = field(default_factory=list)
    keys: dict[str, tuple[str, str]] = field(default_factory=dict)  # idempotency key: body, id
    url: str = ""

    async def post(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {API_KEY}":
            return _error(403, "invalid_api_key")
        if self.failures:
            status, name, headers = self.failures.pop(0)
            return _error(status, name, headers)
        body, key = await request.text(), request.headers.get("Idempotency-Key", "")
        if not 1 <= len(key) <= 256:
            return _error(400, "invalid_idempotency_key")
        known = self.keys.get(key)
        if known and known[0] != body:
            return _error(409, "invalid_idempotent_request")
        if known is None:
            known = self.keys[key] = (body, f"email-{len(self.taken) + 1}")
            self.taken.append(json.loads(body))
        if self.loses_answers:
            self.loses_answers -= 1
            assert request.transport is not None
            request.transport.close()
        return web.json_response({"id": known[1]})

    async def get(self, request: web.Request) -> web.Response:
        if self.may_only_send:
            return _error(401, "restricted_api_key")
        email_id = request.match_info["id"]
        assigned = f"<{email_id}@resend.example>" if self.knows_message_ids else None
        return web.json_response({"object": "email", "id": email_id, "message_id": assigned})


def _error(status: int, name: str, headers: dict[str, str] | None = None) -> web.Response:
    body = {"statusCode": status, "name": name, "message": f"This is {name}."}
    return web.json_response(body, status=status, headers=headers)


@asynccontextmanager
async def resend_server(resend: FakeResend) -> AsyncIterator[FakeResend]:
    app = web.Application(client_max_size=50 << 20)
    app.router.add_post("/emails", resend.post)
    app.router.add_get("/emails/{id}", resend.get)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    resend.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield resend
    finally:
        await runner.cleanup()
