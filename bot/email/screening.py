"""The first verdict about a mail: an ordered table of small named rules, the first that knows an answer decides.

Order matters. Our own mail first (a loop must end whatever else the mail looks like), then what machines write about
our mail, then machines that answer, then what nobody needs to answer, then what cannot be trusted.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.email import absence, automatic, bounces, unwanted
from bot.email.addresses import LOOP_HEADER, base_address
from bot.email.authors import author, is_rewritten
from bot.email.parse import ParsedMail
from core.intake.values import Screening, Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnMail:
    """How this deployment knows its own mail. Addresses are lower case and without suffix (`base_address`)."""

    own_loop_marks: frozenset[str] = frozenset()
    own_addresses: frozenset[str] = frozenset()

    def owns(self, address: str) -> bool:
        return address.lower() in self.own_addresses or base_address(address) in self.own_addresses


@dataclass(frozen=True, kw_only=True, slots=True)
class HouseRules:
    """What the operator decided.

    Attributes:
        blocked: addresses and domains, lower case, whose mail is let go.
        trusts_spam_headers: the spam verdict in the headers is that of a relay in front of us, which removes what a
            sender wrote there.
    """

    blocked: frozenset[str] = frozenset()
    trusts_spam_headers: bool = False


NO_HOUSE_RULES = HouseRules()


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """A mail as the rules see it; `envelope_sender` is None where the door did not learn it and empty for `<>`."""

    mail: ParsedMail
    own: OwnMail = OwnMail()
    envelope_sender: str | None = None
    house: HouseRules = NO_HOUSE_RULES

    @property
    def return_path(self) -> str | None:
        return self.envelope_sender if self.envelope_sender is not None else self.mail.return_path


@dataclass(frozen=True, slots=True)
class Rule:
    """`check` answers with a verdict, or None where the rule does not apply."""

    name: str
    check: Callable[[Arrival], Screening | None]


def screen(
    mail: ParsedMail, own: OwnMail, envelope_sender: str | None = None, *, house: HouseRules = NO_HOUSE_RULES
) -> Screening:
    """The verdict of the first rule that applies; its name is in `Screening.rule`."""
    arrival = Arrival(mail=mail, own=own, envelope_sender=envelope_sender, house=house)
    verdicts = (_judged(rule, arrival) for rule in RULES)
    return next((verdict for verdict in verdicts if verdict is not None), _completed(Screening(), arrival))


def explain(
    mail: ParsedMail, own: OwnMail, envelope_sender: str | None = None, *, house: HouseRules = NO_HOUSE_RULES
) -> tuple[tuple[str, Screening | None], ...]:
    """Every rule in order with what it says by itself, None where it does not apply; the first verdict counts."""
    arrival = Arrival(mail=mail, own=own, envelope_sender=envelope_sender, house=house)
    return tuple((rule.name, _judged(rule, arrival)) for rule in RULES)


def _judged(rule: Rule, arrival: Arrival) -> Screening | None:
    verdict = rule.check(arrival)
    return None if verdict is None else _completed(replace(verdict, rule=rule.name), arrival)


def _completed(verdict: Screening, arrival: Arrival) -> Screening:
    quiet = (verdict.is_bulk and not _came_through_own_group(arrival)) or verdict.is_auto_reply
    quiet = quiet or automatic.wants_no_automatic_answer(arrival.mail, arrival.return_path)
    return replace(verdict, may_acknowledge=not quiet)


def _came_through_own_group(arrival: Arrival) -> bool:
    """The support address is itself a group or list, which rewrote From: the author is answered, not the list."""
    sender = arrival.mail.sender
    return sender is not None and arrival.own.owns(sender.email) and is_rewritten(arrival.mail)


def own_loop_mark(arrival: Arrival) -> Screening | None:
    """A mail of ours came back, by a forward or an inbox that answers to itself."""
    marks = {value.strip() for value in arrival.mail.headers.raw(LOOP_HEADER.lower())}
    if not marks & arrival.own.own_loop_marks or _is_report(arrival):
        return None
    return Screening(verdict=Verdict.IGNORE, is_auto_reply=True)


def own_address(arrival: Arrival) -> Screening | None:
    """From is an address of ours: forged, or a form of a site of ours; a person decides. Nothing is answered."""
    sender = author(arrival.mail)
    if sender is None or not arrival.own.owns(sender.email) or _is_report(arrival):
        return None
    return Screening(verdict=Verdict.QUARANTINE)


def _is_report(arrival: Arrival) -> bool:
    return arrival.mail.reports.is_delivery_report


def delivery_failed(arrival: Arrival) -> Screening | None:
    """RFC 3464: the report names recipients that did not get a mail."""
    if not arrival.mail.reports.is_delivery_report:
        return None
    failed = bounces.reported_failures(arrival.mail)
    if not failed and arrival.mail.reports.recipients:
        return None
    return _bounce(failed or bounces.header_failures(arrival.mail) or bounces.described_failures(arrival.mail))


def delivery_delayed(arrival: Arrival) -> Screening | None:
    """RFC 3464 without a failure: delayed, delivered, relayed, expanded. The mail may still arrive."""
    if not arrival.mail.reports.is_delivery_report:
        return None
    return Screening(verdict=Verdict.IGNORE, is_auto_reply=True, is_bounce=True)


def delay_warning(arrival: Arrival) -> Screening | None:
    """The same in words only, without a report."""
    if not bounces.is_delay_warning(arrival.mail, arrival.return_path):
        return None
    return Screening(verdict=Verdict.IGNORE, is_auto_reply=True, is_bounce=True)


def failed_recipients_header(arrival: Arrival) -> Screening | None:
    """Exim and Gmail name the failed recipients in a field of their own."""
    failed = bounces.header_failures(arrival.mail)
    return _bounce(failed) if failed else None


def mail_daemon(arrival: Arrival) -> Screening | None:
    """A mail system wrote it, by name and by empty envelope sender or subject (qmail, old Exchange, Notes)."""
    if not bounces.is_from_mail_system(arrival.mail, arrival.return_path):
        return None
    return _bounce(bounces.described_failures(arrival.mail))


def _bounce(failed: tuple[str, ...]) -> Screening:
    return Screening(verdict=Verdict.BOUNCE, is_auto_reply=True, is_bounce=True, failed_recipients=failed)


def _automatic(check: Callable[[ParsedMail, str | None], bool]) -> Callable[[Arrival], Screening | None]:
    def rule(arrival: Arrival) -> Screening | None:
        if not check(arrival.mail, arrival.return_path):
            return None
        return Screening(verdict=Verdict.IGNORE, is_auto_reply=True, is_bulk=automatic.is_bulk(arrival.mail))

    return rule


def blocked_sender(arrival: Arrival) -> Screening | None:
    """The operator wants nothing of them, neither as author nor as sender of the envelope."""
    addresses = [*(box.email for box in arrival.mail.from_), arrival.return_path or ""]
    return Screening(verdict=Verdict.IGNORE) if unwanted.is_blocked(addresses, arrival.house.blocked) else None


def infected(arrival: Arrival) -> Screening | None:
    """The relay in front of us found malware."""
    found = arrival.house.trusts_spam_headers and unwanted.is_infected(arrival.mail)
    return Screening(verdict=Verdict.QUARANTINE) if found else None


def spam(arrival: Arrival) -> Screening | None:
    """The relay in front of us calls it spam; a person may know better."""
    found = arrival.house.trusts_spam_headers and unwanted.is_spam(arrival.mail)
    return Screening(verdict=Verdict.QUARANTINE) if found else None


def newsletter(arrival: Arrival) -> Screening | None:
    """Sent to very many, with a way to unsubscribe, and no answer to anybody."""
    if not automatic.is_newsletter(arrival.mail):
        return None
    return Screening(verdict=Verdict.IGNORE, is_bulk=True)


def no_sender(arrival: Arrival) -> Screening | None:
    """Nobody to answer to."""
    return Screening(verdict=Verdict.QUARANTINE) if arrival.mail.sender is None else None


def over_limits(arrival: Arrival) -> Screening | None:
    """Parts were left unread (nesting, number of parts or headers): a person looks at the raw mail."""
    return Screening(verdict=Verdict.QUARANTINE) if arrival.mail.over_limits else None


def empty_mail(arrival: Arrival) -> Screening | None:
    """No subject, no text, no attachment."""
    mail = arrival.mail
    if mail.subject or mail.text.strip() or mail.attachments or mail.html.strip():
        return None
    return Screening(verdict=Verdict.IGNORE)


def bulk_mail(arrival: Arrival) -> Screening | None:
    """An ordinary mail through a list is taken; the flag keeps our automatic answers away from the list."""
    return Screening(is_bulk=True) if automatic.is_bulk(arrival.mail) else None


RULES: tuple[Rule, ...] = (
    Rule("own-loop-mark", own_loop_mark),
    Rule("own-address", own_address),
    Rule("delivery-failed", delivery_failed),
    Rule("delivery-delayed", delivery_delayed),
    Rule("delay-warning", delay_warning),
    Rule("failed-recipients-header", failed_recipients_header),
    Rule("mail-daemon", mail_daemon),
    Rule("read-receipt", _automatic(automatic.is_read_receipt)),
    Rule("calendar-answer", _automatic(automatic.is_calendar_answer)),
    Rule("auto-submitted", _automatic(automatic.is_auto_submitted)),
    Rule("autoreply-header", _automatic(automatic.has_autoreply_header)),
    Rule("precedence-auto-reply", _automatic(automatic.has_autoreply_precedence)),
    Rule("out-of-office", _automatic(absence.is_out_of_office)),
    Rule("says-automatic", _automatic(absence.says_it_is_automatic)),
    Rule("blocked-sender", blocked_sender),
    Rule("no-sender", no_sender),
    Rule("over-limits", over_limits),
    Rule("infected", infected),
    Rule("spam", spam),
    Rule("newsletter", newsletter),
    Rule("empty-mail", empty_mail),
    Rule("bulk-mail", bulk_mail),
)
