"""Where a mailbox is, as a setting says it."""

import pytest

from bot.email.imap_account import After, AfterKind, ImapAccount, read_account, read_after
from bot.email.loopback import is_loopback
from core.errors import ConfigurationError
from tests.fakes.imap import USER


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("imaps://ada:pw@mail.example", ImapAccount(host="mail.example", port=993, user="ada", password="pw")),
        (
            "imaps://support@desk.example:p%40ss%2F@mail.example:1993/Support%20box/New",
            ImapAccount(host="mail.example", port=1993, user=USER, password="p@ss/", folder="Support box/New"),
        ),
        ("imap://ada@[::1]/", ImapAccount(host="::1", port=143, user="ada", is_tls=False)),
    ],
)
def test_the_address_of_a_mailbox_is_read(url: str, expected: ImapAccount) -> None:
    account = read_account(url)
    assert account == expected
    assert account.password == "" or account.password not in f"{account.name} {account}"


@pytest.mark.parametrize(
    "url", ["imaps://mail.example", "imaps://ada:pw@", "imaps://ada:p#w@mail.example", "imaps://a:b@mail.example:port"]
)
def test_an_address_that_leads_nowhere_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError, match="IMAP_URL") as refused:
        read_account(url)
    assert "pw" not in str(refused.value)


def test_what_becomes_of_a_mail_is_read() -> None:
    assert read_after("seen") == After()
    assert read_after("Delete") == After(AfterKind.DELETE)
    assert read_after("move:Done/2026") == After(AfterKind.MOVE, "Done/2026")
    for wrong in ("", "move", "move:", "seen:Done", "burn"):
        with pytest.raises(ConfigurationError, match="IMAP_AFTER"):
            read_after(wrong)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("localhost", True),
        ("10.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("localhost.example", False),
        ("", False),
    ],
)
def test_only_this_machine_is_loopback(host: str, *, expected: bool) -> None:
    assert is_loopback(host) is expected
