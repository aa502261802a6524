"""What people are called: the forms of addresses and usernames that we compare, and usernames that are free."""

import re
import secrets
from collections.abc import Sequence

from sqlalchemy import select

from core.db.unit_of_work import Reading
from core.errors import InvalidInputError
from core.people.models import User

ADDRESS_LENGTH = 254  # RFC 5321 4.5.3.1.3, erratum 1690
_ADDRESS = re.compile(r"[^\s@<>\"(),:;\[\]\\\x00-\x1f\x7f]{1,64}@[^\s@<>\"(),:;\[\]\\\x00-\x1f\x7f]{1,189}")
_USERNAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,98}[a-z0-9])?")


def checked_address(address: str) -> str:
    """A mail address in the form we compare: without spaces around it, lower case.

    Raises:
        InvalidInputError: it is no address that mail could be sent to.
    """
    cleaned = address.strip().lower()
    if len(cleaned) > ADDRESS_LENGTH or not _ADDRESS.fullmatch(cleaned):
        raise InvalidInputError("This is no mail address.", field="email", mend="Write it like name@example.org.")
    return cleaned


def checked_username(username: str) -> str:
    """A username in the form we compare.

    Raises:
        InvalidInputError: it has other characters than letters, digits, dot, hyphen and underscore.
    """
    cleaned = username.strip().lower()
    if not _USERNAME.fullmatch(cleaned):
        raise InvalidInputError(
            "A username is 1 to 100 letters, digits, dots, hyphens or underscores.",
            field="username",
            mend="Begin and end it with a letter or digit.",
        )
    return cleaned


async def unused_username(reading: Reading, wish: str) -> str:
    """A username near to the wish (a name or the local part of an address) that nobody has."""
    return (await unused_usernames(reading, [wish]))[0]


async def unused_usernames(reading: Reading, wishes: Sequence[str]) -> list[str]:
    """The same for several people, none of whom gets the name of another."""
    choices = [_usernames_near(wish) for wish in wishes]
    taken = set(
        await reading.session.scalars(
            select(User.username).where(
                User.organization_id == reading.actor.organization_id,
                User.username.in_([name for names in choices for name in names]),
            )
        )
    )
    chosen = []
    for names in choices:
        name = next(name for name in (*names, f"person-{secrets.token_hex(12)}") if name not in taken)
        taken.add(name)
        chosen.append(name)
    return chosen


def _usernames_near(wish: str) -> tuple[str, ...]:
    base = re.sub(r"[^a-z0-9]+", "-", wish.lower()).strip("-")[:80] or "person"
    return base, f"{base}-{secrets.token_hex(3)}", f"{base}-{secrets.token_hex(6)}"
