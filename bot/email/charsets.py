"""Bytes to text under a charset label that may be missing, unknown or wrong. Never raises."""

import codecs
import re

from bot.email import iso2022_cn
from bot.email.charset_guess import guess
from bot.email.latin_guess import guess_latin
from bot.email.word_lists import words

_WINDOWS_1252 = "cp1252"
_JAPANESE_MAIL = "iso2022_jp_ext"
_DOUBLE_BYTES = re.compile(rb"\x1b\$[@B]((?:[\x21-\x7e]{2})*)(?:\x1b\([BJ])?")
_CHINESE_MAIL = "iso2022_cn"
_UNICODE = frozenset({"utf-8", "utf-7", "utf-16", "utf-32"})
_LETTERS = re.compile(rb"[A-Za-z]+")
_FOREIGN_RUN = re.compile(rb"[\x80-\xff]+")
# One or two letters above ASCII beside ASCII ones are Latin, whatever the rest of the mail is written in.
_AMONG_LATIN = re.compile(rb"[A-Za-z][\x80-\xff]{1,2}(?![\x80-\xff])|(?<![\x80-\xff])[\x80-\xff]{1,2}[A-Za-z]")
_SINGLE_BYTE = frozenset(
    {
        "koi8-r",
        "koi8-u",
        "cp1251",
        "cp1253",
        "cp1255",
        "cp1256",
        "cp866",
        "iso8859-5",
        "iso8859_5",
        "iso8859-7",
        "iso8859-8",
    }
)
_OTHER_LATIN = frozenset({"cp1250", "iso8859_2", "cp1254", "cp1257", "iso8859_13", "iso8859_4"})
_LONG_RUN, _LONG_SHARE = 3, 0.6  # bytes, and which share of all stands in such runs where the script is not Latin
_LATIN = frozenset({_WINDOWS_1252, "iso8859-15"})
_DETECTION_SAMPLE = 8192  # bytes; detection costs milliseconds a kilobyte
_ENOUGH_TO_DETECT = 8  # bytes above ASCII; of fewer, detection makes Chinese out of a German word
_FOREIGN_SHARE = 0.3  # of the letters: above it, the script is not Latin and Windows-1252 would be gibberish
_CUT_SHARE = 6  # characters above ASCII that one broken byte may stand among in what still is UTF-8
_LABEL_LENGTH = 64
_LAST_LOW_ROW, _LAST_LOW_CELL = 0x5E, 0x5F  # of JIS X 0208: Shift JIS has gaps behind them

# What senders mean, not what the label says: each right-hand codec is a superset of the labelled one.
# WHATWG Encoding Standard, section 4.2 (names and labels).
_MEANT = {
    "ascii": "utf-8",
    "us-ascii": "utf-8",
    "ansi_x3.4-1968": "utf-8",
    "iso-8859-1": _WINDOWS_1252,
    "iso8859-1": _WINDOWS_1252,
    "latin1": _WINDOWS_1252,
    "latin-1": _WINDOWS_1252,
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "iso-8859-8-i": "iso-8859-8",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "x-gbk": "gb18030",
    "big5": "big5hkscs",
    "big-5": "big5hkscs",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "ksc5601": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "iso-2022-jp": _JAPANESE_MAIL,
    "iso2022-jp": _JAPANESE_MAIL,
    "koi8-ru": "koi8-u",
    "x-mac-cyrillic": "mac_cyrillic",
    "unicode-1-1-utf-7": "utf-7",
    "macintosh": "mac_roman",
    "x-mac-roman": "mac_roman",
}
_CHINESE_NAMES = frozenset({"iso-2022-cn", "iso2022-cn", "iso-2022-cn-ext", "iso2022cn", "iso2022_cn"})
_NO_CHARSET = frozenset(
    {"", "unknown", "unknown-8bit", "x-unknown", "default", "none", "binary", "8bit", "_iso-8859-1$esc"}
)
_NOT_FOR_MAIL = words(
    "punycode idna unicode_escape raw_unicode_escape undefined mbcs oem base64 bz2 hex quopri rot13 uu zlib"
)
_CODE_PAGE = re.compile(r"(?:x-)?(?:windows|win|dos|ibm|ms|cp)[-_]?(\d{3,5})")
_KNOWN_PREFIX = re.compile(r"(?:utf-?8|windows-125\d|cp-?125\d|iso-?8859-1?\d|koi8-[ru])")


def decode(raw: bytes, label: str | None = None, hint: str | None = None) -> tuple[str, str]:
    """The text of `raw` and what was wrong with its label (empty: nothing).

    `hint` is the charset of something else in the same mail, for what neither its label nor UTF-8 explains.
    """
    codec, named = _codec(label or ""), _clean(label or "")
    if codec is None:
        return _guess(raw, hint), f"unknown charset {named!r}" if named not in _NO_CHARSET else ""
    if codec in _LATIN and (other := _in_disguise(raw)) is not None:
        return other[0], f"labelled {named}, is {other[1]}"
    try:
        return _decoded(raw, codec), ""
    except LookupError:  # a codec that is not of text
        return _guess(raw, hint), f"unknown charset {named!r}"
    except (UnicodeError, ValueError):
        if codec == _JAPANESE_MAIL and (text := _with_vendor_characters(raw)) is not None:
            return text, ""
        return _mislabelled(raw, codec, named, hint)


def _decoded(raw: bytes, codec: str, errors: str = "strict") -> str:
    if codec == _CHINESE_MAIL:
        return iso2022_cn.decode(raw)
    text = raw.decode(_byte_order(raw) if codec == "utf-16" else codec, errors)
    if codec == "utf-7":  # in which halves of characters can be written, that no other charset knows
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def told_by(raw: bytes) -> str | None:
    """The charset of unlabelled bytes where one byte is one letter, and it is not the usual Western one; else None."""
    if raw.isascii():
        return None
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        codec = _detect(raw)
        return codec if codec in _SINGLE_BYTE or codec in _OTHER_LATIN else None
    return None


def is_known(label: str) -> bool:
    return _codec(label) is not None


def _with_vendor_characters(raw: bytes) -> str | None:
    """ISO-2022-JP as Windows writes it, with the characters of NEC and IBM (U+2460, U+9AD9), which are in CP932."""
    try:
        return _DOUBLE_BYTES.sub(lambda run: _to_shift_jis(run[1]), raw).decode("cp932")
    except UnicodeDecodeError:
        return None


def _to_shift_jis(run: bytes) -> bytes:
    """JIS X 0208 rows and cells, two of its rows to a lead byte."""
    pairs = bytearray()
    for row, cell in zip(run[::2], run[1::2], strict=True):
        lead = (row + 1) // 2 + (0x70 if row <= _LAST_LOW_ROW else 0xB0)
        trail = cell + (0x1F if cell <= _LAST_LOW_CELL else 0x20) if row % 2 else cell + 0x7E
        pairs += bytes((lead, trail))
    return bytes(pairs)


def _byte_order(raw: bytes) -> str:
    """UTF-16 without its mark is big-endian (RFC 2781 section 4.3), but not all programs know."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-16-le" if raw[1::2].count(0) > raw[::2].count(0) else "utf-16-be"


def _mislabelled(raw: bytes, codec: str, named: str, hint: str | None) -> tuple[str, str]:
    if codec == _WINDOWS_1252:
        return raw.decode("latin-1"), ""
    if codec != "utf-8":
        try:
            return raw.decode("utf-8"), f"labelled {named}, is utf-8"
        except UnicodeDecodeError:
            pass
    text = _decoded(raw, codec, "replace")
    if _is_mostly_valid(text):
        return text, f"invalid bytes under charset {named}"
    return _guess(raw, hint), f"not in the labelled charset {named}"


def _is_mostly_valid(text: str) -> bool:
    """Whether other foreign characters could be read, so that the label is right and a few bytes are wrong."""
    foreign = sum(not char.isascii() for char in text)
    return 2 * text.count("\ufffd") < foreign


def _codec(label: str) -> str | None:
    """Python's name of the codec meant by `label`; None where there is none that suits mail."""
    name = _clean(label)
    if name in _NO_CHARSET:
        return None
    name = _MEANT.get(name, name)
    if name in _CHINESE_NAMES:
        return _CHINESE_MAIL
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        numbered, prefix = _CODE_PAGE.fullmatch(name), _KNOWN_PREFIX.match(name)
        other = f"cp{numbered[1]}" if numbered else prefix[0] if prefix else name.removeprefix("x-")
        return _codec(other) if other != name else None
    return None if found.name.replace("-", "_") in _NOT_FOR_MAIL else _MEANT.get(found.name, found.name)


def _clean(label: str) -> str:
    return re.sub(r"[\x00-\x20\"'()<>]", "", label[:_LABEL_LENGTH]).lower()


def _in_disguise(raw: bytes) -> tuple[str, str] | None:
    """UTF-8 or another script under a Latin label, which any bytes fit: the text and its charset; None for Latin."""
    if raw.isascii():
        return None
    try:
        return raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    if _is_clustered(raw, _ENOUGH_TO_DETECT) and (codec := guess(raw[:_DETECTION_SAMPLE])):
        return raw.decode(codec, "replace"), codec
    return None


def _guess(raw: bytes, hint: str | None = None) -> str:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16", "replace")
    if raw.isascii() and b"\x1b" not in raw:
        return raw.decode("ascii")
    if b"\x1b$" in raw or b"\x1b(" in raw:
        return _by_escapes(raw)
    text = raw.decode("utf-8", "replace")
    if _CUT_SHARE * text.count("\ufffd") <= sum(not char.isascii() for char in text):
        return text  # whole, or cut within a character
    named = _codec(hint or "")
    is_other = named in _SINGLE_BYTE and _AMONG_LATIN.search(raw)
    if not is_other and (hinted := _in_charset(raw, named)) is not None:
        return hinted
    return raw.decode(_detect(raw), "replace")


def _in_charset(raw: bytes, codec: str | None) -> str | None:
    if codec is None or codec in _UNICODE:
        return None
    try:
        return _decoded(raw, codec)
    except (UnicodeError, ValueError, LookupError):
        return None


def _by_escapes(raw: bytes) -> str:
    """ISO-2022 tells by its escape sequences which one it is."""
    if iso2022_cn.ESCAPES.search(raw):
        return iso2022_cn.decode(raw)
    return raw.decode("iso2022_kr" if b"\x1b$)C" in raw else "iso2022_jp_ext", "replace")


def _detect(raw: bytes) -> str:
    sample = raw[:_DETECTION_SAMPLE]
    foreign = sum(map(len, _FOREIGN_RUN.findall(sample)))
    letters = foreign + sum(map(len, _LETTERS.findall(sample)))
    clustered = _is_clustered(sample, 1)
    if not clustered and (latin := guess_latin(sample)) != _WINDOWS_1252:
        return latin
    if not clustered and foreign <= letters * _FOREIGN_SHARE:
        return _WINDOWS_1252
    if other := guess(sample):
        return other
    if foreign < _ENOUGH_TO_DETECT:
        return guess_latin(sample)
    from charset_normalizer import from_bytes  # noqa: PLC0415 (last resort; its tables take time to load)

    best = from_bytes(sample).best()
    return best.encoding if best is not None else _WINDOWS_1252


def _is_clustered(raw: bytes, least: int) -> bool:
    """Whether bytes above ASCII stand together, as the letters of another script do; `least` of them at all."""
    sample = raw[:_DETECTION_SAMPLE]
    runs = [len(run) for run in _FOREIGN_RUN.findall(sample)]
    return sum(runs) >= least and _LONG_SHARE * sum(runs) < sum(run for run in runs if run >= _LONG_RUN)
