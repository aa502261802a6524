"""Files that stand encoded inside of a text: uuencode, `begin-base64` and yEnc. Never raises."""

import re

from bot.email.headers import from_base64
from bot.email.transfer import split_uuencoded

_BASE64 = re.compile(
    r"(?:^|\n)begin-base64 [0-7]{3,4} ([^\r\n]{1,255})\r?\n([A-Za-z0-9+/=\s]{0,20000000}?)\n====[ \t]*(?=\r?\n|$)"
)
_YENC_BEGIN = re.compile(rb"(?:^|\n)=ybegin [^\r\n]{0,200}?name=([^\r\n]{1,255})\r?\n(?:=ypart [^\r\n]{0,200}\r?\n)?")
_YENC_END = b"\n=yend"
_CRITICAL = re.compile(rb"=(.)", re.DOTALL)
_SHIFT = bytes((byte - 42) % 256 for byte in range(256))

File = tuple[str, bytes]  # name and content


def split_files(text: str, most: int) -> tuple[str, list[File]]:
    """`text` without the uuencoded files in it, and those files, at most `most`."""
    files: list[File] = []
    if "begin-base64 " in text:
        text, files = _without_base64(text, most)
    if "\nbegin " in text or text.startswith("begin "):
        text, more = split_uuencoded(text, most - len(files))
        files += more
    return text, files


def _without_base64(text: str, most: int) -> tuple[str, list[File]]:
    files: list[File] = []

    def taken(found: re.Match[str]) -> str:
        if len(files) >= most:
            return found[0]
        files.append((found[1].strip(), from_base64(found[2].encode("ascii", "replace"))))
        return ""

    return _BASE64.sub(taken, text), files


def split_yenc(content: bytes, most: int) -> tuple[bytes, list[File]]:
    """The same for yEnc, which is made of bytes: it is taken out before the text is decoded."""
    files: list[File] = []
    kept: list[bytes] = []
    position = 0
    while len(files) < most and (begin := _YENC_BEGIN.search(content, position)):
        end = content.find(_YENC_END, begin.end() - 1)
        if end < 0:
            break
        files.append((begin[1].decode("utf-8", "replace").strip(), _from_yenc(content[begin.end() : end + 1])))
        kept.append(content[position : begin.start()])
        line_end = content.find(b"\n", end + 1)
        position = line_end if line_end >= 0 else len(content)
    return b"".join([*kept, content[position:]]), files


def _from_yenc(encoded: bytes) -> bytes:
    lines = (line[1:] if line.startswith(b"..") else line for line in encoded.replace(b"\r", b"").split(b"\n"))
    plain = _CRITICAL.sub(lambda byte: bytes(((byte[1][0] - 64) % 256,)), b"".join(lines))
    return plain.translate(_SHIFT)
