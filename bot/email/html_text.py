"""HTML as text in which lists, links, tables and quotes stay legible. Never raises."""

import re
from collections.abc import Iterator

from lxml import etree  # type: ignore[import-untyped]  # (ships no type information)

from bot.email.html_clean import LINK_SCHEMES
from bot.email.word_lists import words

_MAX_SHOWN_DEPTH = 10  # quotes and lists inside each other that still get a deeper margin
_SPACE = re.compile(r"[ \t\n\r\f\xa0]+")
_BLANK_LINES = re.compile(r"\n{3,}")

_BLOCKS = words(
    "address article aside blockquote body center dd div dl dt fieldset figcaption figure footer form h1 h2 h3 "
    "h4 h5 h6 header hr li main nav ol p pre section table tr ul"
)
_PARAGRAPHS = words("blockquote dl h1 h2 h3 h4 h5 h6 ol p pre table ul")
_HIDING = ("display:none", "visibility:hidden", "mso-hide:all")
_SILENT = words("applet head math noscript object script select style svg template textarea title")


def parse_html(html: str) -> "etree._Element | None":
    """The tree of already bounded `html`; None where there is nothing in it."""
    parser = etree.HTMLParser(encoding="utf-8", recover=True, remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        return etree.fromstring(html.encode("utf-8", "replace"), parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def to_text(html: str) -> str:
    """Legible text of already bounded `html`."""
    root = parse_html(html)
    return "" if root is None else tree_to_text(root)


def tree_to_text(root: "etree._Element") -> str:
    writer = _Writer()
    for event, element in _events(root):
        if event == "start":
            writer.start(element)
        else:
            writer.end(element)
    return writer.text()


def _events(root: "etree._Element") -> Iterator[tuple[str, "etree._Element"]]:
    """Start and end of each element in document order, without recursion and without what is never shown."""
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        if event == "start" and _is_hidden(element):
            walker.skip_subtree()
        yield event, element


def _is_hidden(element: "etree._Element") -> bool:
    if element.tag in _SILENT or element.get("hidden") is not None:
        return True
    style = element.get("style")
    if style is None:
        return False
    plain = style.replace(" ", "").lower()
    if any(rule in plain for rule in _HIDING):
        return True
    return "max-height:0" in plain and "overflow:hidden" in plain  # what list programs show beside the subject only


class _Writer:
    """Collects lines; knows quote depth, list numbers and whether white space counts."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._quote = 0
        self._pre = 0
        self._lists: list[int] = []  # next number; 0 for bullets
        self._links: list[tuple[str, int]] = []
        self._bullet = ""
        self._cells = 0

    def start(self, element: "etree._Element") -> None:
        tag = element.tag
        if _is_hidden(element):
            return
        if tag == "br":
            self._break(always=True)
        elif tag in _BLOCKS:
            self._open_block(tag)
        elif tag in ("td", "th"):
            if self._cells and self._line:
                self._line.append(" | ")
            self._cells += 1
        elif tag == "a":
            self._links.append(((element.get("href") or "").strip(), len(self._line)))
        elif tag == "img" and (alt := (element.get("alt") or "").strip()):
            self._write(f"[{alt}]")
        if element.text:
            self._write(element.text)

    def _open_block(self, tag: str) -> None:
        self._break()
        if tag in _PARAGRAPHS and not self._lists:
            self._blank()
        if tag == "blockquote":
            self._quote += 1
        elif tag == "pre":
            self._pre += 1
        elif tag in ("ul", "ol"):
            self._lists.append(1 if tag == "ol" else 0)
        elif tag == "li":
            self._bullet = self._next_bullet()
        elif tag == "tr":
            self._cells = 0
        elif tag == "hr":
            self._line.append("-" * 20)
            self._break()

    def _next_bullet(self) -> str:
        indent = "  " * min(max(0, len(self._lists) - 1), _MAX_SHOWN_DEPTH)
        if self._lists and self._lists[-1]:
            self._lists[-1] += 1
            return f"{indent}{self._lists[-1] - 1}. "
        return f"{indent}- "

    def end(self, element: "etree._Element") -> None:
        tag = element.tag
        if not _is_hidden(element):
            if tag == "a" and self._links:
                self._close_link()
            elif tag in _BLOCKS:
                self._close_block(tag)
        if element.tail:
            self._write(element.tail)

    def _close_link(self) -> None:
        address, start = self._links.pop()
        shown = "".join(self._line[start:]).strip()
        if not address.lower().startswith(LINK_SCHEMES):
            return
        bare = address.removeprefix("mailto:").removeprefix("tel:")
        if shown and _same_address(shown, bare):
            return
        self._line.append(f" <{bare}>" if shown else bare)

    def _close_block(self, tag: str) -> None:
        self._break()
        if tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        if tag in _PARAGRAPHS and not self._lists:
            self._blank()
        if tag == "blockquote":
            self._drop_blank_quote()
            self._quote = max(0, self._quote - 1)
            self._blank()
        elif tag == "pre":
            self._pre = max(0, self._pre - 1)
        elif tag == "li":
            self._bullet = ""

    def _write(self, text: str) -> None:
        if self._pre:
            first, *rest = text.split("\n")
            self._line.append(first)
            for line in rest:
                self._break(always=True)
                self._line.append(line)
            return
        text = _SPACE.sub(" ", text)
        if not self._line or self._line[-1].endswith(" "):
            text = text.lstrip(" ")
        if text:
            if self._bullet and not self._line:
                text, self._bullet = self._bullet + text, ""
            self._line.append(text)

    def _break(self, *, always: bool = False) -> None:
        line = "".join(self._line).rstrip()
        self._line.clear()
        self._links = [(address, 0) for address, _ in self._links]
        if line or always:
            self._lines.append(self._prefix() + line)

    def _prefix(self) -> str:
        return "> " * min(self._quote, _MAX_SHOWN_DEPTH)

    def _blank(self) -> None:
        if self._lines and self._lines[-1].strip("> "):
            self._lines.append(self._prefix().rstrip())

    def _drop_blank_quote(self) -> None:
        while self._lines and self._lines[-1] and not self._lines[-1].strip("> "):
            self._lines.pop()

    def text(self) -> str:
        self._break()
        return _BLANK_LINES.sub("\n\n", "\n".join(line.rstrip() for line in self._lines)).strip("\n")


def _same_address(shown: str, address: str) -> bool:
    def plain(text: str) -> str:
        return text.lower().removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/")

    return plain(shown) == plain(address)
