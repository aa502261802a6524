"""Adding people, as the pages and the JSON API do alike."""

from core.people.actions import NewPerson, create_person
from core.people.models import User
from core.people.naming import checked_address, unused_username
from core.people.values import Role
from webhooks.site import Visit


async def add_person(visit: Visit, *, email: str, full_name: str, role: Role) -> User:
    """Add somebody whom an admin knows by this address. They sign in by a link that is mailed to it.

    Raises:
        InvalidInputError: it is no address.
        ConflictError: it is somebody's already.
    """
    address = checked_address(email)
    async with visit.unit_of_work() as uow:
        username = await unused_username(uow, address.partition("@")[0])
        new = NewPerson(username=username, email=address, full_name=full_name.strip(), role=role, email_verified=True)
        user = await create_person(uow, new)
        await uow.commit()
    return user


async def free_username(visit: Visit, email: str) -> str:
    """A username for somebody who registers by their address; raises as `checked_address`."""
    async with visit.reading() as reading:
        return await unused_username(reading, checked_address(email).partition("@")[0])
