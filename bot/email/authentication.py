"""Whether a trusted relay has verified who sent a mail: DMARC in Authentication-Results (RFC 8601, RFC 7489)."""

import re

from bot.email.parse import ParsedMail

_COMMENT = re.compile(r"\([^()]{0,1000}\)")
_DMARC = re.compile(r"dmarc\s*=\s*([a-z]{1,20})((?:\s+[\w.-]{1,40}\s*=\s*\S{1,255})*)", re.IGNORECASE)
_HEADER_FROM = re.compile(r"header\.from\s*=\s*\"?([^\s;\"]{1,255})", re.IGNORECASE)


def is_verified(mail: ParsedMail, trusted_authserv: str) -> bool:
    """Whether the relay named `trusted_authserv` passed DMARC for the very domain in From.

    Only its topmost field counts, as relays add above what came with the mail; the relay must remove forged fields with
    its own name, as RFC 8601 section 5 demands. No relay trusted, several authors or no result: not verified.
    """
    if not trusted_authserv or len(mail.from_) != 1 or not mail.from_[0].email or len(mail.headers.raw("from")) != 1:
        return False
    domain = mail.from_[0].email.rpartition("@")[2].lower().rstrip(".")
    for value in mail.headers.raw("authentication-results"):
        plain = _COMMENT.sub(" ", value)
        server, _, results = plain.partition(";")
        if (server.split() or [""])[0].lower() == trusted_authserv.lower():
            return _passes(results, domain)
    return False


def _passes(results: str, domain: str) -> bool:
    verdicts = [_DMARC.match(result.strip()) for result in results.split(";")]
    found = [verdict for verdict in verdicts if verdict is not None]
    if len(found) != 1 or found[0][1].lower() != "pass":
        return False
    named = _HEADER_FROM.search(found[0][2])
    return named is not None and named[1].lower().rstrip(".").rpartition("@")[2] == domain
