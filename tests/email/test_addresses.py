"""The signed reply address and the loop mark."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.email.addresses import LOCAL_PART_LENGTH, ReplyAddress, ReplyTarget, base_address, loop_mark
from core.errors import ConfigurationError

OURS = ReplyAddress("s" * 32, "Support@Example.com")


@given(organization_id=st.integers(1, 2**32 - 1), number=st.integers(1, 2**32 - 1))
def test_an_issued_address_leads_back_to_its_ticket_in_any_case(organization_id: int, number: int) -> None:
    address = OURS.for_ticket(organization_id, number)

    target = ReplyTarget(organization_id=organization_id, number=number)
    assert OURS.read(address) == OURS.read(address.upper()) == OURS.read(f" {address}\n") == target
    assert address == address.lower()
    assert base_address(address) == "support@example.com"
    assert len(address.split("@")[0]) <= LOCAL_PART_LENGTH


@given(st.text())
def test_any_other_text_is_no_reply_address_and_raises_nothing(text: str) -> None:
    assert OURS.read(text) is None
    assert OURS.read(f"support+{text}@example.com") is None
    base_address(text)


def test_a_changed_number_organization_or_signature_is_refused() -> None:
    signature = OURS.for_ticket(1, 7).split(".")[1].split("@")[0]
    other = "a" if signature[0] != "a" else "b"

    assert OURS.read(f"support+7-1.{signature}@example.com") is not None
    assert OURS.read(f"support+8-1.{signature}@example.com") is None
    assert OURS.read(f"support+7-2.{signature}@example.com") is None
    assert OURS.read(f"support+07-1.{signature}@example.com") is None
    assert OURS.read(f"support+7-1.{other}{signature[1:]}@example.com") is None
    assert OURS.read(f"support+7-1.{'é' * 16}@example.com") is None


def test_another_deployment_does_not_recognise_our_addresses_or_our_mark() -> None:
    assert ReplyAddress("t" * 32, "support@example.com").read(OURS.for_ticket(1, 7)) is None
    assert loop_mark("s" * 32) != loop_mark("t" * 32)
    assert loop_mark("s" * 32) == loop_mark("s" * 32)


def test_a_support_address_that_has_a_suffix_of_its_own_keeps_it() -> None:
    address = ReplyAddress("s" * 32, "support+acme@example.com").for_ticket(3, 12)

    assert base_address(address) == "support+acme@example.com"
    assert base_address("support@example.com") == "support@example.com"
    assert base_address("+odd@example.com") == "+odd@example.com"


@pytest.mark.parametrize(
    "address", ["", "support", "@example.com", "support@", "a-local-part-that-leaves-no-room@example.com"]
)
def test_an_unusable_support_address_is_named_with_its_setting(address: str) -> None:
    with pytest.raises(ConfigurationError, match="SUPPORT_ADDRESS"):
        ReplyAddress("s" * 32, address)
