"""From a sender to a person: joined where proven, never given rights where not; on both databases."""

import asyncio

import pytest
from sqlalchemy import func, select

from core.errors import TryAgainLaterError
from core.people.actions import NewPerson, register
from core.people.identities import find_or_create_people, find_or_create_person, role_of_sender
from core.people.models import Identity, User
from core.people.values import IdentityKind, Role, Sender
from tests.builders import CoreDesk


def mail(address: str, name: str = "", *, verified: bool = False) -> Sender:
    return Sender(kind=IdentityKind.EMAIL, external_id=address, name=name, verified=verified)


def slack(user_id: str, email: str = "", *, verified: bool = True) -> Sender:
    return Sender(kind=IdentityKind.SLACK, external_id=f"T1:{user_id}", name="Ada", verified=verified, email=email)


async def meet(desk: CoreDesk, sender: Sender) -> User:
    async with desk.unit_of_work() as uow:
        user = await find_or_create_person(uow, sender)
        await uow.commit()
    return user


async def test_a_first_mail_makes_a_person_and_the_second_finds_them(desk: CoreDesk) -> None:
    first = await meet(desk, mail("Ada@People.Example", "Ada Lovelace"))
    second = await meet(desk, mail("ada@people.example", "Somebody Else"))
    assert first.id == second.id
    assert (first.username, first.email, first.full_name) == ("ada-lovelace", "ada@people.example", "Ada Lovelace")
    assert (first.role, first.password_hash, first.email_verified) == (Role.USER, None, False)


@pytest.mark.parametrize(
    "address", ["", "no address", "a@b@c", "<script>@x.example", "x" * 400 + "@y.example", "a\x00b@c.example", "ü@ö.de"]
)
async def test_any_address_makes_somebody_and_never_an_error(desk: CoreDesk, address: str) -> None:
    user = await meet(desk, mail(address, "\x00"))
    assert (await meet(desk, mail(address))).id == user.id
    assert user.email is None or "@" in user.email


async def test_a_verified_mail_proves_the_address_of_somebody_without_a_password(desk: CoreDesk) -> None:
    user = await meet(desk, mail("ada@people.example"))
    again = await meet(desk, mail("ada@people.example", verified=True))
    assert (user.email_verified, again.email_verified) == (False, True)


async def test_a_verified_mail_proves_nothing_for_whoever_registered_the_address(desk: CoreDesk) -> None:
    async with desk.unit_of_work() as uow:
        await register(uow, NewPerson(username="mallory", email="ada@people.example", password_hash="$argon2id$x"))
        await uow.commit()
    user = await meet(desk, mail("ada@people.example", verified=True))
    assert (user.username, user.email_verified) == ("mallory", False)


async def test_a_forged_sender_joins_the_person_but_gains_no_rights(desk: CoreDesk) -> None:
    """itop-jb-mail-to-ticket-automation-v2#218: forged From trusted."""
    grace = await desk.person("grace", Role.MODERATOR)
    forged, proven = mail("grace@people.example"), mail("grace@people.example", verified=True)
    user = await meet(desk, forged)
    assert user.id == grace.id
    assert role_of_sender(user, forged) is Role.USER
    assert role_of_sender(user, proven) is Role.MODERATOR


async def test_whoever_is_shut_out_has_no_rights_by_mail_either(desk: CoreDesk) -> None:
    grace = await desk.person("grace", Role.MODERATOR)
    grace.is_active = False
    assert role_of_sender(grace, mail("grace@people.example", verified=True)) is Role.USER


async def test_a_confirmed_slack_address_joins_slack_and_mail(desk: CoreDesk) -> None:
    by_mail = await meet(desk, mail("ada@people.example"))
    by_slack = await meet(desk, slack("U1", "Ada@people.example"))
    assert by_mail.id == by_slack.id
    assert (await meet(desk, slack("U1"))).id == by_mail.id


async def test_an_unconfirmed_slack_address_joins_nothing(desk: CoreDesk) -> None:
    by_mail = await meet(desk, mail("ada@people.example"))
    by_slack = await meet(desk, slack("U1", "ada@people.example", verified=False))
    assert by_mail.id != by_slack.id
    assert by_slack.email is None


async def test_a_slack_first_person_is_found_by_their_mail_later(desk: CoreDesk) -> None:
    by_slack = await meet(desk, slack("U1", "ada@people.example"))
    assert (await meet(desk, mail("ada@people.example"))).id == by_slack.id
    async with desk.reading() as reading:
        assert await reading.session.scalar(select(func.count()).select_from(Identity)) == 2


async def test_a_name_learnt_later_is_kept(desk: CoreDesk) -> None:
    await meet(desk, mail("ada@people.example"))
    assert (await meet(desk, mail("ada@people.example", "Ada"))).full_name == "Ada"


async def test_two_who_meet_the_same_stranger_at_once_make_one_person(desk: CoreDesk) -> None:
    async def one() -> int | None:
        try:
            return (await meet(desk, mail("ada@people.example", "Ada"))).id
        except TryAgainLaterError:
            return None

    met = await asyncio.gather(*(asyncio.create_task(one()) for _ in range(5)))
    assert len({user_id for user_id in met if user_id is not None}) == 1
    async with desk.reading() as reading:
        assert await reading.session.scalar(select(func.count()).select_from(User)) == 1


@pytest.mark.parametrize("names", ["abc", "cab", "bca"])
async def test_strangers_are_made_in_one_order_whoever_is_named_first(desk: CoreDesk, names: str) -> None:
    """Two transactions that make the same people in different orders would wait for each other for ever."""
    async with desk.unit_of_work() as uow:
        people = await find_or_create_people(uow, [mail(f"{name}@people.example") for name in names])
        await uow.commit()
    assert [person.email for person in people] == [f"{name}@people.example" for name in names]
    by_age = sorted(people, key=lambda person: person.id)
    assert [person.email for person in by_age] == [f"{name}@people.example" for name in "cba"]
