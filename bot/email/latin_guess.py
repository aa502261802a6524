"""The charset of unlabelled text in Latin script: by the letters and words of the languages that have them.

In most of these charsets the same bytes are different letters, and any byte is some letter. Whoever is unsure gets
Windows-1252.
"""

# ruff: noqa: RUF001 (punctuation of other scripts is meant)

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from bot.email.latin_words import LANGUAGES

WESTERN = "cp1252"
_SAMPLE = 2048  # bytes
_MOST_FOREIGN = 100  # characters above ASCII that are looked at
_CERTAIN = 0.98  # of the letters above ASCII belong to the language
_PUNCTUATION = frozenset("–—‘’‚“”„…«»‹›•·§°€£©®™¿¡²³½¼´¨\xa0×÷±µ¶†‰´`")
_BETWEEN_LETTERS = frozenset("’·\xad")
_FOREIGN = re.compile(r"[^\x00-\x7f]")
_WORD = re.compile(r"[^\W\d_]+")
_RARER = frozenset({"cp850", "mac_roman", "iso8859_13", "iso8859_4"})  # only where a word of the language stands
_CODECS = tuple(dict.fromkeys(name for codecs, _, _ in LANGUAGES for name in codecs))


def guess_latin(raw: bytes) -> str:
    """A codec; `cp1252` where no other is clearly better. Never raises."""
    texts = {codec: text for codec in _CODECS if (text := _decoded(raw[:_SAMPLE], codec))}
    scored = {codec: max(_scores(text, codec), default=(0.0, 0, 0)) for codec, text in texts.items()}
    fit, found, _ = scored.pop(WESTERN, (0.0, 0, 0))
    better = {
        codec: score
        for codec, score in scored.items()
        if score[0] >= _CERTAIN and score[:2] > (fit, found) and (score[1] or codec not in _RARER)
    }
    return max(better, key=better.__getitem__, default=WESTERN)


def _scores(text: str, codec: str) -> Iterator[tuple[float, int, int]]:
    """For each language: how much fits of what is above ASCII, how many of its words stand there, how many letters."""
    foreign = [found.start() for found in islice(_FOREIGN.finditer(text), _MOST_FOREIGN)]
    if not foreign:
        return
    standing = Counter((text[index], _stands_well(text, index)) for index in foreign)
    letters = sum(text[index].isalpha() for index in foreign)
    written = set(_WORD.findall(text.lower()))
    for codecs, alphabet, frequent in LANGUAGES:
        if codec in codecs:
            fitting = sum(count for (char, well), count in standing.items() if well and _fits(char, alphabet))
            share = fitting / len(foreign)
            found = sum(2 - word.isascii() for word in written & frequent)
            yield (1.0 if share >= _CERTAIN else share), found, letters


def _decoded(sample: bytes, codec: str) -> str:
    try:
        return sample.decode(codec)
    except UnicodeDecodeError:
        return ""


def _stands_well(text: str, index: int) -> bool:
    """Capitals only begin words or fill them; hardly a sign stands inside of one."""
    char, before = text[index], text[index - 1 : index]
    if char.isalpha():
        return not (char.isupper() and before.isalpha() and before.islower())
    between = before.isalpha() and text[index + 1 : index + 2].isalpha()
    return not between or char in _BETWEEN_LETTERS


def _fits(char: str, alphabet: str) -> bool:
    return char in alphabet or char.lower() in alphabet if char.isalpha() else char in _PUNCTUATION
