"""Sessions, tokens and one-time links beneath every door; on both databases."""

import asyncio
import base64
import json
from datetime import timedelta

import jwt
import pytest
from sqlalchemy import select

from core.clock import Clock
from core.errors import ConfigurationError, NotSignedInError
from core.people.actions import NewPerson, register
from core.people.magic_links import LinkPurpose, create_magic_link, link_token, use_magic_link
from core.people.models import User
from core.people.sessions import SessionTokens, SignedIn, find_signed_in, open_session, revoke_session
from core.people.sign_in import bootstrap_admin_link, redeem_magic_link, sign_in_with_password
from core.people.values import Role
from tests.builders import CoreDesk
from tests.fakes.clock import FakeClock

KEY = "a link key of these tests, 32 bytes"
SECRET = "a secret of these tests, 32 bytes"


def tokens(clock: Clock, secret: str = SECRET) -> SessionTokens:
    return SessionTokens(secret, lifetime=timedelta(hours=1), clock=clock)


async def signed_in(desk: CoreDesk, role: Role = Role.USER) -> SignedIn:
    user = await desk.person(f"some-{role.value}", role)
    async with desk.unit_of_work() as uow:
        person = await sign_in_with_password(uow, user.id)
        await uow.commit()
    return person


@pytest.mark.parametrize("secret", ["", "short", "x" * 31])
def test_a_short_secret_is_refused(secret: str) -> None:
    """PyJWT only warns (RFC 7518 3.2 asks for 256 bits)."""
    with pytest.raises(ConfigurationError, match="32 bytes"):
        tokens(FakeClock(), secret)


async def test_a_token_names_session_person_organization_and_role(desk: CoreDesk) -> None:
    person = await signed_in(desk, Role.MODERATOR)
    token = tokens(desk.clock).issue(person)
    claims = jwt.decode(token, SECRET, algorithms=["HS256"], options={"verify_exp": False})
    assert claims.keys() == {"sub", "sid", "org", "role", "iat", "exp"}
    assert (claims["sub"], claims["org"], claims["role"]) == (str(person.user_id), 1, "moderator")
    assert claims["exp"] - claims["iat"] == 3600
    read = tokens(desk.clock).read(token)
    assert (read.session_id, read.user_id, read.has_expired) == (person.session_id, person.user_id, False)


async def test_a_token_never_outlives_its_session(desk: CoreDesk) -> None:
    person = await signed_in(desk)
    desk.clock.advance(hours=11, minutes=30)
    claims = tokens(desk.clock).read(tokens(desk.clock).issue(person))
    assert claims.expires_at == person.session_expires_at


async def test_what_we_did_not_sign_is_not_believed(desk: CoreDesk) -> None:
    person = await signed_in(desk)
    genuine = tokens(desk.clock).issue(person)
    header, payload, signature = genuine.split(".")
    admin = json.loads(base64.urlsafe_b64decode(payload + "==")) | {"sub": "1", "role": "admin"}
    forged = base64.urlsafe_b64encode(json.dumps(admin).encode()).rstrip(b"=").decode()
    for token in (
        f"{header}.{forged}.{signature}",
        jwt.encode(admin, "", algorithm="none"),
        jwt.encode(admin, "another secret, of 32 bytes too!!", algorithm="HS256"),
        jwt.encode({"sub": "1"}, SECRET, algorithm="HS256"),
        jwt.encode(admin | {"exp": "soon"}, SECRET, algorithm="HS256"),
        jwt.encode(admin | {"exp": 10**18}, SECRET, algorithm="HS256"),
        jwt.encode(admin | {"sub": "x"}, SECRET, algorithm="HS256"),
        "",
        "\ud800.x.y",
        "." * 100_000,
    ):
        with pytest.raises(NotSignedInError):
            tokens(desk.clock).read(token)


async def test_a_session_ends_when_revoked_and_after_twelve_hours(desk: CoreDesk) -> None:
    person = await signed_in(desk)
    claims = tokens(desk.clock).read(tokens(desk.clock).issue(person))
    async with desk.reading() as reading:
        assert await find_signed_in(reading, claims) == person
    desk.clock.advance(hours=12)
    async with desk.reading() as reading:
        with pytest.raises(NotSignedInError):
            await find_signed_in(reading, claims)
    desk.clock.advance(hours=-1)
    async with desk.unit_of_work() as uow:
        await revoke_session(uow, person.session_id)
        await uow.commit()
    async with desk.reading() as reading:
        with pytest.raises(NotSignedInError):
            await find_signed_in(reading, claims)


async def test_of_many_who_spend_a_link_at_once_one_gets_in(desk: CoreDesk) -> None:
    token = await _link(desk, LinkPurpose.SIGN_IN)

    async def spend() -> bool:
        async with desk.unit_of_work() as uow:
            try:
                await redeem_magic_link(uow, token)
            except NotSignedInError:
                return False
            await uow.commit()
            return True

    results = await asyncio.gather(*(asyncio.create_task(spend()) for _ in range(6)))
    assert sorted(results) == [False] * 5 + [True]


async def test_a_link_that_was_not_committed_can_be_spent_again(desk: CoreDesk) -> None:
    token = await _link(desk, LinkPurpose.SIGN_IN)
    async with desk.unit_of_work() as uow:
        await redeem_magic_link(uow, token)  # and the process dies
    async with desk.unit_of_work() as uow:
        await redeem_magic_link(uow, token)
        await uow.commit()


@pytest.mark.parametrize("purpose", [LinkPurpose.VERIFY_EMAIL, LinkPurpose.RESET_PASSWORD])
async def test_a_link_opens_only_what_it_was_made_for(desk: CoreDesk, purpose: LinkPurpose) -> None:
    token = await _link(desk, purpose)
    async with desk.unit_of_work() as uow:
        with pytest.raises(NotSignedInError):
            await redeem_magic_link(uow, token)


async def test_a_link_of_another_key_or_changed_by_a_letter_opens_nothing(desk: CoreDesk) -> None:
    token = await _link(desk, LinkPurpose.SIGN_IN)
    for wrong in (token[:-1], token.swapcase(), "", "\ud800", "x" * 10_000):
        async with desk.unit_of_work() as uow:
            with pytest.raises(NotSignedInError):
                await use_magic_link(uow, wrong, frozenset(LinkPurpose))


async def test_somebody_shut_out_meanwhile_does_not_get_in(desk: CoreDesk) -> None:
    token = await _link(desk, LinkPurpose.SIGN_IN)
    async with desk.unit_of_work() as uow:
        user = await uow.session.get_one(User, 1)
        user.is_active = False
        uow.audit.record("user.test", user)
        await uow.commit()
    async with desk.unit_of_work() as uow:
        with pytest.raises(NotSignedInError):
            await redeem_magic_link(uow, token)
    async with desk.unit_of_work() as uow:
        with pytest.raises(NotSignedInError):
            await sign_in_with_password(uow, 1)


@pytest.mark.parametrize(("purpose", "proven"), [(LinkPurpose.HANDED_OVER, False), (LinkPurpose.SIGN_IN, True)])
async def test_only_a_mailed_link_proves_the_mailbox(desk: CoreDesk, purpose: LinkPurpose, proven: bool) -> None:
    async with desk.unit_of_work() as uow:
        user = await register(uow, NewPerson(username="ada", email="ada@people.example", password_hash="$argon2id$x"))
        assert user is not None
        token = link_token(KEY, await create_magic_link(uow, user, link_key=KEY, purpose=purpose))
        await uow.commit()
    async with desk.unit_of_work() as uow:
        assert (await redeem_magic_link(uow, token)).email_verified is proven
        await uow.commit()
    async with desk.reading() as reading:
        kept = (await reading.session.get_one(User, user.id)).password_hash
    assert (kept is None) is proven


async def test_signing_in_is_remembered(desk: CoreDesk) -> None:
    person = await signed_in(desk)
    async with desk.reading() as reading:
        user = await reading.session.get_one(User, person.user_id)
    assert user.last_signed_in_at == desk.clock.now()


async def test_every_session_has_an_unguessable_id(desk: CoreDesk) -> None:
    ada = await desk.person("ada")
    async with desk.unit_of_work() as uow:
        user = await uow.session.get_one(User, ada.id)
        ids = {(await open_session(uow, user)).session_id for _ in range(20)}
        uow.audit.record("user.test", user)
        await uow.commit()
    assert len(ids) == 20
    assert min(len(one) for one in ids) >= 32


async def _link(desk: CoreDesk, purpose: LinkPurpose) -> str:
    ada = await desk.person("ada")
    async with desk.unit_of_work() as uow:
        link = await create_magic_link(uow, await uow.session.get_one(User, ada.id), link_key=KEY, purpose=purpose)
        await uow.commit()
    return link_token(KEY, link)


async def test_replicas_that_start_at_one_moment_make_one_first_admin(desk: CoreDesk) -> None:
    async def start() -> str | None:
        async with desk.unit_of_work() as uow:
            link = await bootstrap_admin_link(uow, link_key=KEY)
            await uow.commit()
        return link

    links = await asyncio.gather(*(start() for _ in range(3)))

    async with desk.reading() as reading:
        admins = (await reading.session.scalars(select(User.username).where(User.role == Role.ADMIN))).all()
    assert admins == ["admin"]
    assert len(set(links)) == 3
