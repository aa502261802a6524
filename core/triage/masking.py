"""Personal data and secrets taken out of a text before a provider sees it; what stands instead says what it was."""

# ruff: noqa: RUF001 (full-width signs are what people type)

import re
from collections.abc import Callable

MAIL, CARD, PHONE, KEY = "[mail address]", "[card number]", "[phone number]", "[key]"
ACCOUNT, PERSON = "[account number]", "[personal number]"

_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]{0,50}-----|\Z)", re.DOTALL
)
_KEY = re.compile(
    r"\b(?:sk-[\w-]{16,200}|(?:xoxe\.)?xox[a-z]-[\w-]{10,200}|xapp-[\w-]{10,200}|gh[a-z]_\w{20,200}"
    r"|github_pat_\w{20,200}|gl[a-z]{2,6}-[\w-]{16,200}|ATATT[\w=-]{20,300}|npm_\w{30,100}|pypi-[\w-]{30,300}"
    r"|hf_\w{20,100}|(?:AKIA|ASIA)[0-9A-Z]{16}|AIza[\w-]{35}|ya29\.[\w-]{20,400}|GOCSPX-[\w-]{20,100}"
    r"|[rsp]k_(?:live|test)_\w{10,200}|whsec_[\w+/=]{16,200}|re_\w{16,200}|SG\.[\w-]{16,64}\.[\w-]{16,100}"
    r"|eyJ[\w-]{8,4000}(?:\.[\w-]{0,4000}){2,4})"
)
_HOOK = re.compile(
    r"(?i)(https://(?:hooks\.slack\.com/(?:services|workflows|triggers)|discord(?:app)?\.com/api/webhooks"
    r"|[\w.-]{1,100}\.webhook\.office\.com|api\.telegram\.org)/)[\w/@:-]{10,400}"
)
_PASSWORD_IN_URL = re.compile(r"(://[^\s/:@]{0,100}:)[^\s/@]{1,200}(?=@)")
_KEY_IN_URL = re.compile(r"(://)(?=[^\s/:@]{0,200}\d)[\w.~%-]{20,200}(?=@)")
_SIGNATURE = re.compile(r"(?i)([?&](?:sig|signature|x-(?:amz|goog)-(?:signature|credential)|auth|key)=)[^\s&#]{8,2000}")
_COOKIE = re.compile(r"(?i)(\b(?:set-)?cookie:[ \t]?)(?=[^\n=]{1,100}=)[^\n'\"]{4,4000}")
_SCHEME = re.compile(r"(?i)(\b(?:bearer|basic)[ \t]{1,3})(?=[\w.~+/=-]{0,200}[\d=])[\w.~+/=-]{8,4000}")
_SAID = r"[\"']?[ \t]{0,3}(?:[:=：][ \t]{0,3}|(?:is|ist|est|es|är|er|jest)[ \t](?=\S{0,200}[\d!#$%^&*]))[\"'“„«]?"
"""Between what a secret is called and the secret."""
_VALUE = r"[^\s\"',;”“»]{4,200}"
_NAMED = re.compile(
    r"(?i)((?<!\w)(?:\w{0,40}(?:passw(?:or)?d|pwd|passwort|kennwort|secret(?:[_-]?key)?|token|api[ _-]?key"
    r"|(?:access|account|shared|signing|private)[_-]?(?:access)?key(?:[_-]?id)?)"
    r"|passphrase|passcode|mot de passe|contrase[ñn]a|clave|senha|palavra-passe|wachtwoord|hasło|heslo|jelszó|parol[aă]"
    rf"|şifre|lösenord|passord|adgangskode|salasana|пароль|mật khẩu|kata sandi|bearer)\b{_SAID}){_VALUE}"
)
_NAMED_WITHOUT_SPACES = re.compile(
    rf"((?:密码|密碼|口令|パスワード|비밀번호|كلمة المرور|كلمة السر|סיסמה|รหัสผ่าน|पासवर्ड)(?:[是は는]|{_SAID})){_VALUE}"
)
_OPTION = re.compile(r"(?i)((?<!\S)--?[\w-]{0,40}(?:password|passwd|token|secret|api-?key)[ \t]{1,3})[^\s-]\S{3,200}")
_USER_OPTION = re.compile(r"((?<!\S)(?:-u|--user)[ =][\"']?[^\s:\"']{1,100}:)[^\s\"']{1,200}")
_DIGITS_NAMED = re.compile(
    r"(?i)((?<!\w)(?:pin|otp|tan|cvv|cvc|cvv2|passcode|one-time code|verification code)(?:[ -](?:code|number))?"
    r"[ \t]{0,2}(?:[:=]|is|ist)[ \t]{0,2})\d(?:[ -]?\d){2,9}(?!\w)"
)
_MAIL = re.compile(
    r"(?:\"[^\"\n@]{1,64}\"|[\w.+%'-]{1,64})(?:[@＠]|%40| ?[\[(](?:at|AT|ät)[\])] ?)"
    r"(?:\[[\d.:a-fA-F]{3,45}\]|[\w-]{1,63}(?:(?:\.| ?[\[(](?:dot|DOT|punkt)[\])] ?)[\w-]{1,63}){1,8})"
)
_GAP = r"[ \u00a0\u2009\u202f-]?"
_ACCOUNT = re.compile(rf"(?i)(?<![\w-])[a-z]{{2}}\d{{2}}(?:{_GAP}[a-z0-9]{{4}}){{2,7}}(?:{_GAP}[a-z0-9]{{1,3}})?(?!\w)")
_PERSON = re.compile(r"(?<![\w.-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])")  # of the United States
_CARD = re.compile(r"(?<![\w.-])(?:\d(?:[ \u00a0-]?\d){12,18}|\d{4}(?:\.\d{4}){3})(?![\w-])")
_PHONE = re.compile(
    r"(?<![\w.+-])(?:(?:[+＋]|00)[1-9][\d ()/.\u00a0\u2009\u202f\u2010-\u2013-]{6,20}\d"
    r"|\(?0\d{1,4}\)?[ /\u00a0-]\d[\d /\u00a0-]{3,14}\d"
    r"|0[1-9](?:\.\d{2}){4}|0[1-9]\d{8,9}"
    r"|\(?[2-9]\d{2}\)?[ .-]\d{3}[ .-]\d{4})(?![\w-])"
)
_PHONE_NAMED = re.compile(
    r"(?i)((?<!\w)(?:tel|telefon|telefono|teléfono|téléphone|phone|mobile|mobil|móvil|cell|handy|fax|whatsapp|тел|телефон"
    r"|電話|电话|手机)(?: ?(?:number|no|nr|nummer))?\.?[ \t]{0,2}(?:[:：#]|is|ist)?[ \t]{0,2})\+?"
    r"\(?\d[\d ()/.-]{4,18}\d(?![\w-])"
)
FEWEST_PHONE_DIGITS, MOST_PHONE_DIGITS = 7, 15
SHORTEST_ACCOUNT = 15
REMAINDER = 97


def masked(text: str) -> str:
    """The text without addresses, numbers of people, cards and accounts, keys, and secrets that are named as such."""
    for pattern, replacement in _REPLACEMENTS:
        text = pattern.sub(replacement, text)
    return text


def _card(found: re.Match[str]) -> str:
    return CARD if _passes_luhn(_digits(found)) else found[0]


def _phone(found: re.Match[str]) -> str:
    return PHONE if FEWEST_PHONE_DIGITS <= len(_digits(found)) <= MOST_PHONE_DIGITS else found[0]


def _account(found: re.Match[str]) -> str:
    """The number's end is where its check digits are right; words may follow."""
    for end in range(len(found[0]), SHORTEST_ACCOUNT - 1, -1):
        ends_here = end == len(found[0]) or not found[0][end].isalnum()
        if ends_here and _passes_97(found[0][:end]):
            return ACCOUNT + found[0][end:]
    return found[0]


def _passes_97(number: str) -> bool:
    """The check digits of international account numbers (ISO 13616)."""
    signs = [sign for sign in number if sign.isalnum()]
    digits = "".join(str(int(sign, 36)) for sign in signs[4:] + signs[:4])
    return len(signs) >= SHORTEST_ACCOUNT and int(digits) % REMAINDER == 1


def _digits(found: re.Match[str]) -> list[int]:
    return [int(sign) for sign in found[0] if sign.isdigit()]


def _passes_luhn(digits: list[int]) -> bool:
    """The check digit of card numbers (ISO/IEC 7812-1, annex B)."""
    doubled = [digit if place % 2 == 0 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


_REPLACEMENTS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (_PRIVATE_KEY, KEY),
    (_HOOK, rf"\1{KEY}"),
    (_PASSWORD_IN_URL, rf"\1{KEY}"),
    (_KEY, KEY),
    (_KEY_IN_URL, rf"\1{KEY}"),
    (_SIGNATURE, rf"\1{KEY}"),
    (_SCHEME, rf"\1{KEY}"),
    (_COOKIE, rf"\1{KEY}"),
    (_MAIL, MAIL),
    (_NAMED, rf"\1{KEY}"),
    (_NAMED_WITHOUT_SPACES, rf"\1{KEY}"),
    (_OPTION, rf"\1{KEY}"),
    (_USER_OPTION, rf"\1{KEY}"),
    (_DIGITS_NAMED, rf"\1{KEY}"),
    (_ACCOUNT, _account),
    (_CARD, _card),
    (_PERSON, PERSON),
    (_PHONE, _phone),
    (_PHONE_NAMED, rf"\1{PHONE}"),
)
