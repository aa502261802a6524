"""HTML of strangers: what a browser gets to see, and how it reads as text."""

import pytest

from bot.email.html_clean import MAX_HTML, bound, sanitise
from bot.email.html_text import to_text


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href=' java\nscript:alert(1)'>x</a>",
        "<svg onload=alert(1)><script>alert(1)</script></svg>",
        "<iframe src='https://evil.example'></iframe>",
        "<form action='https://evil.example'><input name=password></form>",
        "<style>body{background:url(javascript:alert(1))}</style>",
        "<div style='background:url(javascript:alert(1))'>x</div>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
        "<meta http-equiv=refresh content='0;url=https://evil.example'>",
        "<base href='https://evil.example/'>",
        "<object data='https://evil.example/x.svg'></object>",
        "<!--><script>alert(1)</script>-->",
    ],
)
def test_nothing_that_runs_or_loads_survives(attack: str) -> None:
    """uvdesk/mailbox-component#112, osTicket#3764, freescout#1359."""
    shown = sanitise(f"<p>before</p>{attack}").lower()

    assert "before" in shown
    assert not any(
        word in shown for word in ("<script", "onerror", "onload", "javascript:", "<iframe", "<form", "<style")
    )
    assert not any(word in shown for word in ("<svg", "<meta", "<base", "<object", "style=", "data:", "evil.example"))


@pytest.mark.parametrize(
    "address",
    ["https://track.example/x.gif", "//track.example/x.gif", "x.gif", "data:image/png;base64,AAAA", "file:///etc"],
)
def test_images_from_elsewhere_are_held_back_and_keep_their_words(address: str) -> None:
    shown = sanitise(f'<img src="{address}" alt="logo" srcset="https://track.example/y.gif 2x">')

    assert "track.example" not in shown
    assert "src=" not in shown
    assert 'alt="logo"' in shown


def test_images_of_the_mail_itself_stay() -> None:
    assert 'src="cid:logo@x"' in sanitise('<img src="cid:logo@x">')


def test_a_link_opens_without_telling_where_it_was_read() -> None:
    assert 'rel="noopener noreferrer nofollow"' in sanitise('<a href="https://example.org">x</a>')


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("one<br>two<br><br>three", "one\ntwo\n\nthree"),
        ("<ul><li>a<li>b<ul><li>c</ul></ul>", "- a\n- b\n  - c"),
        ("<ol><li>a</li><li>b</li></ol>", "1. a\n2. b"),
        ("<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>", "A | B\n1 | 2"),
        ("<blockquote>old<br>words</blockquote>new", "> old\n> words\n\nnew"),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>", "> a\n>\n> > b"),
        ('<a href="https://example.org/x">here</a>', "here <https://example.org/x>"),
        ('<a href="https://example.org/">example.org</a>', "example.org"),
        ('<a href="mailto:a@example.org">a@example.org</a>', "a@example.org"),
        ('<a href="javascript:alert(1)">here</a>', "here"),
        ("<pre>  if x:\n      y</pre>", "  if x:\n      y"),
        ('<img src="cid:x" alt="Screenshot">', "[Screenshot]"),
        ("a&nbsp;&amp;&lt;b&gt; &euro;", "a &<b> €"),
        ("<title>x</title><style>p{}</style><script>1</script>shown", "shown"),
        ('<div style="display: none">hidden</div>shown', "shown"),
        ("<p>  spread \n over   lines </p>", "spread over lines"),
        ("<h1>Title</h1>text<hr>more", "Title\n\ntext\n--------------------\nmore"),
        ("", ""),
        ("<b>unclosed", "unclosed"),
        ("plain < text", "plain < text"),
    ],
)
def test_structure_stays_legible_as_text(html: str, text: str) -> None:
    assert to_text(html) == text


def test_deep_nesting_is_shown_as_text_without_its_tags() -> None:
    html, defect = bound("<div>" * 5000 + "words &amp; more")

    assert html.startswith("<pre>")
    assert "words &amp; more" in html
    assert "nested" in defect


def test_long_html_is_cut_but_an_embedded_image_does_not_count() -> None:
    assert bound("x" * (MAX_HTML + 1))[1] == "long HTML cut"
    html, defect = bound(f'<img src="data:image/png;base64,{"A" * MAX_HTML}">words')

    assert (defect, html.endswith("words")) == ("", True)


@pytest.mark.parametrize(
    "hidden",
    [
        '<div style="display: none">HIDDEN</div>',
        '<div style="mso-hide:all;font-size:1px">HIDDEN</div>',
        '<span style="visibility: hidden">HIDDEN</span>',
        '<div style="max-height:0px; overflow: hidden">HIDDEN</div>',
        "<p hidden>HIDDEN</p>",
    ],
)
def test_what_html_hides_is_not_read(hidden: str) -> None:
    assert to_text(f"{hidden}<p>shown</p>") == "shown"


def test_what_only_sets_a_size_is_read() -> None:
    html = '<div style="font-size:0"><p style="font-size:14px">shown</p></div>'
    assert to_text(html) == "shown"
