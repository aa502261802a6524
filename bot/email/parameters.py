"""Content-Type and Content-Disposition with their parameters: RFC 2045, RFC 2231 and the broken variants of both."""

import re
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from bot.email import charsets
from bot.email.headers import decode_words

_MAX_LENGTH = 16 * 1024
_PARAMETER = re.compile(r';\s*([^\s=;"]{1,100})\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)', re.DOTALL)
_SECTION = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?")
_ESCAPED = re.compile(r'\\(["\\])')
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
# `attachment filename=a.pdf`, `attachment, filename=…`, and `filename=…` without anything before it.
_UNSEPARATED = re.compile(r"^([\w/.+-]{0,100}?)\s*(?:,|(?<=\w)\s|^)\s*((?:file)?name\*?\s*=)", re.IGNORECASE)
_TOKEN = re.compile(r"[a-z0-9!#$&.+^_-]+/[a-z0-9!#$&.+^_-]+")
_OTHER_HTML = frozenset({"text/htm", "text/x-html", "text/xhtml", "text/xhtml+xml", "application/xhtml+xml"})
_HALF_LABELLED = re.compile(r"([A-Za-z0-9-]{3,20})'(?!')")  # one apostrophe where two belong
_EXTENDED_PARTS = 3  # charset'language'text


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameterised:
    """A header value such as `text/plain; charset=utf-8`: `value` in lower case, parameter names in lower case."""

    value: str = ""
    parameters: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        return self.parameters.get(name, "")


def read_parameters(header: str) -> Parameterised:
    """Never raises; a value without a sound name or value is left out, the first of two equal ones wins."""
    header = _UNSEPARATED.sub(r"\1; \2", header[:_MAX_LENGTH].strip())
    value = header.partition(";")[0].strip().strip('"').lower()
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    for found in _PARAMETER.finditer(header):
        section = _SECTION.fullmatch(found[1].lower())
        if section is None:
            continue
        index = int(section[2] or 0)
        # an extended value (name*) wins over the plain one that stands beside it for old programs
        kind = "*" if section[2] is None and section[3] else ""
        sections.setdefault(section[1] + kind, {}).setdefault(index, (_unquoted(found[2]), bool(section[3])))
    parameters: dict[str, str] = {}
    for name, parts in sorted(sections.items()):  # "name" sorts before "name*"
        if text := _joined([parts[index] for index in sorted(parts)]):
            parameters[name.rstrip("*")] = text
    return Parameterised(value=value, parameters=parameters)


def content_type(header: str | None, default: str) -> Parameterised:
    """The content type of a part; what is no `type/subtype` counts as `default`."""
    if header is None:
        return Parameterised(value=default)
    read = read_parameters(header)
    kind = read.value.partition(" ")[0].partition("(")[0].strip()
    if not _TOKEN.fullmatch(kind):
        kind = {"text": "text/plain", "html": "text/html"}.get(kind, default)
    kind = "text/html" if kind in _OTHER_HTML else kind
    return Parameterised(value=kind, parameters=read.parameters)


def _unquoted(value: str) -> str:
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] == '"':
        return _ESCAPED.sub(r"\1", value[1:-1])
    value = value.strip('"\u201c\u201d\u201e')
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == "'" else value


def _joined(parts: list[tuple[str, bool]]) -> str:
    if not any(extended for _, extended in parts):
        return _plain("".join(text for text, _ in parts))
    charset, raw = "", b""
    for index, (text, extended) in enumerate(parts):
        rest = text
        if index == 0 and text.count("'") >= _EXTENDED_PARTS - 1:
            charset, _, rest = text.split("'", _EXTENDED_PARTS - 1)
        elif index == 0 and (labelled := _HALF_LABELLED.match(text)):
            charset, rest = labelled[1], text[labelled.end() :]
        elif extended and charset and text.lower().startswith(f"{charset.lower()}''"):
            rest = text[len(charset) + 2 :]  # the label once more
        raw += unquote_to_bytes(rest) if extended else rest.encode("utf-8", "replace")
    return _clean(decode_words(charsets.decode(raw.strip(b'"'), charset)[0]))


def _plain(text: str) -> str:
    text = decode_words(text)
    if _PERCENT.search(text) and text.isascii():  # a program that percent-encodes without saying so
        try:
            decoded = unquote_to_bytes(text).decode("utf-8")
        except UnicodeDecodeError:
            decoded = text
        text = decoded if not decoded.isascii() else text
    return _clean(text)


def _clean(text: str) -> str:
    return text.replace("\x00", "").strip()


def read_tags(header: str) -> dict[str, str]:
    """`a=b; c=d` (RFC 6376 section 3.2): names in lower case, values without white space. Never raises."""
    pairs = (part.partition("=") for part in header[:_MAX_LENGTH].split(";"))
    return {name.strip().lower(): "".join(value.split()) for name, equals, value in pairs if equals}
