"""Mutates mails and reads them: nothing may raise, and nothing may take long.

Usage: python bench/mail_fuzz.py [SEED_DIR] [--mutations 200000] [--seed 1]

Seeds are the files below SEED_DIR, or a few mails of our own. Prints one JSON object: mutations, raised (with the first
errors), the slowest reading in CPU milliseconds and how many mutations were read a second. Exit 1 when anything raised.
"""

import argparse
import json
import random
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bot.email.parse import parse
from bot.email.parsed_json import parsed_mail_json
from bot.email.screening import OwnMail, explain, screen
from bot.email.threading import fingerprint

_STRUCTURED = b"""\
From: =?utf-8?q?J=C3=B6rg?= <joerg@example.org>
To: support@example.org
Subject: =?iso-2022-jp?b?GyRCJUYbKEI=?=
Message-ID: <a@example.org>
Date: Mon, 1 Jun 2026 10:00:00 +0200
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=outer

--outer
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain; charset=gb2312; format=flowed
Content-Transfer-Encoding: quoted-printable

Hello =C4=E3=BA=C3=20
there

On 1 May 2026 at 10:30, A B <a@b.org> wrote:
> old
--=20
J
--inner
Content-Type: text/html

<p>Hello<blockquote type=cite>old</blockquote><ul><li>a</ul><img src="https://track.example/x.png">
--inner--
--outer
Content-Type: application/pdf; name*0*=utf-8''%E2%82%AC; name*1=x.pdf
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="=?utf-8?b?4oKs?=.pdf"

JVBERi0xLjQK
--outer
Content-Type: message/rfc822

Subject: inner

body
--outer--
"""
_BOUNCE = b"""\
Return-Path: <>
From: Mail Delivery System <mailer-daemon@example.org>
Subject: Undelivered Mail
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

sorry
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; x

Final-Recipient: rfc822; a@b.org
Action: failed
Status: 5.1.1

--b
Content-Type: text/rfc822-headers

Message-ID: <orig@example.org>
--b--
"""
_UUENCODED = b"""\
From: a@b.org
Subject: file
Content-Transfer-Encoding: 8bit

see
begin 644 a.txt
#0V%T
`
end
bye \xe4
"""
_WINMAIL = b"""\
From: a@b.org
Subject: rich text
Content-Type: application/ms-tnef; name="winmail.dat"
Content-Transfer-Encoding: base64

eJ8+IgEAAQaQBgAEAAAAAAABAAEAAQeQBgAIAAAA5AQAAAAAAADoAAICkAYADgAAAAEA////////
////////9QsCEIAGAAwAAABTSE9SVH4xLkJJTgBGAwIPgAYABQAAAHdvcmRzLwICBZAGABwAAAAB
AAAAHwAHNwEAAAAMAAAAYQAuAHQAeAB0AAAAWgIBA5AGAEgAAAACAAAAHgAAEAEAAAAFAAAAQm9k
eQAAAAAfAAWAEREREREREREREREREREREQEAAAAGAAAAYQBiAGMAAAABAAAABAAAAGEAYgBtBQ==
"""
_INVITATION = b"""\
From: a@b.org
Subject: =?utf-8?Q?=3D=3Futf-8=3FB=3FTWV0w6k=3D=3F=3D?=
Content-Type: text/calendar; method=REQUEST

BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VEVENT
SUMMARY;ENCODING=QUOTED-PRINTABLE:Gr=C3=BC=C3=9Fe
DTSTART;TZID=Europe/Berlin:20260601T100000
DTEND:20260601T110000Z
RRULE:FREQ=WEEKLY
ORGANIZER;CN="A, B":mailto:a@b.org
END:VEVENT
END:VCALENDAR
"""
_UNLABELLED = b"""\
From: \xcf\xb8\xf2\xf0 <p@b.org>
Subject: Dzie\xf1 dobry
Auto-Submitted: no

-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA256

Pros\xea o pomoc \x1b$)A\x0e4r\x0f
My answers are below in red.
- -----
J
-----BEGIN PGP SIGNATURE-----
x
-----END PGP SIGNATURE-----

Ada Lovelace/LON ---01.06.2026 10:30:12---Is it out?
________________________________
No: Ada
Kam: Desk
01.06.2026 10:30
To
b
Subject
x
=ybegin line=128 size=3 name=a.bin
\xd2\xd3=}
=yend size=3
"""
_RICH_TEXT = b"{\\rtf1\\ansicpg1250\\fromhtml1 {\\*\\htmltag <p>}\\htmlrtf x\\htmlrtf0 Dobr\\'fd \\u9731?\\par}"


def _rich_winmail(rich: bytes) -> bytes:
    """A winmail.dat whose one property is uncompressed Rich Text (MS-OXTNEF, MS-OXRTFCP)."""
    body = struct.pack("<II", len(rich) + 12, len(rich)) + b"MELA\0\0\0\0" + rich
    held = struct.pack("<IHHII", 1, 0x102, 0x1009, 1, len(body)) + body + b"\0" * (-len(body) % 4)
    return b"\x78\x9f\x3e\x22\1\0" + struct.pack("<BHHI", 1, 0x9003, 6, len(held)) + held + b"\0\0"


OWN_SEEDS = (
    *(_STRUCTURED, _STRUCTURED.replace(b"\n", b"\r\n"), _BOUNCE, _UUENCODED, _WINMAIL),
    *(_INVITATION, _UNLABELLED, b"Content-Type: application/ms-tnef\n\n" + _rich_winmail(_RICH_TEXT)),
)
_TOKENS = (
    *(
        b"\r\n",
        b"\n\n",
        b"--",
        b"=?",
        b"?=",
        b"=?utf-8?q?",
        b"\x00",
        b"\xff",
        b"\x1b$B",
        b"<",
        b">",
        b"(",
        b'"',
        b";",
        b"=",
        b"@",
    ),
    *(
        b"Content-Type: multipart/mixed; boundary=x\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"charset=foo-9;",
        b"%E2",
    ),
    *(
        b"From: ",
        b"begin 644 x\n",
        b"<div>",
        b"-->",
        b"> ",
        b"On 1 May 2026, A wrote:\n",
        b"charset=utf-7",
        b"charset=\x00",
    ),
)
MOST_SHOWN = 5


def mutate(seed: bytes, chance: random.Random) -> bytes:
    raw = bytearray(seed)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(raw) + 1)
        until = min(len(raw), at + int(chance.expovariate(1 / 20)))
        change = chance.randrange(6)
        if change == 0:
            raw[at:until] = b""
        elif change == 1:
            raw[at:at] = chance.choice(_TOKENS) * chance.choice((1, 1, 1, 3, 200))
        elif change == 2:
            raw[at:until] = chance.randbytes(until - at)
        elif change == 3:
            raw[at:at] = raw[at:until] * chance.choice((1, 5))
        elif change == 4:
            raw = raw[:at]
        else:
            other = chance.randrange(len(raw) + 1)
            raw[other:other] = raw[at : at + 200]
    return bytes(raw)


def read_all(raw: bytes) -> None:
    """Everything that intake does with a mail."""
    mail = parse(raw)
    json.dumps(parsed_mail_json(mail, screen(mail, OwnMail())))
    explain(mail, OwnMail(), "")
    fingerprint(mail).encode("ascii")
    mail.text.encode("utf-8")
    mail.html.encode("utf-8")


def fuzz(seeds: list[bytes], mutations: int, seed: int, read: Callable[[bytes], None] = read_all) -> dict[str, object]:
    chance = random.Random(seed)  # noqa: S311 (repeatable mutations, no secret)
    errors: list[str] = []
    slowest = 0.0
    started = time.perf_counter()
    for number in range(mutations):
        raw = mutate(chance.choice(seeds), chance)
        begun = time.process_time()
        try:
            read(raw)
        except Exception as error:  # noqa: BLE001 (what raises is what is measured)
            errors.append(f"mutation {number}: {error!r}"[:300])
        slowest = max(slowest, time.process_time() - begun)
    seconds = time.perf_counter() - started
    return {
        "mutations": mutations,
        "raised": len(errors),
        "errors": errors[:MOST_SHOWN],
        "slowest_ms": round(slowest * 1000, 1),
        "per_second": round(mutations / seconds, 1),
    }


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("seeds", type=Path, nargs="?")
    arguments.add_argument("--mutations", type=int, default=200_000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--largest", type=int, default=20_000, help="bytes of a seed file; a larger one is cut")
    options = arguments.parse_args()
    files = sorted(path for path in options.seeds.rglob("*") if path.is_file()) if options.seeds else []
    seeds = [*OWN_SEEDS, *(path.read_bytes()[: options.largest] for path in files)]
    result = fuzz(seeds, options.mutations, options.seed)
    print(json.dumps(result))
    return 1 if result["raised"] else 0


if __name__ == "__main__":
    sys.exit(main())
