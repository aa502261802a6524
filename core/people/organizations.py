"""Organizations and the mail addresses that lead to them."""

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core.db.unit_of_work import Reading, UnitOfWork
from core.errors import ConflictError, InvalidInputError, NotFoundError
from core.people.models import MailRoute, Organization
from core.people.naming import checked_address
from core.policy import without_suffix

NAME_LENGTH = 200
LONGEST_ID = 9  # digits


async def create_organization(uow: UnitOfWork, name: str) -> Organization:
    """Add an organization; its people and tickets see nothing of the others'.

    Raises:
        InvalidInputError: the name is empty or too long.
        ConflictError: there is one of that name.
    """
    cleaned = " ".join(name.split())
    if not cleaned or len(cleaned) > NAME_LENGTH:
        raise InvalidInputError(f"An organization's name has 1 to {NAME_LENGTH} characters.", field="name")
    organization = Organization(name=cleaned, next_ticket_number=1, created_at=uow.clock.now())
    uow.session.add(organization)
    try:
        await uow.session.flush()
    except IntegrityError as error:
        raise ConflictError(f"There is an organization {cleaned} already.") from error
    uow.audit.record("organization.created", organization, after={"name": cleaned})
    return organization


async def add_mail_route(uow: UnitOfWork, organization: Organization, address_or_domain: str) -> MailRoute:
    """Lead the mail to an address (`help@example.org`) or to a whole domain (`example.org`) to this organization.

    Raises:
        InvalidInputError: it is neither an address nor a domain.
        ConflictError: it leads somewhere already.
    """
    pattern = address_or_domain.strip().lower()
    if "." in pattern and "@" not in pattern:
        pattern = f"@{pattern}"
    checked_address(f"any{pattern}" if pattern.startswith("@") else pattern)
    route = MailRoute(organization_id=organization.id, pattern=pattern)
    uow.session.add(route)
    try:
        await uow.session.flush()
    except IntegrityError as error:
        raise ConflictError(f"Mail to {pattern} leads to an organization already.") from error
    uow.audit.record("mail_route.added", route, after={"pattern": pattern, "organization": organization.name})
    return route


async def support_address_of(reading: Reading, organization_id: int) -> str:
    """Where people of an organization write to, and what its mail comes from: the first address that leads to it.

    SUPPORT_ADDRESS is that of the organization it leads to, and of whoever has a domain only.
    """
    exact = select(MailRoute.pattern).where(
        MailRoute.organization_id == organization_id, MailRoute.pattern.not_like("@%")
    )
    own = (await reading.session.scalars(exact.order_by(MailRoute.id))).all()
    shared = reading.policy.support_address
    return shared if shared.lower() in own or not own else own[0]


async def without_desk_addresses(reading: Reading, addresses: Collection[str]) -> set[str]:
    """Those of `addresses` that are people's: no organization here is reached by them, with or without `+suffix`."""
    bases = {address: without_suffix(address) for address in addresses}
    ours = set(await reading.session.scalars(select(MailRoute.pattern).where(MailRoute.pattern.in_(bases.values()))))
    return {address for address, base in bases.items() if base not in ours}


async def find_organization(reading: Reading, name: str) -> Organization:
    """An organization by name or id.

    Raises:
        NotFoundError: there is none.
    """
    match = Organization.id == int(name) if name.isdecimal() and len(name) <= LONGEST_ID else Organization.name == name
    organization: Organization | None = await reading.session.scalar(select(Organization).where(match))
    if organization is None:
        raise NotFoundError(f"There is no organization {name[:100]}.", mend="`tickmate organizations list` shows all.")
    return organization


async def first_organization_id(reading: Reading) -> int:
    """The organization of whoever comes without naming one."""
    return (await reading.session.scalars(select(Organization.id).order_by(Organization.id).limit(1))).one()


async def list_organizations(reading: Reading) -> Sequence[tuple[Organization, Sequence[str]]]:
    """Every organization of this deployment, oldest first, with the addresses and domains that lead to it."""
    organizations = (await reading.session.scalars(select(Organization).order_by(Organization.id))).all()
    routes = (await reading.session.scalars(select(MailRoute).order_by(MailRoute.pattern))).all()
    return [
        (organization, [route.pattern for route in routes if route.organization_id == organization.id])
        for organization in organizations
    ]
