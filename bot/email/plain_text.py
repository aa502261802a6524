"""Text parts as the reader should see them: line ends, stray control characters, format=flowed. Never raises."""

import re

_CONTROL = {**dict.fromkeys((*range(0x20), 0x7F, 0xFEFF)), 0x09: "\t", 0x0A: "\n", 0x0C: "\n"}
_QUOTE = re.compile(r">+(?: >+(?= |$))*")  # `> > ` of programs that write it so where `>> ` belongs
_SIGNATURE = "-- "


def tidy(text: str) -> str:
    """LF line ends, no control characters but tab and line feed."""
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROL)


def unflow(text: str, *, delete_space: bool = False) -> str:
    """Soft line breaks of format=flowed removed (RFC 3676); quote depth kept, written as `> `."""
    paragraphs: list[list[str]] = []
    open_depth: int | None = None  # quote depth of a paragraph that goes on
    for line in text.split("\n"):
        quote = _QUOTE.match(line)
        depth = quote[0].count(">") if quote else 0
        content = line[quote.end() if quote else 0 :].removeprefix(" ")
        flows = content.endswith(" ") and content != _SIGNATURE
        if flows and delete_space:
            content = content[:-1]
        if open_depth == depth and content != _SIGNATURE:
            paragraphs[-1].append(content)
        else:
            prefix = ">" * depth
            paragraphs.append([f"{prefix} {content}" if prefix and content else prefix + content])
        open_depth = depth if flows else None
    lines = map("".join, paragraphs)
    return "\n".join(line if line == _SIGNATURE else line.rstrip(" ") for line in lines)
