"""Fetching from Resend's API the mail that its webhook told of: raw where Resend has it, else built from its parts.

Sources: https://resend.com/docs/api-reference/emails/retrieve-received-email and
…/emails/list-received-email-attachments. Addresses to download from are good for an hour; each try gets fresh ones.
"""

import asyncio
from collections.abc import Iterable
from urllib.parse import quote

from core.errors import InvalidInputError, TooLargeError, TryAgainLaterError
from core.intake.values import FetchedMail
from webhooks.inbound.headers import Header, addresses, headers, with_missing
from webhooks.inbound.json_fields import JsonObject, read_json
from webhooks.inbound.mime import File, Text, build_mail
from webhooks.inbound.outside import Got, get

SOURCE = "resend"
_MIB = 1024 * 1024
_SECONDS = 50.0  # for one answer; a mail has a few


class ResendFetcher:
    """Implements `core.intake.ports.Fetcher`. Whatever Resend refuses is tried again: a key can be mended."""

    source = SOURCE

    def __init__(self, api_key: str, *, api_url: str, largest: int) -> None:
        self._authorization = {"Authorization": f"Bearer {api_key}"}
        self._api_url = api_url.rstrip("/")
        self._largest = largest

    async def fetch(self, reference: str) -> FetchedMail:
        email = await self._ask(f"/emails/receiving/{reference}?html_format=cid")
        url = email.object("raw").text("download_url")
        raw = await self._download(url) if url else await self._build(reference, email)
        named = (email.texts(name) for name in ("received_for", "to", "cc", "bcc"))
        return FetchedMail(raw=raw, recipients=addresses(one for some in named for one in some))

    async def _build(self, reference: str, email: JsonObject) -> bytes:
        described = email.objects("attachments")
        if any(not one.text("download_url") for one in described):
            described = await self._list_files(reference)
        files: list[File] = []
        for one in described:
            files.append(
                File(
                    filename=one.text("filename"),
                    content_type=one.text("content_type"),
                    content=await self._download(one.text("download_url")),
                    content_id=one.text("content_id"),
                    inline=one.text("content_disposition") == "inline" and bool(one.text("content_id")),
                )
            )
            if sum(len(file.content) for file in files) > self._largest:
                raise TooLargeError(f"The mail at Resend is larger than {self._largest // _MIB} MiB.")
        text, html = email.text("text"), email.text("html")
        return await asyncio.to_thread(
            build_mail,
            _headers(email),
            text=Text(text.encode()) if text else None,
            html=Text(html.encode()) if html else None,
            files=files,
        )

    async def _list_files(self, reference: str) -> list[JsonObject]:
        described: list[JsonObject] = []
        page = await self._ask(f"/emails/receiving/{reference}/attachments?limit=100")
        while described := [*described, *page.objects("data")]:
            last = quote(described[-1].text("id"), safe="")
            if not (page.fields.get("has_more") and last and page.objects("data")):
                break
            page = await self._ask(f"/emails/receiving/{reference}/attachments?limit=100&after={last}")
        return described

    async def _ask(self, path: str) -> JsonObject:
        largest = 3 * self._largest + _MIB
        got = await get(self._api_url + path, headers=self._authorization, largest=largest, seconds=_SECONDS)
        _require(got, "Resend's API")
        try:
            return await asyncio.to_thread(read_json, got.body)
        except InvalidInputError as error:
            raise TryAgainLaterError("Resend's answer could not be understood.") from error

    async def _download(self, url: str) -> bytes:
        """Signed addresses of Resend's own store. They take no key, and get none."""
        if not url.startswith(("https://", f"{self._api_url}/")):
            raise TryAgainLaterError("Resend gave no address to download from.")
        got = await get(url, largest=self._largest, seconds=_SECONDS)
        _require(got, "Resend's store")
        return got.body


def _require(got: Got, who: str) -> None:
    if not got.ok:
        raise TryAgainLaterError(f"{who} answered {got.status}.", mend="Check that RESEND_API_KEY may read mail.")


def _headers(email: JsonObject) -> list[Header]:
    return with_missing(
        headers(_given(email)),
        [
            ("From", email.text("from")),
            ("To", ", ".join(email.texts("to"))),
            ("Cc", ", ".join(email.texts("cc"))),
            ("Reply-To", ", ".join(email.texts("reply_to"))),
            ("Subject", email.text("subject")),
            ("Message-ID", email.text("message_id")),
        ],
    )


def _given(email: JsonObject) -> Iterable[tuple[str, str]]:
    """An object of values or lists of values, or a list of `{"name", "value"}`."""
    for one in email.objects("headers"):
        yield one.text("name"), one.text("value")
    apart = email.object("headers")
    for name in apart.fields:
        for value in apart.texts(name):
            yield name, value
