"""The reply-text libraries that are installed beside us, each as a function from a whole body to what it calls new.

None is a dependency of TickMate; to compare with them: `pip install --target DIR mail-parser-reply email-reply-parser
quotequail`, and DIR on PYTHONPATH.
"""

from collections.abc import Callable
from contextlib import suppress

Reply = Callable[[str], str]
LANGUAGES = ["en", "de", "fr", "it", "ja", "pl", "sv", "da", "es", "nl", "ko", "pt", "zh", "cs"]


def installed() -> dict[str, Reply]:
    """By name; empty where none is installed."""
    found: dict[str, Reply] = {}
    with suppress(ImportError):
        found["mail-parser-reply"] = _mail_parser_reply()
    with suppress(ImportError):
        found["email-reply-parser"] = _email_reply_parser()
    with suppress(ImportError):
        found["quotequail"] = _quotequail()
    return found


def _mail_parser_reply() -> Reply:
    from mailparser_reply import EmailReplyParser  # type: ignore[import-not-found]  # noqa: PLC0415 (optional)
    from mailparser_reply.constants import MAIL_LANGUAGES  # type: ignore[import-not-found]  # noqa: PLC0415 (optional)

    known = [language for language in LANGUAGES if language in MAIL_LANGUAGES]
    return lambda text: EmailReplyParser(languages=known).parse_reply(text=text) or ""


def _email_reply_parser() -> Reply:
    from email_reply_parser import EmailReplyParser  # type: ignore[import-not-found]  # noqa: PLC0415 (optional)

    return lambda text: EmailReplyParser.parse_reply(text) or ""


def _quotequail() -> Reply:
    import quotequail  # type: ignore[import-not-found]  # noqa: PLC0415 (optional)

    def reply(text: str) -> str:
        unwrapped = quotequail.unwrap(text)
        return (unwrapped or {}).get("text_top") or "\n".join(
            part for is_shown, part in quotequail.quote(text, limit=10_000) if is_shown
        )

    return reply
