"""What the settings of mail mean to its doors."""

from pathlib import Path

import pytest

from bot.email.screening import HouseRules
from config.mail import house_rules
from config.policy import policy_of
from config.settings import load_settings


@pytest.mark.parametrize(
    ("written", "blocked"),
    [
        ("", set()),
        (" Eve@Bad.example , @worse.example,worst.example,, ", {"eve@bad.example", "worse.example", "worst.example"}),
    ],
)
def test_blocked_senders_are_addresses_and_domains(tmp_path: Path, written: str, blocked: set[str]) -> None:
    settings = load_settings({"DATA_DIR": str(tmp_path), "MAIL_BLOCKED": written})
    assert house_rules(settings) == HouseRules(blocked=frozenset(blocked))


def test_the_policy_follows_the_settings(tmp_path: Path) -> None:
    env = {"DATA_DIR": str(tmp_path), "MAIL_UNKNOWN_SENDERS": "Quarantine", "MAIL_TICKETS_PER_HOUR": "3"}
    policy = policy_of(load_settings(env))
    assert (policy.quarantines_unknown_senders, policy.tickets_per_hour) == (True, 3)
    assert not policy_of(load_settings({"DATA_DIR": str(tmp_path)})).quarantines_unknown_senders
    assert house_rules(load_settings(env | {"MAIL_TRUST_SPAM_HEADERS": "true"})).trusts_spam_headers


@pytest.mark.parametrize(
    ("address", "is_own"),
    [
        ("support@localhost", True),
        ("Support+26-1.abc@LOCALHOST", True),
        ("support@elsewhere.example", False),
        ("ada@localhost", False),
        ("", False),
    ],
)
def test_our_own_address_is_known_in_every_form(tmp_path: Path, address: str, *, is_own: bool) -> None:
    assert policy_of(load_settings({"DATA_DIR": str(tmp_path)})).is_own_address(address) is is_own
