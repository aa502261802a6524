"""Ordinary words that look like quotations and signatures, and are none. Unsure means keep."""

import pytest

from bot.email.reply_text import split_reply

KEPT = [
    "Hello,\n\nOn 3 March 2026 at 10:30 Bob sent the invoice to Ada (ada@example.org)\nand nobody paid.",
    "Hello,\n\nOn 3 March 2026 at 10:30 Bob wrote Ada\nand nobody answered.",
    "The log says:\n2026-06-01 10:30:12 login failed for <bob@example.org>:\nbad password\n\nPlease help.",
    "Hello,\n\n2026-06-01 10:30:12 ERROR user <bob@example.org> (10.0.0.1):\nstack trace\nmore",
    (
        "Jun  1 10:30:12 mx postfix/smtp[123]: ABC: to=<bob@example.org>, relay=none, status=deferred (timeout):\n"
        "more text below"
    ),
    (
        "These headers came:\n\nFrom: Ada <ada@example.org>\nTo: bob@example.org\n"
        "Subject: x\nDate: Mon, 1 Jun 2026 10:30:00 +0200\n\nIs that spam?"
    ),
    "Run:\n\n$ ls\n> continued\n> more\n\nthen it stops.",
    "> This is what the manual says\n\nBut it does not work.",
    "Diff:\n\n- old\n+ new\n> see\n\nok",
    (
        "Participants:\nAda Lovelace <ada@example.org>\nBob <bob@example.org>\n"
        "\nMeeting on 1 June 2026 at 10:30:\nagenda follows"
    ),
    "On 1 June 2026 at 10:30 the server wrote:\nERROR disk full\n\nCan you look?",
    "Order from Ada <ada@example.org> of 1 June 2026, 10:30:\n- 3 printers\n- 2 cables",
    (
        "Name:    Ada Lovelace\nMail:    ada@example.org\n"
        "Date:    1 June 2026 10:30\nSubject: Printer\nMessage: It burns."
    ),
    "Von:  Berlin\nAn:   Paris\nDatum: 1.6.2026 10:30\nBetreff: Reise\n\nBitte buchen.",
    "Hi\n\nTo\nreproduce\n\nSubject\nto change",
    "Thanks,\nAda\n\nPS: it also smokes.",
    "a\n-----\nb\n-----\nc",
    "Step 1\n______\nDo it\n\nStep 2\n______\nDo that",
    "The message ends with\n\nSent from my iPhone\n\nwhy is that on my Android?",
    "Confidential documents: the intended recipient cannot delete them. Please help.",
    (
        "Sehr geehrte Damen und Herren,\n\nam 1.6.2026 um 10:30 schrieb mir Ihr Kollege:\n"
        "alles gut.\n\nDas stimmt nicht."
    ),
    "Le 1 juin 2026 à 10:30, votre collègue m'a écrit :\ntout va bien.\n\nC'est faux.",
    "Ada wrote:\n> it works\n\nBut for me it does not.",
    "Please see my comments below.\n\n1. Printer: burns\n2. Fax: fine",
    "Error at 10:30 on 2026-06-01 (user ada@example.org):\nline 1\nline 2",
    "Ticket by Ada Lovelace (ada@example.org) on 2026-06-01 10:30:\n\nIt burns.",
    "From 10:30 to 11:30 it was down.\nDate: today\nTo: all",
    "No: 5\nTo: Bonn\nDate: 1.6. 10:30\nall of it",
    "| From | To | Date |\n|---|---|---|\n| Bonn | Rome | 10:30 |",
    (
        "The device says:\n____________________________________\nHost: mx1.example.org\nMail: root@example.org\n"
        "Time: 10:30:12\nError: disk full\n\nWhat should I do?"
    ),
    (
        "The form was:\n____________________________________\nName: Ada\nMail: ada@example.org\n"
        "Arrival: 1.6.2026 10:30\nRoom: 12\n\nIs that right?"
    ),
    "From\tTo\tDate\nBonn\tRome\t10:30\nParis\tOslo\t11:30",
]


@pytest.mark.parametrize("text", KEPT)
def test_what_only_looks_like_a_quotation_or_signature_is_kept(text: str) -> None:
    """mailgun/talon#129, #149, osTicket#5548: quote stripping eats real text."""
    split = split_reply(text)

    assert (split.reply_text, split.quoted_text, split.signature) == (text, "", "")
