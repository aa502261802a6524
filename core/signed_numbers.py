"""Ids in a link of a mail, signed so that nobody can make up others: `1.2.3.<HMAC-SHA256>`.

What such a link opens is one small question; it shows nothing private and signs nobody in, so it does not expire.
"""

import base64
import hashlib
import hmac
import re

_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
_SIGNATURE_BYTES = 16


def sign_numbers(key: str, purpose: str, *numbers: int) -> str:
    """A token that holds these numbers, for one purpose."""
    signed = ".".join(str(number) for number in numbers)
    return f"{signed}.{_signature(key, purpose, signed)}"


def read_numbers(key: str, purpose: str, token: str, *, count: int) -> tuple[int, ...] | None:
    """The numbers that `token` was made of for this purpose; None for any other text. Never raises."""
    signed, _, signature = token.rpartition(".")
    numbers = signed.split(".")
    if len(numbers) != count or not all(_NUMBER.fullmatch(number) for number in numbers):
        return None
    if not hmac.compare_digest(signature.encode("utf-8", "replace"), _signature(key, purpose, signed).encode()):
        return None
    return tuple(int(number) for number in numbers)


def _signature(key: str, purpose: str, signed: str) -> str:
    digest = hmac.digest(key.encode(), f"{purpose}\0{signed}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:_SIGNATURE_BYTES]).rstrip(b"=").decode()
