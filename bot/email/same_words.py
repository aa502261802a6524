"""The same words in two forms of one mail: as plain text, and as text made of its HTML."""

_EMPHASIS = "*_/"  # what programs make of bold, underlined and italic words in plain text


def end_of(words: str, text: str) -> int:
    """Where `words` end that `text` begins with, white space and marks of emphasis apart; -1 where others stand."""
    end = 0
    for char in words:
        if char.isspace():
            continue
        while end < len(text) and text[end] != char and (text[end].isspace() or text[end] in _EMPHASIS):
            end += 1
        if end == len(text) or text[end] != char:
            return -1
        end += 1
    while end < len(text) and text[end] in _EMPHASIS:
        end += 1
    return end
