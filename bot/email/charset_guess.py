"""The charset of a few unlabelled words, such as a raw subject or file name: by the letters that a language uses.

The library for detection needs more text than that. What is said here is only said of bytes that are nearly all
letters of one script; whoever is unsure gets None.
"""

# ruff: noqa: RUF001 (the letters of other scripts are meant)

import re
from collections.abc import Callable

from bot.email.word_lists import phrases

_SAMPLE = 2048  # bytes
_FEWEST = 4  # bytes above ASCII
_CERTAIN = 0.85  # of the characters are common ones of the script
_ASCII = re.compile(r"[\x00-\x7f]")
_ASCII_BYTES = bytes(range(0x80))
_FEW = 48  # bytes in which a frequent word of two characters tells enough
_WORDS = {
    "big5hkscs": phrases(
        "您好, 你好, 測試, 問題, 請問, 訂單, 發票, 謝謝, 回覆, 通知, 帳號, 帳單, 密碼, 無法, 錯誤, 郵件, 附件, 報價, "
        "合約, 客服, 維修, 印表機, 電腦, 聯絡, 會議, 更新, 付款, 退貨, 申請, 主旨, 緊急, 協助, 登入, 系統, 網站, 故障"
    ),
    "gb18030": phrases(
        "您好, 你好, 测试, 问题, 请问, 订单, 发票, 谢谢, 回复, 通知, 账号, 账单, 密码, 无法, 错误, 邮件, 附件, 报价, "
        "合同, 客服, 维修, 打印机, 电脑, 联系, 会议, 更新, 付款, 退货, 申请, 主题, 紧急, 帮助, 登录, 系统, 网站, 故障"
    ),
    "cp932": phrases(
        "お問い合わせ, ご連絡, について, お願い, 質問, 見積, 請求書, 注文, 返信, 資料, 添付, 会議, 確認, 御中, "
        "お世話, テスト, 障害, 報告, 件名, 至急"
    ),
    "euc_jp": phrases(
        "お問い合わせ, ご連絡, について, お願い, 質問, 見積, 請求書, 注文, 返信, 資料, 添付, 会議, 確認, 御中, "
        "お世話, テスト, 障害, 報告, 件名, 至急"
    ),
    "cp949": phrases("안녕, 문의, 요청, 주문, 견적, 확인, 감사, 첨부, 회의, 테스트, 오류, 비밀번호, 계정, 답변, 긴급"),
}
_CYRILLIC = re.compile(r"(?<![А-ЯЁІЇЄа-яёіїє])[А-ЯЁІЇЄЂЈЉЊЋЏЌЃЎҐ]|[а-яёіїєђјљњћџќѓўґ]")
_GREEK = re.compile(r"(?<![Ά-ώ])[Ά-Ώ]|[ΐ-ώ]")
_HEBREW = re.compile(r"[א-ת]")
_LESS_SURE = 0.95  # weight of scripts whose letters are another script's common ones
_CAPITALS_COST, _RARITY_COST = 0.05, 0.3
_USUAL = 0.75  # share of the frequent letters in Cyrillic text
_FEW_HANGUL = 4  # of fewer, the same bytes are more often Chinese
_KANA = re.compile(r"[\u3041-\u30fe]")
_PUNCTUATION = re.compile(r"[\u3000-\u3020\uff01-\uff5e]")


def guess(raw: bytes) -> str | None:
    """A codec that gives common words, or None. Never raises."""
    sample = raw[:_SAMPLE]
    if codec := _by_words(sample):
        return codec
    if len(sample.translate(None, _ASCII_BYTES)) < _FEWEST:
        return None
    scored = [(score(text), codec) for codec, score in _SCORES if (text := _decoded(sample, codec))]
    best, codec = max(scored, key=lambda one: one[0], default=(0.0, None))  # of equal ones the first
    return codec if best >= _CERTAIN else None


def _by_words(sample: bytes) -> str | None:
    """The charset in which a few characters are frequent words; None where none or several are."""
    if len(sample) > _FEW:
        return None
    told = {codec: any(word in _decoded(sample, codec) for word in words) for codec, words in _WORDS.items()}
    codecs = [codec for codec, found in told.items() if found]
    return codecs[0] if len(codecs) == 1 else None


def _decoded(sample: bytes, codec: str) -> str:
    """The characters above ASCII; empty where the bytes are no text of this charset. A last one may be cut off."""
    for end in (len(sample), len(sample) - 1):
        try:
            text = sample[:end].decode(codec)
        except UnicodeDecodeError:
            if len(sample) < _SAMPLE:
                return ""
        else:
            return _ASCII.sub(" ", text)
    return ""


def _share(found: int, text: str) -> float:
    written = len(text) - text.count(" ")
    return found / written if written else 0.0


def _written_in(letters: re.Pattern[str], frequent: str, least: float, weight: float = 1.0) -> Callable[[str], float]:
    """`least` of the letters must be among the most `frequent` ones of a text in these letters."""

    def score(text: str) -> float:
        found = letters.findall(text)
        if sum(letter.lower() in frequent for letter in found) < least * len(found):
            return 0.0
        return weight * _share(len(found), text)

    return score


def _cyrillic(text: str) -> float:
    """Capitals only begin a word: KOI8-R read as Windows-1251, or the other way round, has them inside.

    Words all in capitals are believed less than others; read the other way round they are all small letters.
    """
    words = [f"{word[0]}{word[1:].lower()}" if word.isupper() else word for word in text.split()]
    capitals = sum(len(word) for word in text.split() if len(word) > 1 and word.isupper())
    score = _small_cyrillic(" ".join(words)) * (1 - _CAPITALS_COST * _share(capitals, text))
    frequent = _share(sum(letter in _FREQUENT for letter in text.lower()), text)
    return score * (1 - _RARITY_COST * (1 - min(1.0, frequent / _USUAL)))


_FREQUENT = "оеаинтсрвл"
_small_cyrillic = _written_in(_CYRILLIC, _FREQUENT, 0.58)
_greek = _written_in(_GREEK, "αοιετσνηυρςάέίόύώή", 0.65, _LESS_SURE)
_hebrew = _written_in(_HEBREW, "", 0, _LESS_SURE)


def _common(codec: str, first: int, last: int, more: re.Pattern[str]) -> Callable[[str], float]:
    """Han characters of the first level, which stand at lead bytes `first` to `last`, and letters of `more`."""

    def score(text: str) -> float:
        lead = (char.encode(codec, "ignore")[:1] for char in text if char != " " and not more.match(char))
        return _share(sum(first <= ord(byte) <= last for byte in lead if byte) + len(more.findall(text)), text)

    return score


def _korean(text: str) -> float:
    score = _HANGUL(text)
    return score if len(text.replace(" ", "")) >= _FEW_HANGUL else score * _LESS_SURE


_HANGUL = _common("euc_kr", 0xB0, 0xC8, _PUNCTUATION)
_japanese = _common("euc_jp", 0xB0, 0xCF, re.compile(f"{_KANA.pattern}|{_PUNCTUATION.pattern}"))

_SCORES: tuple[tuple[str, Callable[[str], float]], ...] = (
    ("koi8-r", _cyrillic),
    ("cp1251", _cyrillic),
    ("koi8-u", _cyrillic),
    ("iso8859_5", _cyrillic),
    ("cp866", _cyrillic),
    ("cp949", _korean),
    ("cp932", _japanese),
    ("gb18030", _common("gb2312", 0xB0, 0xD7, _PUNCTUATION)),
    ("big5hkscs", _common("big5", 0xA4, 0xC6, _PUNCTUATION)),
    ("euc_jp", _japanese),
    ("cp1253", _greek),
    ("cp1255", _hebrew),
)
