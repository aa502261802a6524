"""Text signed with OpenPGP in place (RFC 9580 section 7): the words without the armour around them. Never raises."""

import re

_BEGIN = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNED = re.compile(
    rf"^{_BEGIN}[ \t]*\n(?:[A-Za-z-]{{1,40}}: [^\n]{{0,200}}\n)*[ \t]*\n(.*?)"
    r"^(-----BEGIN PGP SIGNATURE-----[ \t]*\n.*?^-----END PGP SIGNATURE-----[ \t]*$)",
    re.DOTALL | re.MULTILINE,
)
_DASHED = re.compile(r"^- (?=-|From )", re.MULTILINE)


def without_armour(text: str) -> tuple[str, str]:
    """`text` with the first signed stretch opened, and the armoured signature (empty: there is none)."""
    found = _SIGNED.search(text) if _BEGIN in text else None
    if found is None:
        return text, ""
    words = _DASHED.sub("", found[1])
    return f"{text[: found.start()]}{words}{text[found.end() :]}", found[2]
