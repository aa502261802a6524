"""Whether a trusted relay has verified who sent a mail: Authentication-Results (RFC 8601) for the domain in From."""

import re
from collections.abc import Iterator

from bot.email.parse import ParsedMail

_QUOTED = re.compile(r'"((?:[^"\\]|\\.){0,1000})"')
_NOT_WORD = re.compile(r"[^\w.+@-]")
_COMMENT = re.compile(r"\([^()]{0,1000}\)")
_RESULT = re.compile(
    r"(dmarc|dkim|spf)\s*=\s*([a-z]{1,20})((?:\s+[\w.-]{1,40}\s*=\s*(?:\"[^\"]{0,255}\"|\S{1,255}))*)", re.IGNORECASE
)
_PROPERTY = re.compile(r"([\w.-]{1,40})\s*=\s*\"?([^\s;\"]{1,255})")


def is_verified(mail: ParsedMail, trusted_authserv: str) -> bool:
    """Whether the relay named `trusted_authserv` passed DMARC, or aligned DKIM or SPF, for the very domain in From.

    DMARC decides where the relay tells of it. Only the relay's topmost field counts, as relays add above what came with
    the mail; it must remove forged fields with its own name, as RFC 8601 section 5 demands. No relay trusted, several
    authors or no result: not verified.
    """
    domain = from_domain(mail)
    if not trusted_authserv or not domain:
        return False
    for value in mail.headers.raw("authentication-results"):
        plain = _COMMENT.sub(" ", _QUOTED.sub(_as_word, value))
        server, _, results = plain.partition(";")
        if (server.split() or [""])[0].lower() == trusted_authserv.lower():
            return '"' not in plain and _passes(list(_read(results)), domain)
    return False


def _as_word(quoted: re.Match[str]) -> str:
    """The sender chooses what stands in quotes, such as a local part: it must not pass for a result of the relay's."""
    return _NOT_WORD.sub("_", quoted[1])


def from_domain(mail: ParsedMail) -> str:
    """The domain in From, which is what a proof must be about; empty where From names nobody or several."""
    if len(mail.from_) != 1 or len(mail.headers.raw("from")) != 1:
        return ""
    return mail.from_[0].email.rpartition("@")[2].lower().rstrip(".")


def is_aligned(proven: str, domain: str) -> bool:
    """Whether a proof for `proven` covers `domain`: the same one, or one above it.

    DMARC's relaxed mode also lets siblings and children vouch; telling those needs the Public Suffix List, and a child
    is often in the hands of somebody else.
    """
    proven = proven.lower().rstrip(".").rpartition("@")[2]
    return bool(proven) and "." in proven and (domain == proven or domain.endswith(f".{proven}"))


def _read(results: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Method, result and properties of each statement."""
    for statement in results.split(";"):
        if found := _RESULT.match(statement.strip()):
            properties = {name.lower(): value for name, value in _PROPERTY.findall(found[3])}
            yield found[1].lower(), found[2].lower(), properties


def _passes(results: list[tuple[str, str, dict[str, str]]], domain: str) -> bool:
    dmarc = [(result, properties) for method, result, properties in results if method == "dmarc"]
    if dmarc:
        result, properties = dmarc[0]
        named = properties.get("header.from", "").lower().rstrip(".").rpartition("@")[2]
        return len(dmarc) == 1 and result == "pass" and named == domain
    passed = [(method, properties) for method, result, properties in results if result == "pass"]
    return any(is_aligned(proven, domain) for method, properties in passed for proven in _proven(method, properties))


def _proven(method: str, properties: dict[str, str]) -> list[str]:
    names = ("header.d", "header.i") if method == "dkim" else ("smtp.mailfrom", "smtp.from")
    return [properties[name] for name in names if name in properties][:1]
