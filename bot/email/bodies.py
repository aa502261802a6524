"""Which parts of a mail are its text, which its HTML, and which its attachments. Never raises."""

import html as html_entities
import mimetypes
import re
from dataclasses import dataclass, field, replace

from bot.email import charsets
from bot.email.encoded_files import File, split_files, split_yenc
from bot.email.file_names import invented_name, safe_name
from bot.email.html_clean import MAX_HTML, bound
from bot.email.html_text import to_text
from bot.email.mime import Part, read_tree
from bot.email.other_texts import READABLE
from bot.email.plain_text import tidy, unflow
from bot.email.winmail import open_winmail
from core.intake.values import AttachmentContent

MAX_TEXT = 1_000_000  # characters of all text parts that are shown; a longer one is kept as an attachment too
_MAX_DECODED = 8 * 1024 * 1024  # bytes of one text part; images inside of HTML may take most of it
_ENCLOSED = frozenset({"message/rfc822", "message/global"})
_MOST_ENCLOSED = 2  # messages inside of messages whose words are shown
_MOST_OTHER_TEXTS = 20
_MOST_GUESSES = 20  # each costs milliseconds
_USUAL_CHARSET = "windows-1252"
_MAX_ENCODED = 50  # files inside of one text
_CHARSET_IN_HTML = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE)


@dataclass(kw_only=True, slots=True)
class Bodies:
    """`text` is the whole body as text; `html` as the sender wrote it (bounded), empty where there was none."""

    text: str = ""
    html: str = field(default="", repr=False)
    attachments: list[AttachmentContent] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    level: int = 0
    guesses: int = 0  # parts whose charset had to be guessed
    other_texts: list[str] = field(default_factory=list, repr=False)  # to be shown where there is nothing else
    room: dict[str, int] = field(default_factory=lambda: {"text/plain": MAX_TEXT, "text/html": MAX_HTML}, repr=False)


@dataclass(frozen=True, slots=True)
class _Block:
    """One stretch of the body, as plain text, as HTML or as both."""

    plain: str | None = None
    html: str | None = None


def read_bodies(root: Part, *, level: int = 0) -> Bodies:
    """`level` counts the messages around this one."""
    bodies = Bodies(level=level)
    blocks = _with_winmail(_walk(root, None, bodies), bodies)
    texts = [_block_text(block) for block in blocks]
    bodies.text = "\n\n".join(text.strip("\n") for text in texts if text.strip())
    if any(block.html for block in blocks):
        joined = "\n".join(block.html or _as_html(block.plain or "") for block in blocks)
        bodies.html, defect = bound(joined)  # each part was within bounds; together they need not be
        bodies.defects += [defect] if defect else []
        _mark_shown_images(bodies)
    bodies.text = bodies.text or "\n\n".join(bodies.other_texts)[:MAX_TEXT]
    return bodies


def _mark_shown_images(bodies: Bodies) -> None:
    """An image that the HTML shows is no file of its own, wherever it stands and whatever its disposition says."""
    for number, one in enumerate(bodies.attachments):
        is_image = one.content_type.startswith("image/") and one.content_id
        if is_image and not one.inline and f"cid:{one.content_id}" in bodies.html:
            bodies.attachments[number] = replace(one, inline=True)


def _with_winmail(blocks: list[_Block], bodies: Bodies) -> list[_Block]:
    """Its files among the attachments; its text only where the mail has none of its own."""
    opened = open_winmail(bodies.attachments)
    bodies.attachments, bodies.defects = opened.attachments, [*bodies.defects, *opened.defects]
    if not (opened.text or opened.html) or any((block.plain or "").strip() or block.html for block in blocks):
        return blocks
    html, _ = bound(tidy(opened.html))
    return [_Block(plain=tidy(opened.text) or None, html=html or None)]


def _block_text(block: _Block) -> str:
    if block.plain is not None and (block.plain.strip() or not block.html):
        return block.plain
    return to_text(block.html or "")


def _as_html(plain: str) -> str:
    return f"<pre>{html_entities.escape(plain, quote=False)}</pre>" if plain.strip() else ""


def _walk(part: Part, container: Part | None, bodies: Bodies) -> list[_Block]:
    """Recursion ends at `mime.MAX_DEPTH`."""
    if not part.is_multipart:
        return _leaf(part, container, bodies)
    children = [(child, _walk(child, part, bodies)) for child in part.children]
    if part.type.value != "multipart/alternative":
        return [block for _, found in children for block in found]
    plain = _plain_alternative(children)
    rich = [found for _, found in children if any(block.html is not None for block in found)]
    if not rich:
        return [_Block(plain=plain)] if any(found for _, found in children) else []
    html = "\n".join(block.html or _as_html(block.plain or "") for block in rich[-1])
    return [_Block(plain=plain or None, html=html)]


def _plain_alternative(children: list[tuple[Part, list[_Block]]]) -> str:
    """All the words of the first alternative that has plain ones; it may be a mixture itself."""
    for _, found in children:
        texts = [block.plain for block in found if block.plain and block.html is None and block.plain.strip()]
        if texts:
            return texts[0] if len(texts) == 1 else "\n\n".join(text.strip("\n") for text in texts)
    return ""


def _leaf(part: Part, container: Part | None, bodies: Bodies) -> list[_Block]:
    content, defect = part.content()
    if defect:
        bodies.defects.append(defect)
    if not _is_body(part, container):
        bodies.attachments.append(_attachment(part, content, container))
        _note_other_text(part, content, bodies)
        return []
    content, files = split_yenc(content, _MAX_ENCODED)
    _attach(files, bodies)
    is_html = part.type.value == "text/html"
    room = bodies.room[part.type.value]
    cut = "long text cut" if len(content) > _MAX_DECODED else ""
    text = tidy(_decoded(part, content[:_MAX_DECODED], bodies)) if room else ""
    if is_html and text:
        text, html_cut = bound(text)
        cut = html_cut or cut
    if cut or not room or len(text) > room:
        bodies.attachments.append(_attachment(part, content, container))
        bodies.defects.append(cut or "long text cut")
        text = text[:room]
    bodies.room[part.type.value] = room - len(text)
    return [_Block(html=text)] if is_html else [_Block(plain=_plain(part, text, bodies))]


def _note_other_text(part: Part, content: bytes, bodies: Bodies) -> None:
    """What can be read although it is no body, unless the sender calls it a file."""
    if len(bodies.other_texts) >= _MOST_OTHER_TEXTS:
        return
    if part.type.value in _ENCLOSED and bodies.level < _MOST_ENCLOSED:
        bodies.other_texts.append(_enclosed_text(content[:MAX_TEXT], bodies.level + 1))
    read = READABLE.get(part.type.value)
    if read is None or part.disposition.value == "attachment":
        return
    text, _ = charsets.decode(content[:MAX_TEXT], part.type.get("charset"), part.headers.charset)
    if words := read(tidy(text)).strip("\n"):
        bodies.other_texts.append(words)


def _enclosed_text(content: bytes, level: int) -> str:
    """A message that is all that somebody sent: who wrote it, when and about what, and its words."""
    root, _ = read_tree(content)
    named = ((name.title(), root.headers.text(name)) for name in ("from", "date", "to", "subject"))
    head = "\n".join(f"{name}: {value}" for name, value in named if value)
    return "\n\n".join(filter(None, (head, read_bodies(root, level=level).text.strip("\n"))))


def _attach(files: list[File], bodies: Bodies) -> None:
    for name, content in files:
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        bodies.attachments.append(AttachmentContent(filename=safe_name(name), content_type=kind, content=content))


def _is_body(part: Part, container: Part | None) -> bool:
    """RFC 8621 section 4.1.4: text that is not marked as a file; a named one only where it comes first."""
    if part.type.value not in ("text/plain", "text/html") or part.disposition.value == "attachment":
        return False
    if container is None:
        return True
    first = container.children[0] is part
    if container.type.value == "multipart/related" and not first:
        return False
    return first or not part.filename


def _decoded(part: Part, content: bytes, bodies: Bodies) -> str:
    label = part.type.get("charset")
    if not label and part.type.value == "text/html" and (meta := _CHARSET_IN_HTML.search(content[:4096])):
        label = meta[1].decode("ascii")
    if not label and not content.isascii():
        bodies.guesses += 1
        label = _USUAL_CHARSET if bodies.guesses > _MOST_GUESSES else label
    text, defect = charsets.decode(content, label, part.headers.charset)
    if defect:
        bodies.defects.append(defect)
    return text


def _plain(part: Part, text: str, bodies: Bodies) -> str:
    if part.type.get("format").lower() == "flowed":
        text = unflow(text, delete_space=part.type.get("delsp").lower() == "yes")
    text, files = split_files(text, _MAX_ENCODED)
    _attach(files, bodies)
    return text


def _attachment(part: Part, content: bytes, container: Part | None) -> AttachmentContent:
    content_id = part.headers.text("content-id").strip("<> ")
    related = container is not None and container.type.value == "multipart/related"
    inline = part.disposition.value == "inline" or (part.disposition.value != "attachment" and related)
    return AttachmentContent(
        filename=safe_name(part.filename) or invented_name(part.type.value, content),
        content_type=part.type.value,
        content=content,
        inline=inline and part.type.value.startswith("image/"),
        content_id=content_id,
    )
