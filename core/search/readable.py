"""A stored text as a line of it is shown: without what only machines read, each letter one character."""

import html
import re
import unicodedata

_INVISIBLE = re.compile(r"[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_FENCE = re.compile(r"^[ \t]*(?:```|~~~).*$", re.MULTILINE)
_BLOCK = re.compile(r"</?(?:p|div|br|li|ul|ol|tr|table|h[1-6]|pre|blockquote)\b[^<>]{0,500}>", re.IGNORECASE)
_INLINE = re.compile(r"</?(?:a|b|i|u|em|strong|span|font|code|td|th|img|html|body)\b[^<>]{0,500}>", re.IGNORECASE)


def readable(text: str) -> str:
    """Without tags of HTML, fences of code and invisible characters; placeholders like <name> stay."""
    composed = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    shown = _FENCE.sub("", composed)
    without_tags = _INLINE.sub("", _BLOCK.sub("\n", shown))
    return html.unescape(without_tags) if without_tags != shown else shown


def cut_clean(text: str) -> str:
    """A text that was cut somewhere, without half of a composed character at its end."""
    end = len(text)
    while end and (text[end - 1] in "\u200d\ufe0f" or unicodedata.combining(text[end - 1])):
        end -= 1
    return text[:end]
