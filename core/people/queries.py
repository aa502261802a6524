"""Reading people."""

from collections.abc import Sequence

from sqlalchemy import bindparam, func, or_, select

from core.db.unit_of_work import Reading
from core.errors import NotFoundError
from core.people.models import Identity, User
from core.people.values import IdentityKind, Role

PAGE_LENGTH = 50
_LOGIN_MATCHES = 3

# Asked for everybody who comes or is written to: put together once, which takes as long as asking.
_KNOWN = (
    select(User)
    .join(Identity, Identity.user_id == User.id)
    .where(
        Identity.organization_id == bindparam("organization_id"),
        Identity.kind == bindparam("kind"),
        Identity.external_id == bindparam("external_id"),
    )
)
_SLACK_IDS = (
    select(Identity.user_id, Identity.external_id)
    .where(Identity.kind == IdentityKind.SLACK, Identity.user_id.in_(bindparam("user_ids", expanding=True)))
    .order_by(Identity.id.desc())
)


async def get_user(reading: Reading, user_id: int) -> User:
    """Somebody of the actor's organization, by id.

    Raises:
        NotFoundError: nobody there has this id.
    """
    user = await reading.session.get(User, user_id) if 0 < user_id < 2**31 else None
    if user is None or user.organization_id != reading.actor.organization_id:
        raise NotFoundError(f"There is no person with the id {user_id}.")
    return user


async def find_by_address(reading: Reading, email: str) -> User | None:
    """Whoever is known by this address, in their profile or as an identity."""
    organization_id = reading.actor.organization_id
    user: User | None = await reading.session.scalar(
        select(User).where(User.organization_id == organization_id, User.email == email)
    )
    if user is None:
        user = await reading.session.scalar(
            select(User)
            .join(Identity, Identity.user_id == User.id)
            .where(
                Identity.organization_id == organization_id,
                Identity.kind == IdentityKind.EMAIL,
                Identity.external_id == email,
            )
        )
    return user


async def find_user(reading: Reading, name: str) -> User:
    """Somebody of the actor's organization by mail address, username or Slack id (`U…` or `T…:U…`).

    Raises:
        NotFoundError: nobody goes by this name.
    """
    cleaned = name.strip()
    folded = cleaned.lower().removeprefix("@")
    slack_id = cleaned.partition("|")[0].strip("<@>")
    known_as = select(Identity.user_id).where(
        Identity.organization_id == reading.actor.organization_id,
        or_(
            (Identity.kind == IdentityKind.EMAIL) & (Identity.external_id == cleaned.lower()),
            (Identity.kind == IdentityKind.SLACK)
            & or_(Identity.external_id == slack_id, Identity.external_id.endswith(f":{slack_id}", autoescape=True)),
        ),
    )
    user: User | None = await reading.session.scalar(
        select(User)
        .where(
            User.organization_id == reading.actor.organization_id,
            or_(User.username == folded, User.email == cleaned.lower(), User.id.in_(known_as)),
        )
        .order_by(User.id)
        .limit(1)
    )
    if user is None:
        raise NotFoundError(f"Nobody here is known as {cleaned[:100]}.", mend="`tickmate users list` shows everybody.")
    return user


async def find_known(reading: Reading, kind: IdentityKind, external_id: str) -> User | None:
    """Somebody of the actor's organization by exactly one of their identities."""
    known_as = {"organization_id": reading.actor.organization_id, "kind": kind, "external_id": external_id}
    person: User | None = await reading.session.scalar(_KNOWN, known_as)
    return person


async def find_for_sign_in(reading: Reading, login: str) -> Sequence[User]:
    """Active people who may be meant by what was typed into the sign-in form, of any organization."""
    folded = login.strip().lower()
    column = User.email if "@" in folded else User.username
    statement = select(User).where(column == folded, User.is_active.is_(True)).order_by(User.id)
    return (await reading.session.scalars(statement.limit(_LOGIN_MATCHES))).all()


async def list_users(
    reading: Reading, *, role: Role | None = None, text: str = "", after_id: int = 0, limit: int = PAGE_LENGTH
) -> Sequence[User]:
    """A page of the organization's people in the order they came; `after_id` is the cursor."""
    statement = select(User).where(User.organization_id == reading.actor.organization_id, User.id > after_id)
    if role is not None:
        statement = statement.where(User.role == role)
    if text:
        statement = statement.where(
            or_(*(column.icontains(text, autoescape=True) for column in (User.username, User.email, User.full_name)))
        )
    return (await reading.session.scalars(statement.order_by(User.id).limit(limit))).all()


async def list_moderators(reading: Reading) -> Sequence[User]:
    """Everybody active who may work tickets, by name: whom a ticket can be assigned to."""
    statement = select(User).where(
        User.organization_id == reading.actor.organization_id, User.role != Role.USER, User.is_active.is_(True)
    )
    return sorted((await reading.session.scalars(statement)).all(), key=lambda user: user.display_name.casefold())


async def count_by_role(reading: Reading) -> dict[Role, int]:
    """How many active people have each role."""
    rows = await reading.session.execute(
        select(User.role, func.count())
        .where(User.organization_id == reading.actor.organization_id, User.is_active.is_(True))
        .group_by(User.role)
    )
    counts = dict.fromkeys(Role, 0)
    counts.update(rows.all())
    return counts


async def slack_ids(reading: Reading, users: Sequence[User]) -> dict[int, str]:
    """The Slack identity (`TEAM:USER`) of those who have one, by user id."""
    rows = await reading.session.execute(_SLACK_IDS, {"user_ids": [user.id for user in users]})
    return dict(rows.all())


async def slack_user_ids(reading: Reading, users: Sequence[User]) -> dict[int, str]:
    """The Slack user id by which each can be written to; whoever has two is written to at the first."""
    known = await slack_ids(reading, users) if users else {}
    return {user_id: external_id.rpartition(":")[2] for user_id, external_id in known.items()}


async def slack_id_of(reading: Reading, user: User) -> str | None:
    """The same for one person."""
    return (await slack_user_ids(reading, [user])).get(user.id)
