"""Programs that answer whatever they get, in the worst way: without any sign by which a program could be known."""

import itertools
from email.message import EmailMessage
from typing import Any

from tests.email.mail_desk import SUPPORT, Answer
from tests.fakes.raw_mail import raw_mail

ROBOT = "robot@machines.example"
OTHER = "other@machines.example"


def letter(sender: str, number: int, **headers: Any) -> bytes:
    fields = {
        "From": sender,
        "To": SUPPORT,
        "Subject": f"Automaton {number}",
        "Message-ID": f"<{number}@machines.example>",
    }
    return raw_mail(f"I do not read this. {number}\n", fields | {"Date": None} | headers)


def answers_in_thread(sender: str, numbers: "itertools.count[int]") -> Answer:
    """Answers by the book: same subject, the threading headers, to the reply address."""

    def answer(message: EmailMessage) -> bytes:
        headers = {
            "To": str(message["Reply-To"] or SUPPORT),
            "Subject": str(message["Subject"]),
            "In-Reply-To": str(message["Message-ID"]),
            "References": str(message["Message-ID"]),
        }
        return letter(sender, next(numbers), **headers)

    return answer


def answers_anew(sender: str, numbers: "itertools.count[int]") -> Answer:
    """Answers with a new subject and no trace of what it answers: each opens a ticket."""

    def answer(_message: EmailMessage) -> bytes:
        return letter(sender, next(numbers))

    return answer


def sends_back(message: EmailMessage) -> bytes:
    """A forwarding rule that leads to us: our own mail, byte by byte."""
    return message.as_bytes()


def sends_back_as(sender: str, numbers: "itertools.count[int]") -> Answer:
    """The same by a program that rewrites the headers and drops those it does not know."""

    def answer(message: EmailMessage) -> bytes:
        body = message.get_body(("plain",))
        headers = {
            "From": sender,
            "To": SUPPORT,
            "Message-ID": f"<{next(numbers)}@machines.example>",
            "Subject": f"Fwd: {message['Subject']}",
        }
        return raw_mail(str(body.get_content()) if body else "", headers)

    return answer
