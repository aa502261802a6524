"""Reads a corpus of mails and compares what we read with what the corpus expects, suite by suite.

Usage: python bench/mail_corpus.py CORPUS_DIR [--json] [--misses]

CORPUS_DIR holds `<suite>.json` files: `{"items": [{"id", "raw_path", "raw_kind", "expected": {…}}]}`. An item whose
`raw_kind` is `text_body` or `html_body` is a bare body and gets minimal headers. Beside ours stands what the standard
library alone reads (default policy, no reply text), and for reply text each library of `bench.reply_libraries` that is
installed, which is given the text that we read. `--misses` prints every unmet expectation. A U+FFFD in an
expectation is a character that its author's program could not read: any character counts there.
"""

import argparse
import email
import email.policy
import json
import re
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.reply_libraries import Reply, installed
from bot.email.interpreter import split_mail
from bot.email.parse import parse
from bot.email.parsed_json import parsed_mail_json
from bot.email.screening import OwnMail, screen

Reading = dict[str, Any]
Check = Callable[[Reading, Any], bool]

_TAG = re.compile(r"<!--.*?-->|<[!?/a-zA-Z][^>]*>", re.DOTALL)
_MARGIN = re.compile(r"^(?:[A-Z]{0,2}[>|] ?)+", re.MULTILINE)
_WORD = re.compile(r"\w+")
_UNSHOWN = re.compile(r"<(style|script|title|head)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_HEADERS = (
    b"From: somebody@example.org\r\nTo: support@example.org\r\nSubject: Re: a question\r\n"
    b"Message-ID: <1@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: text/%s; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: 8bit\r\n\r\n"
)


def items(corpus: Path) -> Iterator[tuple[str, str, bytes, dict[str, Any]]]:
    """Suite, id, raw mail and expectations of every item."""
    for listing in sorted(corpus.glob("*.json")):
        for item in json.loads(listing.read_text())["items"]:
            raw = (corpus / item["raw_path"]).read_bytes()
            kind = item["raw_kind"]
            if kind != "rfc822":
                raw = _HEADERS % (b"html" if kind == "html_body" else b"plain") + raw
            yield listing.stem, item["id"], raw, item["expected"]


def read_ours(raw: bytes) -> Reading:
    mail = parse(raw)
    reading = parsed_mail_json(mail, screen(mail, OwnMail()))
    senders = frozenset(box.email.lower() for box in mail.from_)
    reading["in_our_name"] = screen(mail, OwnMail(own_addresses=senders)).verdict.value
    reading["from_all"] = [{"name": box.name, "email": box.email} for box in mail.from_]
    reading["message_id"] = mail.message_id if mail.has_own_message_id else ""
    reading["reply_text"] = split_mail(mail).reply_text
    return reading


def read_stdlib(raw: bytes) -> Reading:
    """What a careful program gets from the standard library's current interface."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    body = message.get_body(("plain", "html"))
    senders = [{"name": a.display_name, "email": a.addr_spec} for a in getattr(message["from"], "addresses", ())]
    return {
        "subject": str(message["subject"] or ""),
        "from_all": senders,
        "from": senders[0] if senders else {"name": "", "email": ""},
        "to": [{"name": a.display_name, "email": a.addr_spec} for a in getattr(message["to"], "addresses", ())],
        "message_id": str(message["message-id"] or "").strip("<> "),
        "in_reply_to": str(message["in-reply-to"] or "").strip("<> ") or None,
        "references": [one.strip("<>") for one in str(message["references"] or "").split()],
        "text": body.get_content() if body is not None else "",
        "html": html.get_content() if (html := message.get_body(("html",))) is not None else "",
        "quoted_text": "",
        "signature": "",
        "in_our_name": "accept",
        "reply_text": body.get_content() if body is not None else "",
        "attachments": [
            {"filename": part.get_filename(), "content_type": part.get_content_type()}
            for part in message.iter_attachments()
        ],
        "screening": {
            "is_auto_reply": str(message["auto-submitted"] or "no") != "no",
            "is_bounce": message.get_content_type() == "multipart/report",
            "verdict": "accept",
        },
    }


def read_with(reply: Reply) -> Callable[[bytes], Reading]:
    """Only the reply text, out of the text that we read: a library is not to suffer from another one's decoding."""
    return lambda raw: {"reply_text": reply(parse(raw).text)}


def _is_from(reading: Reading, expected: Any) -> bool:
    return _same_mailboxes(reading["from_all"], expected)


def _same_mailboxes(found: list[dict[str, str]], expected: Any) -> bool:
    if isinstance(expected, str):
        return bool(found) and found[0]["email"] == expected
    pairs = zip(found, expected, strict=False)
    return len(found) == len(expected) and all(
        _same(one["name"], other["name"] or "") and one["email"] == (other["address"] or "") for one, other in pairs
    )


def _has_names(reading: Reading, expected: Any) -> bool:
    found = [one["filename"] for one in reading["attachments"]]
    names = [one["filename"] if isinstance(one, dict) else one for one in expected]
    return len(found) == len(names) and all(any(_same(one, name) for one in found) for name in names if name)


def _has_attachments(reading: Reading, expected: Any) -> bool:
    kinds = [one["mime_type"] for one in expected if isinstance(one, dict) and one.get("mime_type")]
    found = [one["content_type"] for one in reading["attachments"]]
    return _has_names(reading, expected) and all(kind in found for kind in kinds)


def _holds_parts(reading: Reading, expected: Any) -> bool:
    """Plain parts in the text; the words of HTML parts in the text or the HTML, one after another."""
    return all(
        _holds(reading["text"], part) or _holds(_words(reading["html"]), _words(part))
        for part in filter(None, expected)
    )


def _holds(shown: str, wanted: str) -> bool:
    return re.search(re.escape(_squeezed(wanted)).replace("\ufffd", "."), _squeezed(shown)) is not None


def _words(html: str) -> str:
    """What HTML says, by the standard library alone: neither reader is to be judged by its own means."""
    return unescape(_TAG.sub("", _UNSHOWN.sub("", html)))


def _took_away(reading: Reading, expected: str) -> bool:
    """The same words, in whatever order: quotation and signature are told apart, and lines wrapped differently."""
    taken = f"{reading['quoted_text']}\n{reading['signature']}"
    return sorted(_WORD.findall(_MARGIN.sub("", taken))) == sorted(_WORD.findall(_MARGIN.sub("", expected)))


def _hides_something(reading: Reading) -> bool:
    return bool(reading["quoted_text"] or reading["signature"])


def _hides(reading: Reading, expected: list[bool]) -> bool:
    return _hides_something(reading) == any(expected) and bool(reading["reply_text"].strip())


def _same(found: str | None, wanted: str | None) -> bool:
    if found is None or wanted is None or "\ufffd" not in wanted:
        return found == wanted
    return re.fullmatch(re.escape(wanted).replace("\ufffd", "."), found) is not None


def _squeezed(text: str) -> str:
    return "".join(text.split())


CHECKS: dict[str, Check] = {
    "subject": lambda reading, wanted: _same(_squeezed(reading["subject"]), _squeezed(wanted)),
    "from": _is_from,
    "to": lambda reading, wanted: _same_mailboxes(reading["to"], wanted),
    "message_id": lambda reading, wanted: reading["message_id"] == wanted,
    "in_reply_to": lambda reading, wanted: reading["in_reply_to"] == wanted,
    "references": lambda reading, wanted: reading["references"] == wanted,
    "attachment_names": _has_names,
    "attachments": _has_attachments,
    "attachment_count": lambda reading, wanted: len(reading["attachments"]) == wanted,
    "text_parts": _holds_parts,
    "html_parts": _holds_parts,
    "body_contains": lambda reading, wanted: wanted in reading["text"],
    "is_auto_reply": lambda reading, wanted: reading["screening"]["is_auto_reply"] == wanted,
    "is_bounce": lambda reading, wanted: reading["screening"]["is_bounce"] == wanted,
    "must_reject": lambda reading, _: reading["screening"]["verdict"] != "accept",
    "is_own_notification": lambda reading, wanted: (reading["in_our_name"] != "accept") == wanted,
    "elided": _took_away,
    "before_embedded": lambda reading, wanted: reading["reply_text"].strip() == wanted.strip(),
    "embedded": lambda reading, wanted: any(_holds(reading[name], wanted) for name in ("quoted_text", "reply_text")),
    "fragments_hidden": _hides,
    "fragment_count": lambda reading, wanted: _hides_something(reading) == (wanted > 1),
    "reply_text": lambda reading, wanted: reading["reply_text"].strip() == wanted.strip(),
    "reply_startswith": lambda reading, wanted: reading["reply_text"].lstrip().startswith(wanted.strip()),
}


# Unmet expectations that were looked at and judged wrong for a help desk; printed below the table.
JUDGED = {
    "mikel/rfc2822/example10.eml": "wants the field as written, comments included; we read name and address",
    "mikel/rfc2822/example11.eml": "takes an obsolete source route for the address, and one of two recipients",
    "mikel/rfc2822/example13.eml": "wants the field as written, comments included; we read name and address",
    "mikel/rfc2822/example14.eml": "wants an escape sequence for a tab; a tab in a subject is read as a space",
    "reply_trimmer/forwarded_gmail": "drops the forwarded mail, which is what the sender wants to be read",
    "reply_trimmer/forwarded_message": "drops who wrote the forwarded mail and when",
    "stalwart/legacy/035": "keeps the path of a drive in a file name; we keep the last part",
    "stalwart/legacy/039": "keeps the path of a drive in a file name; we keep the last part",
    "stalwart/legacy/049": "leaves uuencoded files in the text; we take them for attachments",
    "stalwart/rfc/001": "keeps a path in a file name, and expects no name where we make one up",
    **dict.fromkeys(
        (
            "talon/txt/test_reply_and_quotation_splitter_share_line",
            "talon/txt/test_reply_and_quotation_splitter_share_line_2",
        ),
        "drops words of the sender before the attribution, which ..._share_line_3 keeps, with the same mail",
    ),
    "talon/txt/test_too_many_lines": "drops a line of the sender; it is about a limit on lines that we do not have",
}

_SHOWN_AS = {
    "attachment_names": "attachments",
    "text_parts": "text",
    "html_parts": "html",
    "from": "from_all",
    "elided": "quoted_text",
    "embedded": "quoted_text",
    "before_embedded": "reply_text",
    "fragments_hidden": "reply_text",
    "fragment_count": "reply_text",
}
OF_REPLIES = frozenset({"reply_text", "reply_startswith"})


def measure(
    corpus: Path, read: Callable[[bytes], Reading], checked: frozenset[str] = frozenset(CHECKS)
) -> dict[str, Any]:
    met: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    misses: list[dict[str, Any]] = []
    raised = mails = 0
    seconds = 0.0
    for suite, name, raw, expected in items(corpus):
        if not checked & expected.keys() and len(checked) < len(CHECKS):
            continue
        mails += 1
        started = time.perf_counter()
        try:
            reading = read(raw)
        except Exception as error:  # noqa: BLE001 (what raises, and how often, is measured)
            raised += 1
            reading = None
            misses.append({"id": name, "check": "raised", "found": repr(error)[:200]})
        seconds += time.perf_counter() - started
        for check, wanted in expected.items():
            if check not in checked:
                continue
            count = met[suite][check]
            count[1] += 1
            if reading is not None and CHECKS[check](reading, wanted):
                count[0] += 1
            elif reading is not None:
                field = _SHOWN_AS.get(check, check)
                misses.append({"id": name, "check": check, "wanted": wanted, "found": reading.get(field)})
    table = {suite: {check: tuple(count) for check, count in checks.items()} for suite, checks in met.items()}
    return {"mails": mails, "raised": raised, "seconds": round(seconds, 3), "suites": table, "misses": misses}


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("corpus", type=Path)
    arguments.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    arguments.add_argument("--misses", action="store_true", help="print every unmet expectation")
    options = arguments.parse_args()
    results = {"tickmate": measure(options.corpus, read_ours), "stdlib": measure(options.corpus, read_stdlib)}
    for name, reply in installed().items():
        results[name] = measure(options.corpus, read_with(reply), OF_REPLIES)
    if options.json:
        print(json.dumps(results, ensure_ascii=False))
        return 0
    table = Table("suite", "expectation", *results)
    for suite, checks in results["tickmate"]["suites"].items():
        for check in sorted(checks):
            counts = [result["suites"].get(suite, {}).get(check) for result in results.values()]
            table.add_row(suite, check, *(f"{count[0]}/{count[1]}" if count else "" for count in counts))
    Console().print(table)
    for reader, result in results.items():
        print(f"{reader}: {result['mails']} mails, {result['raised']} raised, {result['seconds']} s")
    for name in dict.fromkeys(miss["id"] for miss in results["tickmate"]["misses"]):
        print(f"{name}: {JUDGED.get(name, 'not met')}")
    if options.misses:
        for miss in results["tickmate"]["misses"]:
            print(json.dumps(miss, ensure_ascii=False)[:1500])
    return 1 if results["tickmate"]["raised"] else 0


if __name__ == "__main__":
    sys.exit(main())
