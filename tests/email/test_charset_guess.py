"""Raw 8-bit words without any label."""

# ruff: noqa: RUF001 (letters of other scripts are meant)

import base64

import pytest

from bot.email import charsets
from bot.email.charset_guess import guess
from bot.email.parse import parse
from tests.fakes.raw_mail import raw_mail


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        ("Счет", "cp1251"),
        ("Счет на оплату.pdf", "koi8-r"),
        ("принтер не работает", "koi8-r"),
        ("ПРИНТЕР НЕ РАБОТАЕТ", "koi8-r"),
        ("ПРИНТЕР НЕ РАБОТАЕТ", "cp1251"),
        ("СРОЧНО: принтер", "cp1251"),
        ("тест", "cp1251"),
        ("тест", "koi8-r"),
        ("关于产品报价单文件.pdf", "gb18030"),
        ("您好", "gb18030"),
        ("關於產品報價單的文件", "big5"),
        ("測試", "big5"),
        ("您好", "big5"),
        ("問題", "big5"),
        ("测试", "gb18030"),
        ("问题", "gb18030"),
        ("テスト", "cp932"),
        ("質問", "euc_jp"),
        ("문의", "cp949"),
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


def test_the_chinese_form_of_iso_2022_is_read_with_and_without_its_label() -> None:
    """RFC 1922; the standard library has no codec for it. Plane 1 of CNS 11643 begins with U+4E00."""
    simplified = b"\x1b$)A\x0e" + bytes(byte & 0x7F for byte in "打印机".encode("gb2312")) + b"\x0f ok"
    traditional = b"\x1b$)G\x0e" + bytes((0x44, 0x21)) + b"\x0f ok"

    for label in ("ISO-2022-CN", "iso-2022-cn-ext", None):
        assert charsets.decode(simplified, label) == ("打印机 ok", "")
        assert charsets.decode(traditional, label) == ("\u4e00 ok", "")
    assert charsets.decode("프린터".encode("iso2022_kr")) == ("프린터", "")
    assert charsets.decode(b"\x1b$)A\x0e\x7f", "iso-2022-cn")[0]


@pytest.mark.parametrize(
    ("subject", "read"),
    [
        ("=?utf-8?Q?=3D=3Futf-8=3FB=3FTWV0w6k=3D=3F=3D?=", "Meté"),
        ("=?utf-8?B?PT9JU08tODg1OS0xP1E/TWV0PUU5Pz0=?=", "Meté"),
        ("Re: =?us-ascii?Q?=3D=3Futf-8=3FQ=3FMet=3DC3=3DA9=3F=3D?= x", "Re: Meté x"),
        ("=?utf-8?Q?how_do_I_write_=3D=3F_in_a_subject=3F?=", "how do I write =? in a subject?"),
    ],
)
def test_words_that_were_encoded_twice_are_decoded_twice(subject: str, read: str) -> None:
    assert parse(raw_mail(headers={"Subject": subject})).subject == read


def test_a_word_that_may_be_greek_is_read_like_the_others_of_the_mail() -> None:
    mail = parse(raw_mail("ТЕСТ".encode("koi8-r"), {"Subject": "тест тест".encode("koi8-r")}))

    assert (mail.subject, mail.text) == ("тест тест", "ТЕСТ")


@pytest.mark.parametrize("raw", [b"+2D0-", b"x+3oI-y", b"+2D0 \xff\xfe", b"+2D3eAA-"])
def test_half_a_character_of_utf_7_is_none(raw: bytes) -> None:
    charsets.decode(raw, "utf-7")[0].encode("utf-8")
    assert charsets.decode(b"+2D3eCg-", "utf-7")[0] == "\U0001f60a"
