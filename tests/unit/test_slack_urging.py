"""The line in Slack that calls somebody to what is due soon or overdue."""

import re
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.slack.blocks import pieces
from core.conversations.urging import read_urging, urging_content
from core.conversations.values import Urging
from core.sla.values import Clock, Promise, Standing
from tests.fakes.slack_block_kit import problems_of_message
from tests.fakes.slack_tickets import MOMENT

PAGE = "https://desk.example/tickets/7"
DUE = (
    Clock(promise=Promise.FIRST_RESPONSE, due_at=MOMENT, standing=Standing.OVERDUE),
    Clock(promise=Promise.RESOLUTION, due_at=MOMENT + timedelta(hours=1), standing=Standing.SOON),
)


def test_it_calls_links_and_tells_each_promise_in_the_readers_time() -> None:
    message = pieces.urging("#7 VPN drops", Urging(mentions=("U1",), due=DUE, page_url=PAGE))
    first, *due = message.blocks[0]["text"]["text"].splitlines()
    assert first == f"<@U1> <{PAGE}|#7 VPN drops>"
    assert due == [
        f"🔥 *first answer overdue* since {pieces.moment(MOMENT)}",
        f"⏰ solution due {pieces.moment(MOMENT + timedelta(hours=1))}",
    ]


@given(title=st.text(max_size=200), called=st.lists(st.just("U1"), max_size=60))
def test_no_title_calls_anybody_or_breaks_a_limit(title: str, called: list[str]) -> None:
    text = f"#7 {' '.join(title.split())}"
    message = pieces.urging(text, Urging(mentions=tuple(called), due=DUE, page_url=PAGE))
    assert problems_of_message({"text": message.text, "blocks": message.blocks}) == []
    markup = message.blocks[0]["text"]["text"]
    assert set(re.findall(r"<([@!#][^>|^]*)", markup)) <= {"@U1", "!date"}


def test_it_is_kept_with_the_delivery_until_it_is_sent() -> None:
    urging = Urging(mentions=("U1", "U2"), due=DUE, page_url=PAGE)
    assert read_urging(urging_content(urging)) == urging
    assert read_urging({"text": "Nobody is called."}) is None
