"""Words of a mail that has neither plain text nor HTML: Markdown, enriched text, a calendar. Never raises."""

import re
from collections.abc import Callable

from bot.email.calendar_text import calendar_text

_COMMAND = re.compile(r"<(/?[A-Za-z0-9-]{1,60})>")
_PARAMETERS = re.compile(r"<param>[^<]{0,1000}</param>", re.IGNORECASE)
_LINE_ENDS = re.compile(r"\n+")
_NOTHING = "\x00"


def _enriched(content: str) -> str:
    """RFC 1896: one line end is a space, more are one less; `<<` is a bracket; other commands are left out."""
    content = _LINE_ENDS.sub(lambda ends: " " if len(ends[0]) == 1 else "\n" * (len(ends[0]) - 1), content.strip())
    content = _PARAMETERS.sub("", content.replace("<<", _NOTHING))
    return _COMMAND.sub("", content).replace(_NOTHING, "<")


def _richtext(content: str) -> str:
    """RFC 1341, before it was enriched: `<nl>` ends a line, `<lt>` is a bracket."""
    content = content.replace("\n", " ").replace("<nl>", "\n").replace("<np>", "\n\n")
    return _COMMAND.sub("", content.replace("<lt>", _NOTHING)).replace(_NOTHING, "<")


def _as_it_is(content: str) -> str:
    return content


READABLE: dict[str, Callable[[str], str]] = {
    "text/markdown": _as_it_is,
    "text/x-markdown": _as_it_is,
    "text/x-web-markdown": _as_it_is,
    "text/enriched": _enriched,
    "text/richtext": _richtext,
    "text/calendar": calendar_text,
    "text/x-vcalendar": calendar_text,
    "application/ics": calendar_text,
}
