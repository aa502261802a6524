"""Signatures of Svix, by which Resend signs its webhooks; the same as Standard Webhooks'.

Sources: https://docs.svix.com/receiving/verifying-payloads/how-manual and
https://resend.com/docs/webhooks/verify-webhooks-requests. Every try is signed anew.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

TOLERANCE = 300  # seconds between their clock and ours
_LONGEST_TIMESTAMP = 12  # digits


def is_signed(secret: str, headers: Mapping[str, str], body: bytes, *, now: datetime) -> bool:
    """Whether one of the signatures in the headers is of this very body and not older than `TOLERANCE`.

    Args:
        secret: `whsec_` and the key in base64.
        headers: of the request, looked up without regard to case; `svix-…` or `webhook-…`.
        body: of the request, not decoded.
        now: by our clock.
    """
    prefix = "svix" if "svix-id" in headers else "webhook"
    message_id, timestamp = headers.get(f"{prefix}-id", ""), headers.get(f"{prefix}-timestamp", "")
    if not (message_id and timestamp.isdecimal() and len(timestamp) <= _LONGEST_TIMESTAMP):
        return False
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE:
        return False
    expected = signature(secret, message_id, timestamp, body).encode()
    given = headers.get(f"{prefix}-signature", "").split()
    return any(hmac.compare_digest(one.encode("utf-8", "surrogateescape"), expected) for one in given)


def signature(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    """`v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64."""
    signed = f"{message_id}.{timestamp}.".encode("utf-8", "surrogateescape") + body
    return "v1," + base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest()).decode()


def _key(secret: str) -> bytes:
    """The bytes of a secret; one that is no base64 is taken as it is."""
    text = secret.removeprefix("whsec_")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return text.encode()
