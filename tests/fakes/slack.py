"""An in-process double of Slack's Web API: keeps messages, records every call, and fails as it is told.

It refuses blocks that Slack would refuse, so every test that posts also checks the limits.
"""

import asyncio
import itertools
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.fakes.slack_block_kit import problems_of_message, problems_of_view
from tests.fakes.slack_oauth import SlackOAuth

Json = dict[str, Any]
TOKEN = "xoxb-example"
_FIRST_TS = 1772442000  # not before the clock of these tests


@dataclass(frozen=True, slots=True)
class Failure:
    """How the next call of a method fails. `stores_first` does the work and then breaks the connection."""

    status: int = 200
    error: str = ""
    retry_after: int | None = None
    stores_first: bool = False
    body: str = ""


@dataclass(slots=True)
class FakeSlack:
    """State and script of one workspace."""

    team_id: str = "T0EXAMPLE"
    url: str = ""
    calls: list[tuple[str, Json]] = field(default_factory=list)
    channels: dict[str, list[Json]] = field(default_factory=lambda: defaultdict(list))
    views: dict[str, Json] = field(default_factory=dict)
    users: dict[str, Json] = field(default_factory=dict)
    answers: list[Json] = field(default_factory=list)
    expired_triggers: set[str] = field(default_factory=set)
    failures: dict[str, deque[Failure]] = field(default_factory=lambda: defaultdict(deque))
    problems: list[str] = field(default_factory=list)
    sockets: list[web.WebSocketResponse] = field(default_factory=list)
    socket_answers: "asyncio.Queue[Json]" = field(default_factory=asyncio.Queue)
    page_length: int = 100
    reactions: set[tuple[str, str, str]] = field(default_factory=set)
    granted_scopes: str = ""
    oauth: SlackOAuth = field(default_factory=SlackOAuth)
    conversations: dict[str, Json] = field(default_factory=dict)
    files: dict[str, Json] = field(default_factory=dict)
    file_answers: dict[str, tuple[int, str, bytes]] = field(default_factory=dict)
    uploaded: dict[str, Json] = field(default_factory=dict)
    unfurled: dict[tuple[str, str], Json] = field(default_factory=lambda: defaultdict(dict))
    tokens_used: list[str] = field(default_factory=list)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def fail(self, method: str, *failures: Failure) -> None:
        self.failures[method].extend(failures)

    def calls_of(self, method: str) -> list[Json]:
        return [arguments for name, arguments in self.calls if name == method]

    def messages(self, channel: str) -> list[Json]:
        return self.channels[channel]

    async def wait_for(self, condition: Callable[[], Any], seconds: float = 10.0) -> None:
        """Wait until something that Slack would see has become true."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(condition)

    async def push(self, envelope: Json) -> Json:
        """Send one envelope over the newest Socket Mode connection and give the app's answer."""
        await self.wait_for(lambda: self.sockets)
        await self.sockets[-1].send_json(envelope)
        async with asyncio.timeout(10.0):
            return await self.socket_answers.get()

    def add_user(self, user_id: str, name: str, email: str = "", **fields: Any) -> None:
        profile = {"real_name": name, "email": email} if email else {"real_name": name}
        self.users[user_id] = {
            "id": user_id,
            "team_id": self.team_id,
            "name": name.lower(),
            "profile": profile,
        } | fields

    async def handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        arguments = {name: _decoded(str(value)) for name, value in (await request.post()).items()}
        self.calls.append((method, arguments))
        failure = self.failures[method].popleft() if self.failures[method] else None
        if failure is not None and not failure.stores_first:
            await self._tell()
            return _failed(failure)
        authorization = request.headers.get("Authorization", "")
        if method == "oauth.v2.access":
            return web.json_response(self.oauth.access(arguments, authorization))
        token = authorization.removeprefix("Bearer ")
        self.tokens_used.append(token)
        if token not in {TOKEN, "xapp-example"} and (refused := self.oauth.refusal_of(token)):
            return web.json_response({"ok": False, "error": refused})
        perform = getattr(self, "_" + method.replace(".", "_"), None)
        answer = perform(arguments) if perform else {"ok": False, "error": "unknown_method"}
        await self._tell()
        if failure is not None and request.transport is not None:
            request.transport.close()
        headers = {"X-OAuth-Scopes": self.granted_scopes} if self.granted_scopes else None
        return web.json_response(answer, headers=headers)

    async def handle_answer(self, request: web.Request) -> web.StreamResponse:
        self.answers.append(await request.json())
        await self._tell()
        return web.Response(text="ok")

    async def handle_socket(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        await socket.send_json({"type": "hello", "num_connections": 1})
        await self._tell()
        async for incoming in socket:
            if incoming.type is web.WSMsgType.TEXT:
                await self.socket_answers.put(json.loads(incoming.data))
        return socket

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _chat_postMessage(self, arguments: Json) -> Json:  # noqa: N802 (Slack's name)
        channel = arguments["channel"]
        if channel.startswith("CGONE"):
            return {"ok": False, "error": "channel_not_found"}
        if self._refuses(problems_of_message(arguments)):
            return {"ok": False, "error": "invalid_blocks"}
        ts = f"{_FIRST_TS + next(self._numbers)}.000100"
        self.channels[channel].append({"type": "message", "user": "U0BOT", "ts": ts} | arguments)
        return {"ok": True, "channel": channel, "ts": ts}

    def _chat_update(self, arguments: Json) -> Json:
        if self._refuses(problems_of_message(arguments)):
            return {"ok": False, "error": "invalid_blocks"}
        for message in self.channels[arguments["channel"]]:
            if message["ts"] == arguments["ts"]:
                message.update(arguments)
                return {"ok": True, "channel": arguments["channel"], "ts": arguments["ts"]}
        return {"ok": False, "error": "message_not_found"}

    def _chat_unfurl(self, arguments: Json) -> Json:
        for shown in arguments["unfurls"].values():
            if self._refuses(problems_of_message({"text": "preview", "blocks": shown["blocks"]})):
                return {"ok": False, "error": "cannot_parse_attachment"}
        self.unfurled[arguments["channel"], arguments["ts"]].update(arguments["unfurls"])
        return {"ok": True}

    def share(self, name: str, content: bytes, *, content_type: str = "text/plain", url: bool = True) -> Json:
        """A file that somebody shared, as it stands in their message."""
        file_id = f"F{next(self._numbers)}"
        self.file_answers[file_id] = (200, content_type, content)
        whole = {"id": file_id, "name": name, "mimetype": content_type, "size": len(content)}
        self.files[file_id] = whole | {"url_private": f"{self.url}/file/{file_id}"}
        return self.files[file_id] if url else {"id": file_id, "file_access": "check_file_info"}

    async def handle_download(self, request: web.Request) -> web.StreamResponse:
        status, content_type, content = self.file_answers[request.match_info["id"]]
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            status = 302
        headers = {"Location": "/sign-in"} if status == 302 else None
        return web.Response(status=status, body=content, content_type=content_type, headers=headers)

    async def handle_upload(self, request: web.Request) -> web.StreamResponse:
        self.uploaded[request.match_info["id"]]["content"] = await request.read()
        return web.Response(text="OK")

    def _files_info(self, arguments: Json) -> Json:
        found = self.files.get(arguments["file"])
        return {"ok": True, "file": found} if found else {"ok": False, "error": "file_not_found"}

    def _files_delete(self, arguments: Json) -> Json:
        file_id = arguments["file"]
        if self.uploaded.pop(file_id, None) is None:
            return {"ok": False, "error": "file_not_found"}
        for messages in self.channels.values():
            for message in messages:
                if "files" in message:
                    message["files"] = [one for one in message["files"] if one["id"] != file_id]
        return {"ok": True}

    def _files_getUploadURLExternal(self, arguments: Json) -> Json:  # noqa: N802 (Slack's name)
        file_id = f"F{next(self._numbers)}"
        self.uploaded[file_id] = {"name": arguments["filename"], "size": int(arguments["length"])}
        return {"ok": True, "file_id": file_id, "upload_url": f"{self.url}/upload/{file_id}"}

    def _files_completeUploadExternal(self, arguments: Json) -> Json:  # noqa: N802 (Slack's name)
        shared = [self.uploaded[file["id"]] for file in arguments["files"]]
        if any("content" not in file for file in shared):
            return {"ok": False, "error": "file_not_found"}
        ts = f"{_FIRST_TS + next(self._numbers)}.000100"
        files = [
            {"id": file["id"], "name": one["name"], "size": one["size"]}
            for file, one in zip(arguments["files"], shared, strict=True)
        ]
        where = {"thread_ts": arguments["thread_ts"]} if arguments.get("thread_ts") else {}
        message = {"type": "message", "bot_id": "B0BOT", "ts": ts, "files": files} | where
        self.channels[arguments["channel_id"]].append(message)
        return {"ok": True, "files": arguments["files"]}

    def _conversations_info(self, arguments: Json) -> Json:
        found = self.conversations.get(arguments["channel"])
        return {"ok": True, "channel": found} if found else {"ok": False, "error": "channel_not_found"}

    def _reactions_add(self, arguments: Json) -> Json:
        mark = (arguments["channel"], arguments["timestamp"], arguments["name"])
        if mark in self.reactions:
            return {"ok": False, "error": "already_reacted"}
        self.reactions.add(mark)
        return {"ok": True}

    def _reactions_remove(self, arguments: Json) -> Json:
        mark = (arguments["channel"], arguments["timestamp"], arguments["name"])
        if mark not in self.reactions:
            return {"ok": False, "error": "no_reaction"}
        self.reactions.remove(mark)
        return {"ok": True}

    def _conversations_open(self, arguments: Json) -> Json:
        return {"ok": True, "channel": {"id": "D" + arguments["users"][1:]}}

    def _chat_postEphemeral(self, arguments: Json) -> Json:  # noqa: N802 (Slack's name)
        if self._refuses(problems_of_message(arguments)):
            return {"ok": False, "error": "invalid_blocks"}
        return {"ok": True, "message_ts": f"{_FIRST_TS + next(self._numbers)}.000100"}

    def _conversations_history(self, arguments: Json) -> Json:
        found = [m for m in self.channels[arguments["channel"]] if m.get("thread_ts", m["ts"]) == m["ts"]]
        return self._page(_between(list(reversed(found)), arguments), arguments)

    def _conversations_replies(self, arguments: Json) -> Json:
        found = [m for m in self.channels[arguments["channel"]] if arguments["ts"] in {m["ts"], m.get("thread_ts")}]
        return self._page(_between(found, arguments), arguments)

    def _page(self, found: list[Json], arguments: Json) -> Json:
        start = int(arguments.get("cursor") or 0)
        end = start + min(int(arguments.get("limit", 100)), self.page_length)
        shown = found[start:end]
        if arguments.get("include_all_metadata") is not True:
            shown = [{key: value for key, value in message.items() if key != "metadata"} for message in shown]
        cursor = str(end) if end < len(found) else ""
        return {"ok": True, "messages": shown, "response_metadata": {"next_cursor": cursor}}

    def _users_info(self, arguments: Json) -> Json:
        user = self.users.get(arguments["user"])
        return {"ok": True, "user": user} if user else {"ok": False, "error": "user_not_found"}

    def _views_open(self, arguments: Json) -> Json:
        if arguments["trigger_id"] in self.expired_triggers:
            return {"ok": False, "error": "expired_trigger_id"}
        return self._show(f"V{next(self._numbers)}", arguments["view"])

    def _views_update(self, arguments: Json) -> Json:
        shown = self.views.get(arguments["view_id"])
        if shown is None:
            return {"ok": False, "error": "not_found"}
        if arguments.get("hash", shown["hash"]) != shown["hash"]:
            return {"ok": False, "error": "hash_conflict"}
        return self._show(arguments["view_id"], arguments["view"])

    def _views_publish(self, arguments: Json) -> Json:
        return self._show(f"home of {arguments['user_id']}", arguments["view"])

    def _show(self, view_id: str, view: Json) -> Json:
        if self._refuses(problems_of_view(view)):
            return {"ok": False, "error": "invalid_arguments"}
        self.views[view_id] = view | {"id": view_id, "hash": f"{next(self._numbers)}.hash"}
        return {"ok": True, "view": self.views[view_id]}

    def _auth_test(self, _arguments: Json) -> Json:
        return {"ok": True, "team_id": self.team_id, "user_id": "U0BOT", "bot_id": "B0BOT"}

    def _apps_connections_open(self, _arguments: Json) -> Json:
        return {"ok": True, "url": self.url.replace("http", "ws") + "/socket"}

    def _refuses(self, problems: list[str]) -> bool:
        self.problems += problems
        return bool(problems)


@asynccontextmanager
async def running_slack(slack: FakeSlack | None = None) -> AsyncIterator[FakeSlack]:
    """The double, listening; its `url` takes the place of Slack's API address."""
    slack = slack or FakeSlack()
    application = web.Application(client_max_size=2**24)
    application.router.add_post("/respond/{number}", slack.handle_answer)
    application.router.add_get("/file/{id}", slack.handle_download)
    application.router.add_post("/upload/{id}", slack.handle_upload)
    application.router.add_get("/socket", slack.handle_socket)
    application.router.add_post("/{method}", slack.handle)
    server = TestServer(application)
    await server.start_server()
    slack.url = str(server.make_url("")).rstrip("/")
    try:
        yield slack
    finally:
        for socket in slack.sockets:
            await socket.close()
        await server.close()


def _between(messages: list[Json], arguments: Json) -> list[Json]:
    oldest, latest = float(arguments.get("oldest") or 0), float(arguments.get("latest") or "inf")
    return [message for message in messages if oldest <= float(message["ts"]) <= latest]


def _decoded(value: str) -> Any:
    return json.loads(value) if value.startswith(("{", "[")) or value in {"true", "false"} else value


def _failed(failure: Failure) -> web.Response:
    headers = {} if failure.retry_after is None else {"Retry-After": str(failure.retry_after)}
    if failure.error:
        return web.json_response({"ok": False, "error": failure.error}, status=failure.status, headers=headers)
    return web.Response(text=failure.body, status=failure.status, headers=headers)
