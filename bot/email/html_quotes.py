"""The containers in which mail programs put a quotation in HTML. Never raises."""

import re
from dataclasses import dataclass

from lxml import etree  # type: ignore[import-untyped]  # (ships no type information)

from bot.email.attributions import any_of
from bot.email.html_text import parse_html, tree_to_text
from bot.email.word_lists import words

# Gmail, Yahoo, Proton, Zoho, Thunderbird, Tutanota, Airmail, Outlook; Apple Mail and others use <blockquote type=cite>.
_QUOTE_CLASSES = words(
    "OutlookMessageHeader WordSection1_quote airmail_ext_on gmail_extra gmail_quote gmail_quote_container "
    "moz-cite-prefix moz-forward-container protonmail_quote quoted-reply tutanota_quote yahoo_quoted "
    "ydpyahoo_quoted zmail_extra front-blockquote iNotesHistory gmx_quote"
)
_QUOTE_IDS = words(
    "OLK_SRC_BODY_SECTION appendonsend divRplyFwdMsg divTagReply isReplyContent "
    "mail-editor-reference-message-container ms-outlook-mobile-reply ms-outlook-mobile-reference-message "
    "reply-intro yahoo_quoted zwchr"
)
_QUOTE_NAMES = frozenset({"quote", "messageReplySection"})  # GMX and web.de; Spark
_SIGNATURES = words(
    "messageSignatureSection ms-outlook-mobile-signature front-signature gmail_signature moz-signature Signature "
    "signature AppleMailSignature protonmail_signature_block tutanota_signature yahoo_signature sh-signature "
    "composer_signature zimbra_signature Zm-_Id_-Sgn"
)
_LONGEST_SIGNATURE = 800  # characters; whoever wrote more into it wrote there
_YAHOO = re.compile(r"(?:ydp\w{1,20})?yahoo_quoted(?:_\d{1,20})?")
# What follows these in the document is the quotation, not only what is inside.
_TO_THE_END = frozenset(
    {"divRplyFwdMsg", "appendonsend", "moz-cite-prefix", "OutlookMessageHeader", "reply-intro", "zwchr"}
)
# As Outlook writes it, and as Outlook on the web does.
_OUTLOOK_BORDER = re.compile(r"border:none;border-top:solid#?\w{1,12}1\.0pt|border-top:1(?:\.0)?ptsolid(?:#|rgb)")
_AGAIN = re.compile(r"^(?:x_)+")  # Outlook on the web marks what it takes from another mail
_NAMED = any_of((*_QUOTE_CLASSES, *_QUOTE_IDS, *_SIGNATURES, "messageReplySection"))
_MAY_QUOTE = re.compile(
    rf"{_NAMED}|type\s*=\s*[\"']?cite|name\s*=\s*[\"']?quote|border-top\s*:\s*(?:solid|1)", re.IGNORECASE
)
_FORWARD = re.compile(r"forwarded message|moz-forward-container", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """What stands outside of quotations and signatures, what the signatures say, and whether something was quoted."""

    text: str
    signature: str
    has_quotation: bool


def written_text(html: str) -> Written | None:
    """Bounded `html` divided by its containers; None where it holds none, or nothing outside of them."""
    if not _MAY_QUOTE.search(html):
        return None
    root = parse_html(html)
    if root is None:
        return None
    found = _first_container(root)
    if found is not None and not _take_quotation(found):
        return None
    signatures = [one for one in root.iter() if isinstance(one.tag, str) and _is_signature(one)]
    if found is None and not signatures:
        return None
    told = [tree_to_text(one) for one in signatures]
    for signature in signatures:
        _drop(signature)
    text = tree_to_text(root)
    if not text.strip():
        return None
    return Written(text=text, signature="\n".join(filter(None, told)), has_quotation=found is not None)


def _take_quotation(found: "etree._Element") -> bool:
    """Whether the quotation that begins with `found` could be taken out of the tree."""
    if _FORWARD.search("".join(found.itertext())[:400]) or _FORWARD.search(found.get("class") or ""):
        return False
    after = _following_text(found)
    if _reaches_end(found):
        _drop_following(found)
    elif after.strip():
        return False  # written below or between: the plain rules keep it readable
    _drop(found)
    return True


def _first_container(root: "etree._Element") -> "etree._Element | None":
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag == "blockquote" and (element.get("type") or "").lower() == "cite":
            return element
        marks = _marks(element)
        if marks & _QUOTE_CLASSES or marks & _QUOTE_IDS or _is_outlook_border(element):
            return element
        if element.get("name") in _QUOTE_NAMES or any(map(_YAHOO.fullmatch, marks)):
            return element
    return None


def _marks(element: "etree._Element") -> set[str]:
    return {_AGAIN.sub("", mark) for mark in (*(element.get("class") or "").split(), element.get("id") or "")}


def _is_outlook_border(element: "etree._Element") -> bool:
    style = (element.get("style") or "").replace(" ", "").lower()
    return element.tag == "div" and bool(_OUTLOOK_BORDER.search(style))


def _is_signature(element: "etree._Element") -> bool:
    is_one = bool({*_marks(element), element.get("name")} & _SIGNATURES)
    return is_one and sum(map(len, element.itertext())) <= _LONGEST_SIGNATURE


def _reaches_end(element: "etree._Element") -> bool:
    marks = _marks(element)
    return bool(marks & _TO_THE_END) or _is_outlook_border(element)


def _following_text(element: "etree._Element") -> str:
    pieces = [element.tail or ""]
    node: etree._Element | None = element
    while node is not None:
        for sibling in node.itersiblings():
            pieces += [*map(str, sibling.itertext()), sibling.tail or ""]
        node = node.getparent()
        if node is not None:
            pieces.append(node.tail or "")
    return "".join(pieces)


def _drop_following(element: "etree._Element") -> None:
    node: etree._Element | None = element
    while node is not None:
        parent = node.getparent()
        node.tail = None
        for sibling in list(node.itersiblings()):
            if parent is not None:
                parent.remove(sibling)
        node = parent


def _drop(element: "etree._Element") -> None:
    """Takes it out, and leaves the text behind it where it is."""
    parent = element.getparent()
    if parent is None:
        return
    previous = element.getprevious()
    if element.tail and previous is not None:
        previous.tail = (previous.tail or "") + element.tail
    elif element.tail:
        parent.text = (parent.text or "") + element.tail
    parent.remove(element)
