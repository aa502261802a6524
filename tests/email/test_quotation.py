"""What an outgoing reply quotes below it, and how one leaves the conversation."""

from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.email.compose import compose
from bot.email.interpreter import split_mail
from bot.email.parse import parse
from bot.email.quotation import MOST_LINES
from bot.email.reply_text import split_reply
from core.conversations.values import Outgoing, Quotation
from tests.fakes.outgoing import NOON, OWN, PUBLIC_REPLY, REPLY, SIGN_IN_LINK


def arrives(outgoing: Outgoing) -> EmailMessage:
    message = message_from_bytes(compose(outgoing, OWN, now=NOON).as_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


QUOTED = replace(
    PUBLIC_REPLY, quotation=Quotation(author="Ada", text="Whenever I print.\n\n> on both sides", written_at=NOON)
)


def test_a_reply_quotes_what_it_answers() -> None:
    text = text_of(arrives(QUOTED))
    assert text.endswith("\nOn 23 Nov 2026 at 12:00 UTC, Ada wrote:\n> Whenever I print.\n>\n> > on both sides\n")
    html = text_of(arrives(QUOTED), "html")
    assert '<blockquote type="cite"' in html
    assert "Whenever I print.\n\n&gt; on both sides</blockquote>" in html


def test_a_long_quotation_is_cut_and_says_so() -> None:
    long = replace(QUOTED, quotation=Quotation(author="", text="line\n" * 500, written_at=NOON))
    text = text_of(arrives(long))
    assert text.count("> line") == MOST_LINES
    assert text.endswith("> […]\n")
    assert "somebody wrote:" in text


PRONOUNS_AND_VERBS = st.sampled_from(["I", "you", "er", "schrieb", "wrote", "sent", "On", "3", "10:30"])
AUTHOR = st.text() | st.lists(PRONOUNS_AND_VERBS).map(" ".join)
ORDINARY = st.text(st.sampled_from("abc äß好 .,!?-:0123\n"), min_size=1).filter(str.strip)


@settings(deadline=None)  # how long one example takes is the machine's business
@given(written=ORDINARY, earlier=st.text(), author=AUTHOR)
def test_what_we_quote_our_own_reading_takes_away_again(written: str, earlier: str, author: str) -> None:
    """mailgun/talon#129: quote stripping per client. Ours, at least, must be read back."""
    plain = "Hello.\n" + " ".join(written.split())
    outgoing = replace(
        QUOTED,
        reply=replace(REPLY, text=plain),
        quotation=Quotation(author=author, text=f"x{earlier}", written_at=NOON),
    )
    mail = parse(compose(outgoing, OWN, now=NOON).as_bytes())
    split = split_mail(mail)
    assert split.reply_text == plain.strip()
    assert "wrote:" in split.quoted_text


@pytest.mark.parametrize("author", ["I", "You", "Je", "Lee Yo", "they", "we sent it", "Er schrieb, ich"])
def test_somebody_whose_name_reads_as_a_pronoun_is_quoted_by_name(author: str) -> None:
    quotation = Quotation(author=author, text="Whenever I print.", written_at=NOON)
    split = split_mail(parse(compose(replace(QUOTED, quotation=quotation), OWN, now=NOON).as_bytes()))
    assert split.reply_text == REPLY.text.strip()
    assert f', "{author}" wrote:' in split.quoted_text


def test_what_a_person_tells_of_their_own_writing_stays() -> None:
    text = "Hello.\n\nOn 23 Nov 2026 at 12:00 UTC, I wrote:\n\nthe printer is broken.\n\nIt still is."
    assert split_reply(text).reply_text == text


def test_whoever_only_takes_part_may_leave_by_mail() -> None:
    message = arrives(replace(PUBLIC_REPLY, may_leave=True))
    reply_to = message["Reply-To"].addresses[0].addr_spec
    assert message["List-Unsubscribe"] == f"<mailto:{reply_to}?subject=unsubscribe>"
    assert "List-Unsubscribe" not in arrives(PUBLIC_REPLY)
    assert "List-Unsubscribe" not in arrives(replace(SIGN_IN_LINK, may_leave=True))
