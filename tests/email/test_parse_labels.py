"""Names and charsets where they stand in the wrong place, or are only half written."""

import pytest

from bot.email.parse import parse
from tests.fakes.raw_mail import multipart, raw_mail


def names(*fields: str | bytes, text: str = "Content-Type: text/plain") -> list[str]:
    """File names of the one attachment whose header fields are `fields`."""
    head = b"\n".join(field.encode() if isinstance(field, str) else field for field in fields)
    body, more = multipart("mixed", f"{text}\n\nwords", head + b"\n\nx")
    return [one.filename for one in parse(raw_mail(body, more)).attachments]


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment filename="a.pdf"', "a.pdf"),
        ('attachment, filename="a.pdf"', "a.pdf"),
        ('filename="a.pdf"', "a.pdf"),
        ("attachment; filename='a b.pdf'", "a b.pdf"),
        ('attachment;; filename = "a.pdf";', "a.pdf"),
        ("attachment; filename*=utf-8'caf%C3%A9.pdf", "café.pdf"),
        ("attachment; filename*=utf-8''=?utf-8?Q?caf=C3=A9.pdf?=", "café.pdf"),
        ('attachment; filename="=?utf-8?B?Y2Fmw6kucGRm"', "café.pdf"),
        ('attachment; filename="=?utf-16?B?AGEALgBwAGQAZg==?="', "a.pdf"),
        ('attachment; filename="=?utf-16?B?YQAuAHAAZABmAA==?="', "a.pdf"),
        ('attachment; filename="name=b.pdf"', "name=b.pdf"),
        ("attachment; filename=\"it's a 'file'.pdf\"", "it's a 'file'.pdf"),
    ],
)
def test_a_file_name_is_read_where_its_field_is_not_as_the_standard_has_it(disposition: str, name: str) -> None:
    assert names("Content-Type: application/pdf", f"Content-Disposition: {disposition}") == [name]


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        (['Content-Type: application/pdf; filename="a.pdf"'], "a.pdf"),
        (["Content-Type: application/pdf", 'Content-Disposition: attachment; name="a.pdf"'], "a.pdf"),
        (['Content-Type: application/pdf; name="a.pdf"', 'Content-Disposition: attachment; filename=""'], "a.pdf"),
        (["Content-Type: application/pdf", "Content-Description: our offer.pdf"], "our offer.pdf"),
        (["Content-Type: application/pdf", "Content-Description: The offer of May"], "attachment.pdf"),
        (["Content-Type: image/png", "Content-Location: http://x.example/dir/red%20dot.png?v=1"], "red dot.png"),
        (["Content-Type: image/png", "Content-Location: http://x.example/"], "attachment.png"),
        (["Content-Type: image/jpg"], "attachment.jpg"),
    ],
)
def test_a_file_name_is_found_in_whichever_field_names_it(fields: list[str], name: str) -> None:
    assert names(*fields) == [name]


@pytest.mark.parametrize(("charset", "name"), [("gb2312", "报价单"), ("koi8-r", "Счет"), ("windows-1251", "Счет")])
def test_names_and_subjects_in_8_bits_are_in_the_charset_of_the_text(charset: str, name: str) -> None:
    """Few letters tell no charset; the text beside them does."""
    label = f"Content-Type: text/plain; charset={charset}"
    disposition = f'Content-Disposition: attachment; filename="{name}.pdf"'.encode(charset)
    assert names("Content-Type: application/pdf", disposition, text=label) == [f"{name}.pdf"]
    body, fields = multipart("mixed", f"{label}\n\nwords")
    assert parse(raw_mail(body, {**fields, "Subject": name.encode(charset)})).subject == name


def test_utf_8_that_was_cut_within_a_character_is_utf_8() -> None:
    cut = "Очень длинное название, которое обрезали посредине".encode()[:-1]
    assert (
        parse(raw_mail(headers={"Subject": cut})).subject == "Очень длинное название, которое обрезали посредин\ufffd"
    )


def test_an_alternative_that_is_a_mixture_gives_all_its_words() -> None:
    """RFC 8621 section 4.1.4: plain words before and after a picture, and the same as HTML."""
    mixed, kind = multipart(
        "mixed",
        "Content-Type: text/plain\n\nfirst",
        "Content-Type: image/png\nContent-Disposition: inline\n\nx",
        "Content-Type: text/plain\n\nsecond",
        boundary="inner",
    )
    inner = f"Content-Type: {kind['Content-Type']}\n\n".encode() + mixed
    body, fields = multipart("alternative", inner, "Content-Type: text/html\n\n<p>first second</p>")
    mail = parse(raw_mail(body, fields))
    assert (mail.text, mail.html) == ("first\n\nsecond", "<p>first second</p>")
    assert [one.content_type for one in mail.attachments] == ["image/png"]


@pytest.mark.parametrize(
    ("label", "body"),
    [
        (None, "<html><body><p>rich</p></body></html>"),
        (None, "\n <!DOCTYPE HTML>\n<html><body>rich</body></html>"),
        ("text/htm", "<p>rich</p>"),
        ("text/xhtml; charset=utf-8", "<p>rich</p>"),
    ],
)
def test_html_is_known_without_its_proper_label(label: str | None, body: str) -> None:
    mail = parse(raw_mail(body, {"Content-Type": label}))
    assert (mail.text, bool(mail.html), mail.attachments) == ("rich", True, ())


@pytest.mark.parametrize("body", ["I see <html> on every page.", "< html is what it says", "The page:\n<html>"])
def test_words_about_html_stay_words(body: str) -> None:
    assert (parse(raw_mail(body)).text, parse(raw_mail(body)).html) == (body, "")


def test_html_that_is_labelled_as_plain_text_is_shown_as_it_is() -> None:
    mail = parse(raw_mail("<html>source</html>", {"Content-Type": "text/plain"}))
    assert (mail.text, mail.html) == ("<html>source</html>", "")
