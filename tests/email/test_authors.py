"""Who wrote a mail that a list or group sends on in its own name."""

import pytest

from bot.email.authors import author, is_rewritten
from bot.email.mailboxes import Mailbox
from bot.email.parse import parse
from bot.email.screening import OwnMail, screen
from core.intake.values import Verdict
from tests.fakes.raw_mail import raw_mail

JANE = Mailbox(name="Jane Doe", email="jane@people.example")
MAILMAN = {
    "From": "Jane Doe via Users <users@lists.example>",
    "Reply-To": "Users <users@lists.example>, Jane Doe <jane@people.example>",
    "List-Id": "Users <users.lists.example>",
    "List-Post": "<mailto:users@lists.example>",
}
GOOGLE = {
    "From": "'Jane Doe' via Support <support@example.com>",
    "X-Original-From": "Jane Doe <jane@people.example>",
    "X-Google-Group-Id": "4711",
    "List-ID": "<support.example.com>",
    "Precedence": "list",
    "Mailing-list": "list support@example.com; contact support+owners@example.com",
}
OWN = OwnMail(own_loop_marks=frozenset({"mark"}), own_addresses=frozenset({"support@example.com"}))


@pytest.mark.parametrize(
    "headers",
    [
        MAILMAN,
        MAILMAN | {"From": "Jane Doe über Users <users@lists.example>"},
        MAILMAN | {"From": "Jane Doe <users@lists.example>"},
        MAILMAN | {"Reply-To": "jane@people.example"},
        GOOGLE,
        GOOGLE | {"X-Original-From": "", "X-Original-Sender": "jane@people.example"},
        GOOGLE | {"X-Original-From": "", "Reply-To": "Jane Doe <jane@people.example>"},
    ],
)
def test_the_author_is_recovered_from_what_the_list_kept(headers: dict[str, str]) -> None:
    mail = parse(raw_mail(headers={name: value for name, value in headers.items() if value}))
    assert author(mail) == JANE
    assert is_rewritten(mail)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"From": "Jane Doe via Fax <jane@people.example>", "Reply-To": "eve@else.example"},  # no list at all
        {"List-Id": "<users.lists.example>", "Reply-To": "users@lists.example"},  # a list that leaves From alone
        MAILMAN | {"Reply-To": "users@lists.example"},  # the list kept nothing
        {"List-Id": "<x.example>", "From": "Ada <ada@example.org>", "Reply-To": "eve@else.example"},
    ],
)
def test_anybody_elses_from_stays(headers: dict[str, str]) -> None:
    mail = parse(raw_mail(headers=dict(headers)))
    assert author(mail) == mail.sender
    assert not is_rewritten(mail)


def test_mail_through_our_own_group_is_taken_and_its_author_acknowledged() -> None:
    """A support address that is a Google Group: From is our own address, and every mail is list mail."""
    verdict = screen(parse(raw_mail(headers=dict(GOOGLE))), OWN)
    assert (verdict.verdict, verdict.may_acknowledge) == (Verdict.ACCEPT, True)
    through_another = screen(parse(raw_mail(headers=dict(MAILMAN))), OWN)
    assert (through_another.verdict, through_another.may_acknowledge) == (Verdict.ACCEPT, False)


def test_a_mail_without_sender_has_no_author() -> None:
    assert author(parse(raw_mail(headers={"From": None}))) is None
