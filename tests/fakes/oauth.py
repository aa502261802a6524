"""An OAuth token endpoint (RFC 6749 sections 5 and 6)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass
class FakeProvider:
    """Gives `answer` with `status`; `forms` is what was asked."""

    answer: Any = field(default_factory=lambda: {"access_token": "fresh-token", "expires_in": 3600})
    status: int = 200
    forms: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    async def token(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.forms.append({name: str(value) for name, value in form.items()})
        if isinstance(self.answer, str):
            return web.Response(text=self.answer, status=self.status)
        return web.json_response(self.answer, status=self.status)


@asynccontextmanager
async def oauth_provider(provider: FakeProvider) -> AsyncIterator[FakeProvider]:
    app = web.Application()
    app.router.add_post("/token", provider.token)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    provider.url = f"http://{host}:{port}/token"
    try:
        yield provider
    finally:
        await runner.cleanup()
