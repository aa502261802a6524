"""The address in MAIL FROM and RCPT TO as nearly all clients write it.

The email package, by which aiosmtpd reads every other, takes as long for two of them as all else does for a mail.
"""

import re

_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
_PLAIN = re.compile(rf"<({_ATOM}(?:\.{_ATOM})*@[\w-]+(?:\.[\w-]+)*)>(?: +([\w=. -]+))?", re.ASCII)


def read_plain_path(argument: str) -> tuple[str, str] | None:
    """Address and parameters of `<local.part@example.org> SIZE=1000`; None for anything less plain."""
    found = _PLAIN.fullmatch(argument)
    return (found[1], found[2] or "") if found else None
