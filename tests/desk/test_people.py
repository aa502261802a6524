"""People and organizations: who is made, changed, shut out; on both databases."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select

from core.errors import ConflictError, InvalidInputError, NotFoundError
from core.people.actions import NewPerson, change_profile, create_person, deactivate, reactivate, register, set_role
from core.people.magic_links import LinkPurpose, create_magic_link, find_link
from core.people.models import Identity, User
from core.people.naming import unused_username
from core.people.organizations import (
    add_mail_route,
    create_organization,
    find_organization,
    list_organizations,
)
from core.people.queries import count_by_role, find_for_sign_in, find_user, get_user, list_moderators, list_users
from core.people.sessions import open_session
from core.people.values import IdentityKind, Role, system_actor
from tests.builders import CoreDesk, core_desk

KEY = "a link key of these tests, 32 bytes"


async def reload(desk: CoreDesk, user: User) -> User:
    async with desk.reading() as reading:
        return await reading.session.get_one(User, user.id)


async def test_a_new_person_is_known_by_name_and_address(desk: CoreDesk) -> None:
    async with desk.unit_of_work() as uow:
        new = NewPerson(
            username=" Ada.L ", email=" Ada@People.Example ", full_name=" Ada \x00 L ", role=Role.ADMIN, skills=["vpn"]
        )
        await create_person(uow, new)
        await uow.commit()
    async with desk.reading() as reading:
        for name in ("ada.l", "@Ada.L", "ADA@people.example"):
            user = await find_user(reading, name)
            assert (user.username, user.email, user.full_name, user.role) == (
                "ada.l", "ada@people.example", "Ada L", Role.ADMIN
            )  # fmt: skip
        assert user.email_verified is False
        assert (await find_for_sign_in(reading, " ADA@people.example "))[0].id == user.id
        with pytest.raises(NotFoundError):
            await find_user(reading, "nobody")
        with pytest.raises(NotFoundError):
            await get_user(reading, 2**40)


@pytest.mark.parametrize(
    "new",
    [
        NewPerson(username=""),
        NewPerson(username="a b"),
        NewPerson(username="-ada"),
        NewPerson(username="x" * 101),
        NewPerson(username="ada", email="nothing"),
        NewPerson(username="ada", email="a@b\r\nBcc: c@d"),
        NewPerson(username="ada", email="a" * 65 + "@b.example"),
    ],
)
async def test_a_malformed_name_or_address_is_refused(desk: CoreDesk, new: NewPerson) -> None:
    async with desk.unit_of_work() as uow:
        with pytest.raises(InvalidInputError):
            await create_person(uow, new)


async def test_a_name_or_address_belongs_to_one_person(desk: CoreDesk) -> None:
    await desk.person("ada")
    async with desk.unit_of_work() as uow:
        with pytest.raises(ConflictError, match="taken"):
            await create_person(uow, NewPerson(username="ADA"))
    async with desk.unit_of_work() as uow:
        with pytest.raises(ConflictError, match="address"):
            await create_person(uow, NewPerson(username="ada2", email="ADA@people.example"))


async def test_of_two_who_register_a_name_at_once_one_gets_it(desk: CoreDesk) -> None:
    async def one(number: int) -> str:
        async with desk.unit_of_work() as uow:
            try:
                await register(uow, NewPerson(username="ada", email=f"ada{number}@people.example"))
                await uow.commit()
            except ConflictError:
                return "taken"
        return "registered"

    results = await asyncio.gather(*(asyncio.create_task(one(number)) for number in range(4)))
    assert sorted(results) == ["registered", "taken", "taken", "taken"]


async def test_registering_gives_no_rights_and_no_belief(desk: CoreDesk) -> None:
    async with desk.unit_of_work() as uow:
        new = NewPerson(username="eve", email="eve@people.example", role=Role.ADMIN, email_verified=True, skills=["x"])
        user = await register(uow, new)
        await uow.commit()
    assert user is not None
    assert (user.role, user.email_verified, user.skills) == (Role.USER, False, [])
    async with desk.reading() as reading:
        identity = (await reading.session.scalars(select(Identity))).one()
        assert (identity.kind, identity.external_id, identity.verified) == (
            IdentityKind.EMAIL, "eve@people.example", False
        )  # fmt: skip


async def test_registering_a_known_address_makes_nobody(desk: CoreDesk) -> None:
    await desk.person("ada")
    async with desk.unit_of_work() as uow:
        assert await register(uow, NewPerson(username="eve", email="ADA@people.example")) is None
        await uow.commit()
    async with desk.reading() as reading:
        assert len(await list_users(reading)) == 1


async def test_the_last_admin_stays(desk: CoreDesk) -> None:
    ada, eve = await desk.person("ada", Role.ADMIN), await desk.person("eve", Role.ADMIN)
    async with desk.unit_of_work() as uow:
        await set_role(uow, await uow.session.get_one(User, ada.id), Role.USER)
        await uow.commit()
    for act in (deactivate, lambda uow, user: set_role(uow, user, Role.MODERATOR)):
        async with desk.unit_of_work() as uow:
            with pytest.raises(ConflictError, match="only admin"):
                await act(uow, await uow.session.get_one(User, eve.id))


async def test_two_admins_cannot_depose_each_other_at_once(postgres_url: str, tmp_path: Path) -> None:
    desk = await core_desk(postgres_url, tmp_path)
    ada, eve = await desk.person("ada", Role.ADMIN), await desk.person("eve", Role.ADMIN)
    both_have_read = asyncio.Barrier(2)

    async def depose(user_id: int) -> None:
        async with desk.unit_of_work() as uow:
            user = await uow.session.get_one(User, user_id)
            await both_have_read.wait()
            await set_role(uow, user, Role.USER)
            await uow.commit()

    results = await asyncio.gather(depose(ada.id), depose(eve.id), return_exceptions=True)
    assert sorted(type(one).__name__ for one in results) == ["ConflictError", "NoneType"]
    async with desk.reading() as reading:
        assert [user.role for user in await list_users(reading)].count(Role.ADMIN) == 1
    await desk.database.close()


async def test_whoever_is_shut_out_loses_sessions_and_links_for_good(desk: CoreDesk) -> None:
    ada = await desk.person("ada")
    async with desk.unit_of_work() as uow:
        user = await uow.session.get_one(User, ada.id)
        await open_session(uow, user)
        uow.audit.record("user.signed_in", user)
        link = await create_magic_link(uow, user, link_key=KEY, purpose=LinkPurpose.SIGN_IN)
        await uow.commit()
    async with desk.unit_of_work() as uow:
        user = await uow.session.get_one(User, ada.id)
        await deactivate(uow, user)
        await reactivate(uow, user)
        await uow.commit()
    async with desk.reading() as reading:
        row = await reading.session.get_one(type(link), link.id)
        assert row.used_at is not None
        assert (await find_for_sign_in(reading, "ada"))[0].is_active


async def test_a_profile_keeps_what_is_not_given(desk: CoreDesk) -> None:
    ada = await desk.person("ada")
    async with desk.unit_of_work() as uow:
        await change_profile(uow, await uow.session.get_one(User, ada.id), skills=["vpn", " ", "vpn "])
        await uow.commit()
    after = await reload(desk, ada)
    assert (after.full_name, after.skills) == ("Ada", ["vpn"])


async def test_lists_filter_and_page(desk: CoreDesk) -> None:
    for name in ("ada", "eve", "zoe"):
        await desk.person(name)
    await desk.person("grace", Role.MODERATOR)
    async with desk.reading() as reading:
        assert [user.username for user in await list_users(reading, limit=2)] == ["ada", "eve"]
        first = await list_users(reading, limit=2)
        assert [user.username for user in await list_users(reading, after_id=first[-1].id)] == ["zoe", "grace"]
        assert [user.username for user in await list_users(reading, text="VE@")] == ["eve"]
        assert await list_users(reading, text="%") == []
        assert [user.username for user in await list_moderators(reading)] == ["grace"]
        assert await count_by_role(reading) == {Role.USER: 3, Role.MODERATOR: 1, Role.ADMIN: 0}


async def test_a_free_username_is_found_for_any_name(desk: CoreDesk) -> None:
    await desk.person("ada")
    async with desk.unit_of_work() as uow:
        assert await unused_username(uow, "Grace Hopper") == "grace-hopper"
        assert (await unused_username(uow, "Ada")).startswith("ada-")
        assert await unused_username(uow, "李雷") == "person"


async def test_organizations_and_the_mail_that_leads_to_them(desk: CoreDesk) -> None:
    async with desk.unit_of_work() as uow:
        acme = await create_organization(uow, "  Acme  Ltd ")
        await add_mail_route(uow, acme, " Help@Acme.Example ")
        await add_mail_route(uow, acme, "@acme.example")
        await uow.commit()
    async with desk.reading() as reading:
        assert (await find_organization(reading, "Acme Ltd")).id == acme.id
        assert (await find_organization(reading, str(acme.id))).name == "Acme Ltd"
        listed = {one.name: list(addresses) for one, addresses in await list_organizations(reading)}
        assert listed["Acme Ltd"] == ["@acme.example", "help@acme.example"]
        for unknown in ("Nobody", "99999999999999999999", "²"):
            with pytest.raises(NotFoundError):
                await find_organization(reading, unknown)
    assert await desk.ledger.route("anybody@acme.example") == acme.id
    for wrong, error in (("@acme.example", ConflictError), ("nonsense", InvalidInputError), ("@", InvalidInputError)):
        async with desk.unit_of_work() as uow:
            with pytest.raises(error):
                await add_mail_route(uow, acme, wrong)
    async with desk.unit_of_work() as uow:
        with pytest.raises(ConflictError):
            await create_organization(uow, "Acme Ltd")
    async with desk.unit_of_work() as uow:
        with pytest.raises(InvalidInputError):
            await create_organization(uow, " ")


async def test_the_same_name_may_live_in_two_organizations(desk: CoreDesk) -> None:
    ada = await desk.person("ada")
    async with desk.unit_of_work() as uow:
        acme = await create_organization(uow, "Acme")
        await uow.commit()
    async with desk.unit_of_work(system_actor(acme.id)) as uow:
        other = await create_person(uow, NewPerson(username="ada", email="ada@people.example"))
        await uow.commit()
    async with desk.reading(system_actor(acme.id)) as reading:
        assert (await find_user(reading, "ada")).id == other.id
        with pytest.raises(NotFoundError):
            await get_user(reading, ada.id)
        assert [user.id for user in await find_for_sign_in(reading, "ada")] == [ada.id, other.id]


async def test_a_link_is_found_only_while_it_is_good(desk: CoreDesk) -> None:
    from core.errors import NotSignedInError  # noqa: PLC0415 (only this test)
    from core.people.magic_links import link_token  # noqa: PLC0415 (only this test)

    ada = await desk.person("ada")
    async with desk.unit_of_work() as uow:
        user = await uow.session.get_one(User, ada.id)
        link = await create_magic_link(uow, user, link_key=KEY, purpose=LinkPurpose.RESET_PASSWORD)
        token = link_token(KEY, link)
        await uow.commit()
    async with desk.reading() as reading:
        found, purpose = await find_link(reading, token)
        assert (found.id, purpose) == (ada.id, LinkPurpose.RESET_PASSWORD)
    desk.clock.advance(minutes=15)
    async with desk.reading() as reading:
        with pytest.raises(NotSignedInError):
            await find_link(reading, token)
