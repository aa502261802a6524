"""Ordinary mails in many styles: not one may be taken for automatic, a bounce or spam."""

import itertools

import pytest

from bot.email.parse import parse
from bot.email.screening import OwnMail, screen
from core.intake.values import Verdict
from tests.fakes.raw_mail import multipart, raw_mail

SENDERS = (
    "Ada <ada@example.org>",
    "postmaster@example.org",
    "no-reply@shop.example",
    '"Office of the Mail Administrator" <office@example.org>',
    "=?utf-8?q?J=C3=B6rg?= <joerg@example.org>",
)
SUBJECTS = (
    "Printer on fire",
    "Re: [Ticket #12] Printer",
    "Delivery of my order has failed",
    "Automatic replies are not sent",
    "Urlaubsantrag kann nicht gestellt werden",
    "Mail delivery is slow since Monday",
    "Absence management: wrong number of days",
    "Fwd: Undeliverable: Newsletter",
    "Out of office printer broken",
    "Undeliverable parcel",
    "Re: Re: automatic reply does not work",
    "Urlaub: Antrag kaputt",
    "Absence: form",
    "Autoreply: how do I switch it off",
    "failure notice in the app",
    "Accepted: order 5",
    "",
    "不在者投票について",
)
TEXTS = (
    "Hello,\n\nthe printer is on fire.\n\nAda\n",
    "I will be on vacation from Monday, please answer before.\n",
    "The mail to <bob@example.net> came back: user unknown. Why?\n",
    "I get 'out of office' answers from your list. Please unsubscribe me.\n",
)
PROGRAMS: dict[str, dict[str, str | bytes | None]] = {
    "plain": {},
    "outlook": {"X-Auto-Response-Suppress": "DR, OOF, AutoReply", "Importance": "normal", "Thread-Index": "AdA="},
    "reply": {"In-Reply-To": "<ours@example.com>", "References": "<ours@example.com>"},
    "list": {"List-Id": "<users.example.org>", "Precedence": "list", "List-Post": "<mailto:users@example.org>"},
    "corporate": {"Precedence": "bulk", "X-MS-Has-Attach": "", "X-Originating-IP": "[192.0.2.1]"},
    "relayed": {"DKIM-Signature": "v=1; d=example.org", "ARC-Seal": "i=1", "X-Spam-Status": "No, score=1"},
    "forwarded by a rule": {"X-MS-Exchange-Inbox-Rules-Loop": "support@example.com"},
    "web form": {"Auto-Submitted": "no", "X-Mailer": "PHP", "Message-ID": None},
}
ABSENT = TEXTS[1]
AMBIGUOUS = ("Urlaub: Antrag kaputt", "Absence: form", "Autoreply: how do I switch it off")
# Such a subject over a text that tells of an absence is what an automatic answer looks like.
ORDINARY = [
    one for one in itertools.product(SENDERS, SUBJECTS, TEXTS, PROGRAMS) if one[1] not in AMBIGUOUS or one[2] != ABSENT
]


def test_there_are_enough_of_them() -> None:
    assert len(ORDINARY) >= 300


@pytest.mark.parametrize("program", PROGRAMS)
def test_at_most_one_of_a_hundred_ordinary_mails_is_not_taken(program: str) -> None:
    mails = [one for one in ORDINARY if one[3] == program]
    refused = []
    for sender, subject, text, _ in mails:
        plain = raw_mail(text, {"From": sender, "Subject": subject.encode(), **PROGRAMS[program]})
        body, fields = multipart(
            "alternative", f"Content-Type: text/plain\n\n{text}", f"Content-Type: text/html\n\n<p>{text}"
        )
        rich = raw_mail(body, {"From": sender, "Subject": subject.encode(), **PROGRAMS[program], **fields})
        verdicts = [screen(parse(raw), OwnMail(), "ada@example.org") for raw in (plain, rich)]
        refused += [(sender, subject, text, one.rule) for one in verdicts if one.verdict is not Verdict.ACCEPT]

    assert len(refused) <= 2 * len(mails) // 100, refused
