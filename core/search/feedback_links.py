"""Links in mails by which somebody says whether a similar ticket helped, without signing in.

The token is `<shown id>.<user id>.<organization id>.<HMAC-SHA256>`. It opens nothing but this one question about a
ticket that is public anyway, so it does not expire.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

_TOKEN = re.compile(r"([1-9][0-9]{0,17})\.([1-9][0-9]{0,17})\.([1-9][0-9]{0,9})\.([A-Za-z0-9_-]{22})")
_SIGNATURE_BYTES = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedbackLink:
    """Who is asked about which shown ticket."""

    shown_id: int
    user_id: int
    organization_id: int


def feedback_token(link_key: str, link: FeedbackLink) -> str:
    """What stands in the address."""
    signed = f"{link.shown_id}.{link.user_id}.{link.organization_id}"
    return f"{signed}.{_signature(link_key, signed)}"


def feedback_url(app_url: str, link_key: str, link: FeedbackLink) -> str:
    """The address to mail."""
    return f"{app_url}/similar/{feedback_token(link_key, link)}"


def read_feedback_token(link_key: str, token: str) -> FeedbackLink | None:
    """What `token` was issued for; None for any other text. Never raises."""
    issued = _TOKEN.fullmatch(token)
    if issued is None:
        return None
    signed, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(link_key, signed).encode()):
        return None
    return FeedbackLink(shown_id=int(issued[1]), user_id=int(issued[2]), organization_id=int(issued[3]))


def _signature(link_key: str, signed: str) -> str:
    digest = hmac.digest(link_key.encode(), f"similar feedback\0{signed}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:_SIGNATURE_BYTES]).rstrip(b"=").decode()
