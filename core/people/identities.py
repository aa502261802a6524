"""From somebody as a door knows them to a person of the desk."""

from collections.abc import Collection, Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError

from core.db.unit_of_work import UnitOfWork
from core.errors import InvalidInputError, TryAgainLaterError
from core.people.actions import audited_state, identity_row
from core.people.models import Identity, User
from core.people.naming import checked_address, unused_usernames
from core.people.values import IdentityKind, Role, Sender, Standing

IDENTITY_LENGTH = 320

_Key = tuple[IdentityKind, str]  # kind and external id of an identity

# Asked for every message and act, and put together once.
_KNOWN = (
    select(Identity, User)
    .join(User, User.id == Identity.user_id)
    .where(
        Identity.organization_id == bindparam("organization_id"),
        Identity.kind == bindparam("kind"),
        Identity.external_id.in_(bindparam("external_ids", expanding=True)),
    )
)


async def find_or_create_person(uow: UnitOfWork, sender: Sender) -> User:
    """The person behind a mail address or Slack user, made on first sight; see `find_or_create_people`."""
    return (await find_or_create_people(uow, [sender]))[0]


async def find_or_create_people(uow: UnitOfWork, senders: Sequence[Sender]) -> list[User]:
    """The people behind mail addresses or Slack users, in their order, each made on first sight.

    An unverified sender is joined to the person of that address, so that their message lands with the others, but
    gains no rights: see `role_of_sender`.

    Raises:
        TryAgainLaterError: another transaction made one of them at this moment.
    """
    keys = [_key(sender) for sender in senders]
    known = await _identities(uow, set(keys))
    unseen = {key: sender for key, sender in zip(keys, senders, strict=True) if key not in known}
    people = {key: user for key, (_, user) in known.items()}
    if unseen:
        try:
            async with uow.session.begin_nested():
                people |= await _first_seen(uow, unseen)
        except IntegrityError as error:
            raise TryAgainLaterError("Somebody with this address is being added just now.") from error
    for key, sender in zip(keys, senders, strict=True):
        if key in known:
            _recognise(uow, *known[key], sender)
    return [people[key] for key in keys]


async def is_known(uow: UnitOfWork, sender: Sender) -> bool:
    """Whether the desk has met this address or Slack user before."""
    kind, external_id = _key(sender)
    if kind is not IdentityKind.EMAIL:
        return bool(await _identities(uow, {(kind, external_id)}))
    return bool(await _by_addresses(uow, {external_id}))


def role_of_sender(user: User, sender: Sender) -> Role:
    """What a message of this sender may do: a forged From line must not act as the moderator it names."""
    return user.role if sender.verified and user.is_active else Role.USER


def _key(sender: Sender) -> _Key:
    external_id = sender.external_id.strip().replace("\x00", "")[:IDENTITY_LENGTH]
    return sender.kind, external_id.lower() if sender.kind is IdentityKind.EMAIL else external_id


def _recognise(uow: UnitOfWork, identity: Identity, user: User, sender: Sender) -> None:
    """Learn from a message of somebody known what it tells of them."""
    before = audited_state(user)
    if sender.name and not user.full_name:
        user.full_name = _cleaned(sender.name)
    if sender.standing is not None:
        user.standing = sender.standing
    # Where a password exists, whoever registered the address need not be who writes from it: only a link proves that.
    newly_proven = sender.verified and not identity.verified and user.password_hash is None
    if newly_proven:
        identity.verified = True
        if user.email == identity.external_id:
            user.email_verified = True
    if newly_proven or audited_state(user) != before:
        user.updated_at = uow.clock.now()
        uow.audit.record("user.recognised", user, before, audited_state(user), covers=[identity])


async def _first_seen(uow: UnitOfWork, senders: dict[_Key, Sender]) -> dict[_Key, User]:
    """New identities: of people known by the same address, else of new people."""
    addresses = {key: _address_of(key, sender) for key, sender in senders.items()}
    by_address = await _by_addresses(uow, {address for address in addresses.values() if address})
    strangers = {
        address or key: key
        for key, address in sorted(addresses.items(), reverse=True)  # in one order, so that two batches cannot deadlock
        if not address or address not in by_address
    }
    wishes = [senders[key].name or key[1].partition("@")[0] for key in strangers.values()]
    usernames = await unused_usernames(uow, wishes)
    new = {
        name: _new_user(uow, senders[key], email=addresses[key], username=username)
        for (name, key), username in zip(strangers.items(), usernames, strict=True)
    }
    uow.session.add_all(new.values())
    await uow.session.flush()
    people = {key: new.get(address or key) or by_address[address or ""] for key, address in addresses.items()}
    for key, user in people.items():
        _identify(uow, user, senders[key], key, is_new=strangers.get(addresses[key] or key) == key)
    await uow.session.flush()
    return people


def _new_user(uow: UnitOfWork, sender: Sender, *, email: str | None, username: str) -> User:
    now = uow.clock.now()
    return User(
        organization_id=uow.actor.organization_id,
        username=username,
        email=email,
        password_hash=None,
        full_name=_cleaned(sender.name),
        role=Role.USER,
        skills=[],
        is_active=True,
        email_verified=sender.verified and email is not None,
        time_zone="",
        standing=sender.standing or Standing.MEMBER,
        created_at=now,
        updated_at=now,
    )


def _identify(uow: UnitOfWork, user: User, sender: Sender, key: _Key, *, is_new: bool) -> None:
    kind, external_id = key
    identities = [identity_row(uow, user, kind, external_id, verified=sender.verified)]
    if is_new and user.email and kind is IdentityKind.SLACK:
        identities.append(identity_row(uow, user, IdentityKind.EMAIL, user.email, verified=True))
    uow.session.add_all(identities)
    if is_new:
        uow.audit.record("user.first_seen", user, after=audited_state(user), covers=identities)
    else:
        after = {"identity": f"{kind.value}:{external_id}"}
        uow.audit.record("user.identity_added", user, after=after, covers=identities)


def _address_of(key: _Key, sender: Sender) -> str | None:
    """The address by which a sender of an unknown identity may be known already."""
    if sender.kind is IdentityKind.SLACK and not sender.verified:
        return None
    try:
        return checked_address(key[1] if sender.kind is IdentityKind.EMAIL else sender.email)
    except InvalidInputError:
        return None


async def _identities(uow: UnitOfWork, keys: Collection[_Key]) -> dict[_Key, tuple[Identity, User]]:
    found: dict[_Key, tuple[Identity, User]] = {}
    for kind in {kind for kind, _ in keys}:  # pairs in one IN would be looked for in no index
        external_ids = [external_id for of_kind, external_id in keys if of_kind is kind]
        asked = {"organization_id": uow.actor.organization_id, "kind": kind, "external_ids": external_ids}
        rows = await uow.session.execute(_KNOWN, asked)
        found |= {(kind, identity.external_id): (identity, user) for identity, user in rows}
    return found


async def _by_addresses(uow: UnitOfWork, emails: Collection[str]) -> dict[str, User]:
    """People by their addresses: as an identity, else in their profile."""
    if not emails:
        return {}
    statement = select(User).where(User.organization_id == uow.actor.organization_id, User.email.in_(emails))
    users: dict[str, User] = {user.email: user for user in await uow.session.scalars(statement) if user.email}
    identities = await _identities(uow, [(IdentityKind.EMAIL, email) for email in emails])
    return users | {email: user for (_, email), (_, user) in identities.items()}


def _cleaned(name: str) -> str:
    return " ".join(name.replace("\x00", "").split())[:200]
