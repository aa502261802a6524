"""Personal data and secrets taken out of a text before a provider sees it; what stands instead says what it was."""

import re
from collections.abc import Callable

MAIL, CARD, PHONE, KEY = "[mail address]", "[card number]", "[phone number]", "[key]"

_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,40}-----|\Z)", re.DOTALL)
_KEY = re.compile(
    r"\b(?:sk-[\w-]{16,200}|xox[a-z]-[\w-]{10,200}|xapp-[\w-]{10,200}|gh[a-z]_\w{20,200}|github_pat_\w{20,200}"
    r"|glpat-[\w-]{16,200}|AKIA[0-9A-Z]{16}|AIza[\w-]{35}|re_\w{16,200}|eyJ[\w-]{8,4000}\.[\w-]{8,4000}\.[\w-]{0,4000})"
)
_IN_URL = re.compile(r"(://[^\s/:@]{1,100}:)[^\s/@]{1,200}(?=@)")
_SCHEME = re.compile(r"(?i)(\b(?:bearer|basic)[ \t]{1,3})(?=[\w.~+/=-]{0,200}[\d=])[\w.~+/=-]{8,4000}")
_NAMED = re.compile(
    r"(?i)((?<!\w)(?:\w{0,40}[_-])?(?:passw(?:or)?d|pwd|passwort|kennwort|passphrase|mot de passe|contrase[ñn]a|senha"
    r"|wachtwoord|hasło|parola|lösenord|пароль|secret(?:[_-]?key)?|token|api[ _-]?key|access[_-]?key(?:[_-]?id)?"
    r"|bearer)\b"
    r"[\"']?[ \t]{0,3}(?:[:=][ \t]{0,3}|is[ \t](?=\S{0,200}[\d!#$%^&*])))"
    r"[\"']?[^\s\"',;]{4,200}"
)
_MAIL = re.compile(r"[\w.+%'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_CARD = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])")
_PHONE = re.compile(
    r"(?<![\w.+-])(?:(?:\+|00)[1-9][\d ()/.-]{6,20}\d"
    r"|\(?0\d{1,4}\)?[ /-]\d[\d /-]{3,14}\d"
    r"|\(?[2-9]\d{2}\)?[ .-]\d{3}[ .-]\d{4})(?![\w-])"
)
FEWEST_PHONE_DIGITS, MOST_PHONE_DIGITS = 7, 15


def masked(text: str) -> str:
    """The text without mail addresses, phone and card numbers, keys, and passwords that are named as such."""
    for pattern, replacement in _REPLACEMENTS:
        text = pattern.sub(replacement, text)
    return text


def _card(found: re.Match[str]) -> str:
    return CARD if _passes_luhn(_digits(found)) else found[0]


def _phone(found: re.Match[str]) -> str:
    return PHONE if FEWEST_PHONE_DIGITS <= len(_digits(found)) <= MOST_PHONE_DIGITS else found[0]


def _digits(found: re.Match[str]) -> list[int]:
    return [int(sign) for sign in found[0] if sign.isdigit()]


def _passes_luhn(digits: list[int]) -> bool:
    """The check digit of card numbers (ISO/IEC 7812-1, annex B)."""
    doubled = [digit if place % 2 == 0 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


_REPLACEMENTS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (_PRIVATE_KEY, KEY),
    (_IN_URL, rf"\1{KEY}"),
    (_KEY, KEY),
    (_SCHEME, rf"\1{KEY}"),
    (_MAIL, MAIL),
    (_NAMED, rf"\1{KEY}"),
    (_CARD, _card),
    (_PHONE, _phone),
)
