"""Whether a DKIM signature proves the domain in From (RFC 6376), looked up by ourselves where no relay tells us.

A signature counts only if its domain is that of From or one above it, and if it covers the whole body: whoever cuts it
short (`l=`) lets anybody append.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import structlog

from bot.email.authentication import from_domain, is_aligned
from bot.email.parameters import read_tags
from bot.email.parse import parse
from core.intake.values import InboundMessage

if TYPE_CHECKING:
    from dns.asyncresolver import Resolver

log = structlog.get_logger(__name__)

MOST_SIGNATURES = 4
LOOKUP_SECONDS = 3.0
SHORTEST_KEY = 1024  # bits, RFC 8301 section 3.2
ANSWERS_KEPT = 1000  # of the resolver, for as long as it allows

LookUp = Callable[[str], Awaitable[bytes | None]]
"""The TXT record at a name, None where there is none or it cannot be had."""


@dataclass(frozen=True, slots=True)
class _Signed:
    """A mail with the signatures that would prove its sender: place among all, and the name of the key."""

    raw: bytes
    signatures: Sequence[tuple[int, str]]


class DkimCheck:
    """Implements `core.intake.ports.SenderCheck` for mail. No thread waits for a resolver: it may never answer."""

    def __init__(self, look_up: LookUp | None = None) -> None:
        self._look_up = look_up or DnsKeys().look_up

    async def is_genuine(self, message: InboundMessage) -> bool:
        """Whether the domain in From has signed this mail. What cannot be looked up proves nothing. Never raises."""
        signed = await asyncio.to_thread(_read, message.raw)
        names = tuple({name for _, name in signed.signatures})
        found = dict(zip(names, await asyncio.gather(*map(self._key, names)), strict=True))
        keys = {name: key for name, key in found.items() if key}
        return bool(keys) and await asyncio.to_thread(_verifies_any, signed, keys)

    async def _key(self, name: str) -> bytes | None:
        try:
            async with asyncio.timeout(LOOKUP_SECONDS):
                return await self._look_up(name)
        except TimeoutError:
            log.info("dkim.no_answer", name=name[:100])
            return None


def _read(raw: bytes) -> _Signed:
    mail = parse(raw)
    domain = from_domain(mail)
    tags = enumerate(map(read_tags, mail.headers.raw("dkim-signature")[:MOST_SIGNATURES]))
    counting = [
        (index, _key_name(found["s"], found["d"]))
        for index, found in tags
        if domain and "l" not in found and "s" in found and is_aligned(found.get("d", ""), domain)
    ]
    return _Signed(raw, counting)


def _key_name(selector: str, domain: str) -> str:
    return f"{selector}._domainkey.{domain}.".lower()


def _verifies_any(signed: _Signed, keys: Mapping[str, bytes]) -> bool:
    return any(_verifies(signed.raw, index, keys) for index, name in signed.signatures if name in keys)


def _verifies(raw: bytes, index: int, keys: Mapping[str, bytes]) -> bool:
    import dkim  # noqa: PLC0415 (only where the operator wants it)

    def known(name: bytes | str, **_: Any) -> bytes | None:
        return keys.get((name.decode("ascii", "replace") if isinstance(name, bytes) else name).lower())

    try:
        return cast("bool", dkim.DKIM(raw, minkey=SHORTEST_KEY).verify(idx=index, dnsfunc=known))
    except Exception as error:  # noqa: BLE001 (it raises much besides its own on hostile signatures and keys)
        log.info("dkim.unusable", error=type(error).__name__)
        return False


class DnsKeys:
    """Keys by the resolver of this machine, or another; it is asked once for as long as its answer holds."""

    def __init__(self, resolver: "Callable[[], Resolver] | None" = None) -> None:
        import dns.asyncresolver  # noqa: PLC0415 (only where the operator wants it)
        import dns.resolver  # noqa: PLC0415 (see above)

        self._resolver = resolver or dns.asyncresolver.Resolver
        self._answers = dns.resolver.LRUCache(ANSWERS_KEPT)

    async def look_up(self, name: str) -> bytes | None:
        from dns.exception import DNSException  # noqa: PLC0415 (see above)

        try:
            resolver = self._resolver()
            resolver.cache = self._answers
            answer = await resolver.resolve(name, "TXT", lifetime=LOOKUP_SECONDS)
        except (DNSException, UnicodeError, OSError, ValueError):
            return None
        return next((b"".join(record.strings) for record in answer), None)
