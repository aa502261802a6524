"""Which mails of the SMTP door count as those of one client."""

import pytest

from bot.email.smtp_terms import MailRate, client_of
from tests.fakes.clock import FakeClock


def test_mails_are_counted_by_client_and_none_of_this_machine() -> None:
    clock = FakeClock()
    rate = MailRate(2, clock)
    assert [rate.take("192.0.2.1") for _ in range(3)] == [True, True, False]
    assert rate.take("192.0.2.2")
    assert all(rate.take(host) for host in ("127.0.0.1", "::1", "::ffff:127.0.0.1") for _ in range(9))
    clock.advance(minutes=10)
    assert [rate.take("192.0.2.1") for _ in range(3)] == [True, True, False]
    assert all(MailRate(0, clock).take("192.0.2.1") for _ in range(9))


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::1"),
        ("", ""),
    ],
)
def test_the_addresses_of_one_machine_are_one_client(address: str, client: str) -> None:
    assert client_of(address) == client


def test_counting_clients_takes_a_bounded_amount_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.email.smtp_terms.CLIENTS_COUNTED", 100)
    rate = MailRate(1, FakeClock())
    assert all(rate.take(f"10.0.{n // 256}.{n % 256}") for n in range(1000))
    assert len(rate._left) == 100
    assert not rate.take("10.0.3.231")
