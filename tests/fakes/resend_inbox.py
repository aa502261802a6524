"""Resend's receiving API and the store it links to, as its documentation describes them.

https://resend.com/docs/api-reference/emails/retrieve-received-email, …/list-received-email-attachments
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.resend_server import API_KEY


@dataclass
class FakeInbox:
    """Holds mails by id and files by name; answers with the `failures` first (status, headers)."""

    emails: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    failures: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def keep(self, email_id: str, **parts: Any) -> None:
        """A mail as Resend describes it; `raw` (bytes) becomes a link."""
        raw = parts.pop("raw", None)
        email: dict[str, Any] = {
            "object": "email",
            "id": email_id,
            "to": ["support@desk.example"],
            "from": "ada@people.example",
            "created_at": "2026-03-02T09:00:00.000Z",
            "subject": "The printer jams",
            "html": None,
            "text": None,
            "headers": {},
            "bcc": [],
            "cc": [],
            "reply_to": [],
            "message_id": "<1@people.example>",
            "raw": None,
            "attachments": [],
        }
        if raw is not None:
            self.files[f"{email_id}.eml"] = raw
            email["raw"] = {"download_url": self.link(f"{email_id}.eml"), "expires_at": "2026-03-02T10:00:00.000Z"}
        self.emails[email_id] = email | parts

    def link(self, name: str) -> str:
        return f"{self.url}/store/{name}"

    async def retrieve(self, request: web.Request) -> web.Response:
        self.asked.append(request.path_qs)
        if self.failures:
            status, headers = self.failures.pop(0)
            return web.json_response({"statusCode": status}, status=status, headers=headers)
        if request.headers.get("Authorization") != f"Bearer {API_KEY}":
            return web.json_response({"name": "invalid_api_key"}, status=403)
        email = self.emails.get(request.match_info["id"])
        return web.json_response(email or {"name": "not_found"}, status=200 if email else 404)

    async def list_files(self, request: web.Request) -> web.Response:
        """Two a page, so that the pages after the first are asked for."""
        self.asked.append(request.path_qs)
        ids = [one["id"] for one in self.attachments]
        start = ids.index(request.query["after"]) + 1 if "after" in request.query else 0
        page = self.attachments[start : start + 2]
        return web.json_response({"object": "list", "has_more": start + 2 < len(ids), "data": page})

    async def download(self, request: web.Request) -> web.Response:
        assert "Authorization" not in request.headers, "the key must not go to the store"
        content = self.files.get(request.match_info["name"])
        return web.Response(body=content, status=403 if content is None else 200)


@asynccontextmanager
async def resend_inbox() -> AsyncIterator[FakeInbox]:
    inbox = FakeInbox()
    app = web.Application()
    app.router.add_get("/emails/receiving/{id}", inbox.retrieve)
    app.router.add_get("/emails/receiving/{id}/attachments", inbox.list_files)
    app.router.add_get("/store/{name}", inbox.download)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    inbox.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield inbox
    finally:
        await runner.cleanup()
