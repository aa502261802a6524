"""Scripts that are written without spaces (Chinese, Japanese, Thai and their kin), in pairs of characters.

A run of them is a sentence, which no other text has as a whole; pairs are what search engines take where they have no
dictionary.
"""

import re
from collections.abc import Iterator

UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai and Lao, Burmese, Khmer
    "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f"  # kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Chinese characters
)
"""Within the brackets of a regular expression."""
_RUN = re.compile(f"[{UNSPACED}]+")


def pairs(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of each two neighbours, overlapping; of one character that stands alone, itself."""
    for run in _RUN.finditer(text):
        start, end = run.span()
        if end - start == 1:
            yield start, end
        yield from ((at, at + 2) for at in range(start, end - 1))
