"""Signs that a mail system, not a person, writes about a mail of ours that did not arrive."""

import re

from bot.email.mailboxes import read_mailboxes
from bot.email.parse import ParsedMail
from bot.email.word_lists import phrases

_MAX_RECIPIENTS = 50
_MAX_TEXT = 20_000  # characters in which failed addresses are looked for
_DAEMON = re.compile(r"(?:mailer-?daemon|mail-?daemon|mdaemon)(?:[+-][^@]*)?(?:@|$)", re.IGNORECASE)
_EXCHANGE = re.compile(r"MicrosoftExchange[0-9a-f]{20,40}@", re.IGNORECASE)
_POSTMASTER = re.compile(r"postmaster(?:[+-][^@]*)?@", re.IGNORECASE)
_MAIL_SYSTEM_NAME = re.compile(
    r"mail(?:er)? ?(?:delivery|system|administrator)|mailer-daemon|postmaster|microsoft outlook$", re.IGNORECASE
)
_SUBJECTS = phrases(
    "undeliver, delivery status notification, delivery failure, delivery has failed, delivery failed, "
    "delivery problem, return mail, returned mail, return to sender, returned to sender, mail delivery, "
    "failure notice, could not be delivered, message not delivered, non remis, unzustellbar, nicht "
    "zugestellt, fehlgeschlagen, no se puede entregar, non recapitabile, mancata consegna, onbestelbaar, "
    "não entregue, недоставлен, не доставлено, niedostarczon, kan inte levereras, nicht übermittelt, "
    "échec de la remise, 配信不能, 退信"
)
_SUBJECT = re.compile("|".join(map(re.escape, _SUBJECTS)), re.IGNORECASE)
_REFUSAL = re.compile(
    r"not listed in|not delivered to|"
    r"\b5\.\d\.\d\b|\b55\d[ -]|user unknown|unknown user|does ?n[o']t exist|not be delivered|undeliverable",
    re.IGNORECASE,
)
_FAILED_LINE = re.compile(r"^[ \t]*<?([^\s<>:;,()]{1,64}@[^\s<>:;,()]{1,255})>?[ \t]*(?::|$)", re.MULTILINE)


def reported_failures(mail: ParsedMail) -> tuple[str, ...]:
    """Recipients whose `Action` is failed, or whose status is a permanent one where no action is named."""
    return tuple(
        dict.fromkeys(
            one.recipient
            for one in mail.reports.recipients
            if one.action.startswith("fail") or (not one.action and one.status.strip().startswith("5"))
        )
    )


def header_failures(mail: ParsedMail) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(box.email for box in read_mailboxes(mail.headers.raw("x-failed-recipients")) if box.email)
    )


def described_failures(mail: ParsedMail) -> tuple[str, ...]:
    """Addresses that stand at the start of a line of the text, as qmail and Postfix write them."""
    found = dict.fromkeys(_FAILED_LINE.findall(mail.text[:_MAX_TEXT]))
    ours = {box.email.lower() for box in (*mail.to, *mail.from_)}
    return tuple(address for address in found if address.lower() not in ours)[:_MAX_RECIPIENTS]


def is_from_mail_system(mail: ParsedMail, return_path: str | None) -> bool:
    """By name and more signs: a person may well be the postmaster of somewhere, or write about mail delivery."""
    null_sender = return_path == ""
    told = bool(_SUBJECT.search(mail.subject))
    by_daemon = any(_DAEMON.search(box.email or box.name) or _EXCHANGE.match(box.email) for box in mail.from_)
    by_postmaster = any(_POSTMASTER.search(box.email) for box in mail.from_)
    by_name = any(_MAIL_SYSTEM_NAME.search(box.name) for box in mail.from_)
    if by_daemon:
        return null_sender or told
    if null_sender:
        return by_postmaster or (by_name and told)
    if not (by_postmaster and told):
        return False
    from_person = (
        bool(return_path) and not _POSTMASTER.search(return_path or "") and not _DAEMON.search(return_path or "")
    )
    return not from_person and bool(_REFUSAL.search(mail.text[:_MAX_TEXT]) or _REFUSAL.search(mail.subject))
