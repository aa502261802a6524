"""HTML of strangers: cut to bounds, and sanitised for a browser. Never raises."""

import html as html_entities
import re

import nh3

from bot.email.word_lists import words

MAX_HTML = 400_000  # characters of all HTML in one mail
MAX_DEPTH = 600  # open elements; the sanitiser's time grows with the square of it
_LONG_TAG = 8192  # characters; a tag with tens of thousands of attributes takes seconds
_DATA_ADDRESS = re.compile(r"data:[^\"'\s>]{64,}", re.IGNORECASE)
_GIANT_TAG = re.compile(rf"<[A-Za-z/!?][^<>]{{{_LONG_TAG},}}>?")
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:]{0,30})")
_ANY_TAG = re.compile(r"<[A-Za-z/!?][^<>]*>?")
_SELF_CLOSING = words(
    "area base br col colgroup dd dt embed hr img input li link meta option p param rp rt source track wbr"
)
LINK_SCHEMES = ("http://", "https://", "mailto:", "tel:", "ftp://")

_ALLOWED_TAGS = nh3.ALLOWED_TAGS | {"font", "big", "address", "figure", "figcaption", "section", "main"}
_ALLOWED_ATTRIBUTES = {
    **nh3.ALLOWED_ATTRIBUTES,
    "img": {"src", "alt", "width", "height", "title"},
    "font": {"color", "size"},
    "a": {"href", "title"},
    "blockquote": {"type"},
    "td": {"align", "valign", "colspan", "rowspan"},
    "th": {"align", "valign", "colspan", "rowspan"},
}


def bound(html: str) -> tuple[str, str]:
    """`html` cut to what can be read in bounded time, and what was cut (empty: nothing)."""
    defect = ""
    if "data:" in html:
        html = _DATA_ADDRESS.sub("data:,", html)
    if len(html) > MAX_HTML:
        html, defect = html[:MAX_HTML], "long HTML cut"
    if _GIANT_TAG.search(html):
        html, defect = _GIANT_TAG.sub("", html), "giant HTML tag dropped"
    if _depth(html) > MAX_DEPTH:
        text = html_entities.unescape(_ANY_TAG.sub(" ", html))
        return f"<pre>{html_entities.escape(text, quote=False)}</pre>", "deeply nested HTML shown as text"
    return html, defect


def _depth(html: str) -> int:
    deepest = depth = 0
    for closing, name in _TAG.findall(html):
        if name.lower() in _SELF_CLOSING:
            continue
        depth = max(0, depth - 1) if closing else depth + 1
        deepest = max(deepest, depth)
    return deepest


def sanitise(html: str) -> str:
    """What a browser may show: no script, style, form or frame; images only from the mail itself (`cid:`).

    An image from elsewhere tells its owner where the mail was read: it loses its source and keeps its words.
    """
    if not html.strip():
        return ""
    return _CLEANER.clean(html)


def _hold_back_images(tag: str, attribute: str, value: str) -> str | None:
    if tag == "img" and attribute == "src":
        return value if value.strip().lower().startswith("cid:") else None
    if tag == "a" and attribute == "href":
        return value if value.strip().lower().startswith(LINK_SCHEMES) else None
    return value


_CLEANER = nh3.Cleaner(
    tags=_ALLOWED_TAGS,
    attributes=_ALLOWED_ATTRIBUTES,
    clean_content_tags={"script", "style", "title", "template", "noscript"},
    attribute_filter=_hold_back_images,
    url_schemes={"http", "https", "mailto", "tel", "ftp", "cid"},
    link_rel="noopener noreferrer nofollow",
)
