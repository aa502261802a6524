"""Which passwords are taken, and how they are kept and compared."""

import asyncio
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from argon2 import PasswordHasher, extract_parameters

from core.errors import InvalidInputError
from core.people.passwords import LONGEST, Passwords, check_password


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    kept = Passwords()
    yield kept
    kept.close()


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short-one", "at least 10"),
        ("x" * 12, "repeated"),
        ("y" * (LONGEST + 1), "at most"),
        ("Ada.Lovelace", "your own name"),
        ("ADA@EXAMPLE.ORG", "your own name"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(password: str, reason: str) -> None:
    with pytest.raises(InvalidInputError, match=reason) as refusal:
        check_password(password, personal=("ada.lovelace", "ada@example.org", None))
    assert refusal.value.field == "password"


@pytest.mark.parametrize("password", ["ten chars!", "пароль из слов", "p" + "q" * (LONGEST - 1)])
def test_a_good_password_is_taken(password: str) -> None:
    check_password(password)


async def test_the_right_password_is_known_and_a_wrong_one_is_not(passwords: Passwords) -> None:
    kept = await passwords.hash("correct horse battery")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert (await passwords.verify(kept, "correct horse battery")).is_right
    assert not (await passwords.verify(kept, "correct horse batterz")).is_right


async def test_a_password_typed_on_another_keyboard_is_the_same(passwords: Passwords) -> None:
    kept = await passwords.hash("cafe\u0301-au-lait")
    assert (await passwords.verify(kept, "caf\u00e9-au-lait")).is_right


@pytest.mark.parametrize("kept", [None, "", "not a hash", "$argon2id$v=19$m=19456,t=2,p=1$broken"])
async def test_no_usable_hash_never_signs_anybody_in(passwords: Passwords, kept: str | None) -> None:
    assert not (await passwords.verify(kept, "whatever it is")).is_right


async def test_hostile_passwords_are_compared_without_raising(passwords: Passwords) -> None:
    kept = await passwords.hash("correct horse battery")
    for password in ("\ud800" * 20, "\x00" * 20, "x" * 1_000_000, ""):
        assert not (await passwords.verify(kept, password)).is_right


async def test_a_longer_password_is_not_cut_to_the_right_one(passwords: Passwords) -> None:
    longest = "ab" * (LONGEST // 2)
    kept = await passwords.hash(longest)
    assert (await passwords.verify(kept, longest)).is_right
    assert not (await passwords.verify(kept, longest + "ab")).is_right


async def test_a_hash_of_older_parameters_is_renewed_at_sign_in(passwords: Passwords) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("correct horse battery")
    verdict = await passwords.verify(old, "correct horse battery")
    assert verdict.is_right
    assert verdict.new_hash is not None
    assert verdict.new_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert (await passwords.verify(verdict.new_hash, "correct horse battery")).new_hash is None


async def test_an_unknown_person_costs_as_much_as_a_known_one(passwords: Passwords) -> None:
    kept = await passwords.hash("correct horse battery")
    with patch.object(passwords, "_argon2", wraps=passwords._argon2) as argon2:
        await passwords.verify(kept, "a wrong password")
        await passwords.verify(None, "a wrong password")
    known, unknown = (call.args[0] for call in argon2.verify.call_args_list)
    assert extract_parameters(known) == extract_parameters(unknown)


async def test_hashing_leaves_the_event_loop_free(passwords: Passwords) -> None:
    hashing = asyncio.create_task(passwords.hash("correct horse battery"))
    turns = 0
    while not hashing.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 10
