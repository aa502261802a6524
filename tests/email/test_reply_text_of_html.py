"""The new text of a mail of HTML: what is a quotation in its markup, and what only looks like one."""

import pytest

from bot.email.reply_text import split_reply


@pytest.mark.parametrize(
    "container",
    [
        '<div class="gmail_quote"><div>{old}</div></div>',
        '<blockquote type="cite">{old}</blockquote>',
        '<div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>X:</b> Ada</div><div>{old}</div>',
        '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">X: Ada</div><p>{old}</p>',
        '<div class="yahoo_quoted">{old}</div>',
        '<div class="protonmail_quote">{old}</div>',
        '<div class="moz-cite-prefix">X schrub:</div><blockquote type="cite">{old}</blockquote>',
        '<blockquote class="tutanota_quote">{old}</blockquote>',
        '<div class="x_gmail_quote"><div>{old}</div></div>',
        '<hr><div id="x_divRplyFwdMsg"><b>X:</b> Ada</div><div>{old}</div>',
        '<div style="border-style: solid none none; border-top: 1pt solid rgb(225, 225, 225)">X: Ada</div><p>{old}</p>',
        '<div id="ms-outlook-mobile-reference-message"><b>X:</b> Ada<br>{old}</div>',
        '<div name="messageReplySection">{old}</div>',
        '<hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__">X: Ada</div><div>{old}</div>',
    ],
)
def test_quote_containers_in_html_are_known_whatever_the_language(container: str) -> None:
    html = f"<html><body><p>It burns.</p>{container.format(old='Ĉu ĝi brulas?')}</body></html>"
    split = split_reply("It burns.\n\nX: Ada\nĈu ĝi brulas?", html)

    assert (split.reply_text, "Ĉu ĝi brulas?" in split.quoted_text) == ("It burns.", True)


def test_html_quotations_that_are_answered_below_are_kept() -> None:
    html = '<blockquote type="cite">old</blockquote><p>new below</p>'

    assert split_reply("old\n\nnew below", html).reply_text == "old\n\nnew below"


def test_an_element_that_is_merely_called_container_is_no_quotation() -> None:
    html = '<div>Above.</div><div id="container">What I want to say.</div>'

    assert split_reply("Above.\nWhat I want to say.", html).reply_text == "Above.\nWhat I want to say."


@pytest.mark.parametrize(
    "quotation",
    ['<div name="quote">Q</div>', '<hr id="zwchr"><div>Q</div>', '<div id="ydp1yahoo_quoted_7">Q</div>'],
)
def test_the_containers_of_web_mail_programs_are_known(quotation: str) -> None:
    assert split_reply("New.\n\nQ", f"<div>New.</div>{quotation}").reply_text == "New."
