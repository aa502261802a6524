"""Unlabelled text in Latin script."""

# ruff: noqa: RUF001 (letters of other languages are meant)

import pytest

from bot.email import charsets
from bot.email.parse import parse
from tests.fakes.raw_mail import raw_mail

UNLABELLED = {
    "cp1250": [
        "Příliš žluťoučký kůň úpěl ďábelské ódy",
        "Dzień dobry, drukarka nie działa.",
        "proszę",
        "Tiskárna nefunguje, děkuji",
        "Kérem, segítsen, a nyomtató nem működik",
        "Az első kérdés",
        "Tlačiareň nefunguje, ďakujem",
        "ľahké",
        "Pisač ne radi, račun",
        "Bună ziua, imprimanta nu funcţionează",
        "Łódź",
    ],
    "iso8859_2": ["Dzień dobry, drukarka nie działa, są błędy.", "Zażółć gęślą jaźń", "Tlačiareň nefunguje, ťažké"],
    "cp1254": ["Yazıcı çalışmıyor", "İyi günler, şifre değişti", "Lütfen yardım", "sipariş"],
    "cp1257": ["Spausdintuvas neveikia, ačiū už pagalbą", "Lūdzu palīdziet, printeris nedarbojas", "Rēķins"],
    "cp850": ["Drucker für Büro läuft nicht"],
    "mac_roman": ["Drucker für das Büro läuft nicht"],
    "cp1252": [
        "Ärger in Köln",
        "naïve café",
        "ÄÖÜß",
        "Grüße aus Århus",
        "Es läuft “nicht”",
        "L’été dernier à Zürich",
        "¿Qué pasó?",
        "impressão não funciona",
        "Þór Ægisson",
        "Müller & Søn",
        "100 € – 50 %",
        "100 ± 5 µm",
    ],
}


@pytest.mark.parametrize(("codec", "text"), [(codec, text) for codec, texts in UNLABELLED.items() for text in texts])
def test_unlabelled_words_tell_their_charset(codec: str, text: str) -> None:
    assert charsets.decode(text.encode(codec))[0] == text


@pytest.mark.parametrize("codec", ["cp1250", "iso8859_2"])
def test_an_unlabelled_mail_is_read_as_its_sender_wrote_it(codec: str) -> None:
    subject, text = "Dzień dobry", "Dzień dobry,\n\ndrukarka nie działa już od środy, proszę o pomoc."
    mail = parse(raw_mail(text.encode(codec), {"Subject": subject.encode(codec)}))

    assert (mail.subject, mail.text) == (subject, text)


def test_the_charset_of_an_encoded_subject_is_a_hint_for_a_text_without_one() -> None:
    text = "Да, сбой."
    subject = b"=?windows-1251?B?" + b"0fft8iDt4CDu7+vg8vM=" + b"?="

    assert parse(raw_mail(text.encode("cp1251"), {"Subject": subject})).text == text
    assert parse(raw_mail("Größe".encode(), {"Subject": subject})).text == "Größe"


@pytest.mark.parametrize("codec", ["cp1251", "koi8-r", "cp866", "iso8859-5"])
@pytest.mark.parametrize("label", [None, "us-ascii", "iso-8859-1", "windows-1252"])
def test_cyrillic_is_known_under_a_western_label_and_among_english_words(codec: str, label: str | None) -> None:
    text = (
        "Error 500 in the window of the main application of the second user: принтер не работает со вторника, помогите"
    )

    assert charsets.decode(text.encode(codec), label)[0] == text
