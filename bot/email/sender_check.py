"""Whether a DKIM signature proves the domain in From (RFC 6376), looked up by ourselves where no relay tells us.

A signature counts only if its domain is that of From or one above it, and if it covers the whole body: whoever cuts it
short (`l=`) lets anybody append.
"""

import asyncio
from collections.abc import Callable
from typing import cast

import structlog

from bot.email.authentication import from_domain, is_aligned
from bot.email.parameters import read_tags
from bot.email.parse import ParsedMail, parse
from core.intake.values import InboundMessage

log = structlog.get_logger(__name__)

MOST_SIGNATURES = 4
LOOKUP_SECONDS = 3.0
SHORTEST_KEY = 1024  # bits, RFC 8301 section 3.2

LookUp = Callable[[str], bytes | None]
"""The TXT record at a name, None where there is none or it cannot be had."""


class DkimCheck:
    """Implements `core.intake.ports.SenderCheck` for mail."""

    def __init__(self, look_up: LookUp | None = None) -> None:
        self._look_up = look_up or look_up_txt

    async def is_genuine(self, message: InboundMessage) -> bool:
        """Whether the domain in From has signed this mail. What cannot be looked up proves nothing. Never raises."""
        return await asyncio.to_thread(self.check, message.raw)

    def check(self, raw: bytes) -> bool:
        mail = parse(raw)
        domain = from_domain(mail)
        signatures = [read_tags(value) for value in mail.headers.raw("dkim-signature")[:MOST_SIGNATURES]]
        counting = [
            index
            for index, tags in enumerate(signatures)
            if domain and "l" not in tags and is_aligned(tags.get("d", ""), domain)
        ]
        return any(self._verifies(mail, raw, index) for index in counting)

    def _verifies(self, mail: ParsedMail, raw: bytes, index: int) -> bool:
        import dkim  # noqa: PLC0415 (only where the operator wants it)

        try:
            signed = dkim.DKIM(raw, minkey=SHORTEST_KEY, timeout=LOOKUP_SECONDS)
            return cast("bool", signed.verify(idx=index, dnsfunc=self._answer))
        except Exception as error:  # noqa: BLE001 (it raises much besides its own on hostile signatures and keys)
            log.info("dkim.unusable", message_id=mail.message_id[:100], error=type(error).__name__)
            return False

    def _answer(self, name: bytes | str, timeout: float = LOOKUP_SECONDS) -> bytes | None:  # noqa: ARG002 (its signature)
        return self._look_up(name.decode("ascii", "replace") if isinstance(name, bytes) else name)


def look_up_txt(name: str) -> bytes | None:
    """By the resolver of this machine."""
    from dns.exception import DNSException  # noqa: PLC0415 (only where the operator wants it)
    from dns.resolver import Resolver  # noqa: PLC0415 (see above)

    try:
        answer = Resolver().resolve(name, "TXT", lifetime=LOOKUP_SECONDS)
    except (DNSException, UnicodeError, OSError, ValueError):
        return None
    return next((b"".join(record.strings) for record in answer), None)
