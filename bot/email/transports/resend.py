"""Mail through Resend's HTTP API (https://resend.com/docs/api-reference/emails/send-email)."""

import asyncio
import base64
from collections.abc import Sequence
from email.message import EmailMessage
from typing import Any

import resend
import structlog
from resend.exceptions import NoContentError, ResendError

from bot.email.transports.port import SentMail, message_id
from core.errors import ConfigurationError, DeliveryRefusedError, TryAgainLaterError

log = structlog.get_logger(__name__)

_KEY_LENGTH = 256
_SENT_APART = {"from", "to", "cc", "reply-to", "subject", "date", "message-id", "mime-version"}
_KEY_ERRORS = {"missing_api_key", "invalid_api_key", "restricted_api_key"}


class ResendTransport:
    """Sends with an idempotency key, so that no second try within 24 hours is a second mail.

    Resend replaces our Message-ID. The one it assigned is read back for threading; where the key may only send, or the
    id is not there yet, ours is returned, and answers find their ticket by the signed Reply-To.
    """

    name = "resend"

    def __init__(self, api_key: str, *, api_url: str = "https://api.resend.com") -> None:
        if not api_key:
            raise ConfigurationError("RESEND_API_KEY is missing.", mend="Set it, or another EMAIL_TRANSPORT.")
        self._api_key = api_key
        self._api_url = api_url.rstrip("/")

    async def send(self, message: EmailMessage, recipients: Sequence[str], *, key: str) -> SentMail:
        own_id = message_id(message)
        params = await asyncio.to_thread(_params, message, recipients)
        # A key alone is unique in one database only; a copy or a fresh one may use the same Resend account.
        options: resend.Emails.SendOptions = {"idempotency_key": f"{key}/{own_id}"[:_KEY_LENGTH]}
        try:
            self._configure()
            sent = await resend.Emails.send_async(params, options)
            provider_id = str(sent["id"])
        except ResendError as error:
            if error.error_type == "invalid_idempotent_request":
                # A first try was taken, and what the mail says has changed since. It is not to be sent twice.
                return SentMail(message_id=own_id)
            raise _as_ours(error) from error
        except (NoContentError, LookupError, TypeError) as error:
            raise TryAgainLaterError("Resend's answer could not be understood.") from error
        return SentMail(message_id=await self._assigned_id(provider_id) or own_id, provider_id=provider_id)

    async def _assigned_id(self, provider_id: str) -> str:
        try:
            self._configure()
            email = await resend.Emails.get_async(provider_id)
            return str(email.get("message_id") or "").strip().strip("<>")
        except (ResendError, NoContentError, AttributeError) as error:
            # The mail is out: failing now would only send it again.
            log.info("resend.message_id_unknown", provider_id=provider_id, error=type(error).__name__)
            return ""

    def _configure(self) -> None:
        """The package keeps these in its module and reads them before its first await."""
        resend.api_key = self._api_key
        resend.api_url = self._api_url


def _as_ours(error: ResendError) -> Exception:
    """As listed at https://resend.com/docs/api-reference/errors; what the operator can mend may be tried again."""
    status = int(error.code)
    said = f"Resend answered {status} {error.error_type}: {error.message}"
    if error.error_type in _KEY_ERRORS:
        return TryAgainLaterError(said, mend="Check RESEND_API_KEY.")
    if status == 429 or status >= 500 or error.error_type == "concurrent_idempotent_requests":  # noqa: PLR2004 (HTTP)
        return TryAgainLaterError(said, retry_after=_retry_after(error.headers))
    return DeliveryRefusedError(said)


def _retry_after(headers: dict[str, str]) -> float | None:
    value = {name.lower(): value for name, value in headers.items()}.get("retry-after", "")
    try:
        return max(0.0, float(value))
    except ValueError:
        return None


def _params(message: EmailMessage, recipients: Sequence[str]) -> resend.Emails.SendParams:
    """The mail as Resend takes it. The same mail gives the same bytes, or the idempotency key would not match."""
    copies = {one.addr_spec for one in message["Cc"].addresses} if "Cc" in message else set()
    params: dict[str, Any] = {
        "from": str(message["From"]),
        "to": [address for address in recipients if address not in copies],
        "subject": str(message["Subject"]),
        "headers": {
            name: str(value)
            for name, value in message.items()
            if name.lower() not in _SENT_APART and not name.lower().startswith("content-")
        },
    }
    if copies:
        params["cc"] = [address for address in recipients if address in copies]
    if "Reply-To" in message:
        params["reply_to"] = str(message["Reply-To"])
    for kind, name in (("plain", "text"), ("html", "html")):
        body = message.get_body((kind,))
        if body is not None:
            params[name] = str(body.get_content())
    attachments = [
        {
            "filename": part.get_filename() or "attachment",
            "content": base64.b64encode(part.get_payload(decode=True) or b"").decode("ascii"),  # type: ignore[arg-type]  # bytes when decoded
            "content_type": part.get_content_type(),
        }
        for part in message.iter_attachments()
    ]
    if attachments:
        params["attachments"] = attachments
    return params  # type: ignore[return-value]  # a TypedDict whose key "from" cannot be written as one
