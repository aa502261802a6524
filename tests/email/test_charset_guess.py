"""Raw 8-bit words without any label."""

import base64

import pytest

from bot.email import charsets
from bot.email.charset_guess import guess


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        ("Счет", "cp1251"),
        ("Счет на оплату.pdf", "koi8-r"),
        ("принтер не работает", "koi8-r"),
        ("关于产品报价单文件.pdf", "gb18030"),
        ("您好", "gb18030"),
        ("關於產品報價單的文件", "big5"),
        ("한국어 문서 파일", "cp949"),
        ("見積書について.pdf", "cp932"),
        ("プリンターが動きません", "euc_jp"),
        ("Γεια σας", "cp1253"),
        ("שלום לכולם", "cp1255"),
    ],
)
def test_a_few_words_tell_their_charset(text: str, charset: str) -> None:
    assert charsets.decode(text.encode(charset))[0] == text


@pytest.mark.parametrize("text", ["größer", "Ärger in Köln", "naïve café", "déjà vu", "ÄÖÜß", "Grüße aus Århus"])
def test_western_words_stay_western(text: str) -> None:
    assert charsets.decode(text.encode("latin-1"))[0] == text


def test_bytes_of_no_script_are_not_guessed() -> None:
    assert guess(bytes(range(128, 256))) is None
    assert guess(b"") is None


@pytest.mark.parametrize(
    ("label", "text", "codec"),
    [
        ("windows-936", "打印机", "gbk"),
        ("x-euc-jp", "日本", "euc_jp"),
        ("cp-850", "é", "cp850"),
        ("dos-862", "א", "cp862"),
        ("x-windows-949", "똠", "cp949"),
        ("koi8-ru", "Ї", "koi8-u"),
        ("x-mac-cyrillic", "Ж", "mac_cyrillic"),
        ("utf-16", "a", "utf-16-be"),
        ("utf-16", "abc", "utf-16-le"),
    ],
)
def test_a_label_is_known_in_the_spellings_that_programs_use(label: str, text: str, codec: str) -> None:
    assert charsets.decode(text.encode(codec), label) == (text, "")


def test_japanese_mail_may_hold_the_characters_of_windows() -> None:
    """NEC's row 13, such as circled digits, is in no standard codec for ISO-2022-JP."""
    raw = base64.b64decode("GyRCLSEbKEI=") + b" x " + "日本".encode("iso2022_jp")
    assert charsets.decode(raw, "iso-2022-jp") == ("① x 日本", "")
