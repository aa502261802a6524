"""Authentication-Results whose quoted parts the sender chose."""

import pytest

from bot.email.authentication import is_verified
from bot.email.parse import parse
from tests.fakes.raw_mail import raw_mail

RELAY = "mx.desk.example"


def verified(results: str) -> bool:
    headers = {"Authentication-Results": f"{RELAY}; {results}", "From": "Boss <boss@people.example>"}
    return is_verified(parse(raw_mail(headers=headers)), RELAY)


@pytest.mark.parametrize(
    "results",
    [
        'spf=pass smtp.mailfrom="x; dmarc=pass header.from=people.example; y"@evil.example',
        'spf=pass smtp.mailfrom="x; dkim=pass header.d=people.example; y"@evil.example',
        'spf=pass smtp.mailfrom="x smtp.mailfrom=people.example"@evil.example',
        'spf=pass smtp.mailfrom="people.example"@evil.example',
        'spf=pass smtp.mailfrom="x@people.example"@evil.example',
        'spf=pass smtp.mailfrom="a\\" ; dmarc=pass header.from=people.example ; \\"b"@evil.example',
        'spf=pass (domain of "x) ; dmarc=pass header.from=people.example ; y"@evil.example) smtp.mailfrom=evil.example',
        'spf=pass smtp.mailfrom="x; dmarc=pass header.from=people.example',
    ],
)
def test_what_the_sender_put_into_quotes_is_no_result_of_the_relay(results: str) -> None:
    """itop-jb-mail-to-ticket-automation-v2#218: a forged From is trusted."""
    assert not verified(results)


def test_an_honest_quoted_local_part_is_read() -> None:
    assert verified('spf=pass smtp.mailfrom="the boss"@people.example')
