"""Passwords: which are taken, and how they are kept.

argon2id with 19 MiB, two passes and one lane (OWASP Password Storage Cheat Sheet): about 25 ms of one core, always on
a thread of its own so that nobody else waits.
"""

import asyncio
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import InvalidInputError

SHORTEST = 10
LONGEST = 200
_NOBODY = (  # the hash of bytes that nobody kept
    "$argon2id$v=19$m=19456,t=2,p=1$5DUC5aRiDl0OFQXiO7wsLA$nyhdukaw4jSE7vRL6wcLW8+hiQ1zPFvS2ujH3LrD2Ek"
)


def check_password(password: str, *, personal: tuple[str | None, ...] = ()) -> None:
    """Refuses a password that is too short, too long, one repeated character, or the person's own name or address.

    Raises:
        InvalidInputError: with `field` "password" and what to change.
    """
    if len(password) < SHORTEST:
        raise InvalidInputError(f"The password needs at least {SHORTEST} characters.", field="password")
    if len(password) > LONGEST:
        raise InvalidInputError(f"The password may have at most {LONGEST} characters.", field="password")
    if len(set(password)) == 1:
        raise InvalidInputError("The password may not be one character repeated.", field="password")
    if password.casefold() in {word.casefold() for word in personal if word}:
        raise InvalidInputError("The password may not be your own name or address.", field="password")


@dataclass(frozen=True, slots=True)
class PasswordVerdict:
    """Whether the password was right; `new_hash` is set where the kept hash has outdated parameters."""

    is_right: bool
    new_hash: str | None = None


class Passwords:
    """Hashes and compares passwords, one at a time, off the event loop."""

    def __init__(self) -> None:
        self._argon2 = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="passwords")

    async def hash(self, password: str) -> str:
        """The hash to keep. The password is not judged here: see `check_password`."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._argon2.hash, _bytes(password))

    async def verify(self, kept_hash: str | None, password: str) -> PasswordVerdict:
        """Compares in the same time whether or not there is a hash, so that nobody learns which accounts exist."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._verify, kept_hash, password)

    def _verify(self, kept_hash: str | None, password: str) -> PasswordVerdict:
        try:
            self._argon2.verify(kept_hash or _NOBODY, _bytes(password[: LONGEST + 1]))
        except (VerificationError, InvalidHashError):
            return PasswordVerdict(is_right=False)
        if kept_hash is None or len(password) > LONGEST:
            return PasswordVerdict(is_right=False)
        outdated = self._argon2.check_needs_rehash(kept_hash)
        return PasswordVerdict(is_right=True, new_hash=self._argon2.hash(_bytes(password)) if outdated else None)

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)


def _bytes(password: str) -> bytes:
    """The same password typed on two keyboards is one: NFKC (NIST SP 800-63B 3.1.1.2), then UTF-8."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
