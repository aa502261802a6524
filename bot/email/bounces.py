"""Signs that a mail system, not a person, writes about a mail of ours that did not arrive."""

import re

from bot.email.attributions import any_of
from bot.email.mailboxes import read_mailboxes
from bot.email.parse import ParsedMail
from bot.email.word_lists import phrases

_MAX_RECIPIENTS = 50
_MAX_TEXT = 20_000  # characters in which failed addresses are looked for
_OPENING = 2000  # characters in which a warning says that delivery is tried again
_DAEMON = re.compile(r"(?:mailer-?daemon|mail-?daemon|mdaemon)(?:[+-][^@]*)?(?:@|$)", re.IGNORECASE)
_EXCHANGE = re.compile(r"MicrosoftExchange[0-9a-f]{20,40}@", re.IGNORECASE)
_POSTMASTER = re.compile(r"postmaster(?:[+-][^@]*)?@", re.IGNORECASE)
_MAIL_SYSTEM_NAME = re.compile(
    r"mail(?:er)? ?(?:delivery|system|administrator)|mailer-daemon|postmaster|microsoft (?:outlook|exchange)$"
    r"|^system ?administrator$|^administrat(?:eur|or|ore) (?:système|del sistema|do sistema|di sistema)$"
    r"|^администратор системы$|^systemadministratör$|^systeembeheerder$|^administrator systemu$",
    re.IGNORECASE,
)
_SUBJECTS = phrases(
    "undeliver, delivery status notification, delivery failure, delivery has failed, delivery failed, "
    "delivery problem, return mail, returned mail, return to sender, returned to sender, mail delivery, "
    "failure notice, could not be delivered, message not delivered, non remis, unzustellbar, nicht zugestellt, "
    "fehlgeschlagen, no se puede entregar, non recapitabile, mancata consegna, onbestelbaar, não entregue, "
    "недоставлен, не доставлено, niedostarczon, kan inte levereras, nicht übermittelt, échec de la remise, 配信不能, "
    "退信, mail system error, non-delivery, nondeliver, non delivery report, mail failure, message failed, "
    "message delivery failure, failed delivery, failed mail, cannot deliver, mail could not be sent, "
    "zustellungsstatus, zustellung fehl, konnte nicht zugestellt, impossible de remettre, non distribué, "
    "échec de remise, état de remise, estado de entrega, no entregado, no se pudo entregar, não é possível entregar, "
    "falha na entrega, impossibile recapitare, notifica di mancato, niet bezorgd, niet afgeleverd, "
    "går inte att leverera, kunde inte levereras, kan ikke leveres, kan ikke afleveres, kunne ikke leveres, "
    "ei voitu toimittaa, ei voi toimittaa, nie można dostarczyć, nie dostarczono, nelze doručit, nedoručiteln, "
    "nedoručen, kézbesíthetetlen, nem kézbesíthető, nu se poate livra, nelivrabil, teslim edilemedi, "
    "невозможно доставить, не удается доставить, не удалось доставить, не може бути доставлено, недоставен, "
    "αδύνατη η παράδοση, не може да бъде доставен, dostava nije uspjela, nedostavljivo, 配信できません, 配信エラー, "
    "エラーメール, 无法投递, 無法傳遞, 無法投遞, 未送达, 投递失败, 系统退信, 배달되지, 반송, không thể gửi, "
    "tidak terkirim, לא ניתן למסירה, تعذر تسليم, غير قابل للتسليم, ไม่สามารถส่ง"
)
_DELAYS = phrases(
    "delayed, status notification (delay, delivery delay, could not send message for past, still being retried, "
    "not yet been delivered, not yet delivered, temporarily undeliver, message still undelivered, verzögert, "
    "verzögerung, retardé, en retard, retrasad, atrasad, ritardat, in ritardo, vertraagd, försenad, fördröjd, "
    "forsinket, viivästy, opóźni, zpožděn, oneskoren, késlel, întârzia, задерж, затрим, забав, καθυστέρ, gecik, "
    "遅延, 延迟, 延遲, 지연"
)
_PROMISES = phrases(
    "warning message only, do not need to resend, don't need to resend, no action is required, will be retried, "
    "delivery attempts will continue, will continue to try, will keep trying, still trying to deliver, "
    "will try again, has not yet been delivered, will be attempted again, weiterhin versuch, erneut versuch, "
    "noch nicht zugestellt, keine aktion erforderlich, n'est pas nécessaire de renvoyer, n'avez rien à faire, "
    "nouvelle tentative, nouvelles tentatives, se seguirá intentando, volverá a intentar, continueremo a provare, "
    "ulteriori tentativi, continuará tentando, opnieuw proberen, försöker igen, будут продолжены, попытки доставки"
)
_SUBJECT = re.compile(any_of(_SUBJECTS), re.IGNORECASE)
_DELAY = re.compile(any_of(_DELAYS), re.IGNORECASE)
_PROMISE = re.compile(any_of(_PROMISES), re.IGNORECASE)
# What a mail system writes and a person hardly does: a reply code, with or without a status code, or a transcript.
_CODE = re.compile(
    r"(?<![\w.])5\.\d{1,3}\.\d{1,3}(?![\w.])"
    r"|(?<![\w.,-])5[0-7]\d[ -](?:[A-Z#<]|[45]\.\d|user|unknown|mailbox|recipient|relay|sorry|no such|address|invalid)"
)
_REFUSAL = re.compile(
    r"not listed in|not delivered to|user unknown|unknown user|does ?n[o']t exist|not be delivered|undeliverable",
    re.IGNORECASE,
)
_ADDRESS = r"[^\s<>:;,()'\"]{1,64}@[^\s<>:;,()'\"]{1,255}"
_FAILED_LINE = re.compile(
    rf"^[ \t]*[<'\"]?({_ADDRESS})[>'\"]?[ \t]*(?::|$|\([^()\n]{{3,320}}\)[ \t]*$| on [A-Z\d])"
    rf"|^[^\n<>()@]{{1,80}}[(<]({_ADDRESS})[)>](?:<mailto:[^<>\n]{{3,320}}>)?[ \t]*$",
    re.MULTILINE,
)


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
    """Addresses on a line of their own, or at the start of one, as qmail, Postfix, Notes and Exchange write them."""
    found = dict.fromkeys(start or named for start, named in _FAILED_LINE.findall(mail.text[:_MAX_TEXT]))
    ours = {box.email.lower() for box in (*mail.to, *mail.from_)}
    return tuple(address for address in found if address.lower() not in ours)[:_MAX_RECIPIENTS]


def is_delay_warning(mail: ParsedMail, return_path: str | None) -> bool:
    """A mail system that is still trying, in its own words: Exim, sendmail, MDaemon, Exchange."""
    by_system = _is_by_daemon(mail) or (return_path == "" and (_is_by_postmaster(mail) or _is_named_system(mail)))
    by_postmaster = _is_by_postmaster(mail) and not _is_typed(mail, return_path) and bool(described_failures(mail))
    if not (by_system or by_postmaster or return_path == ""):
        return False
    told = bool(_DELAY.search(mail.subject))
    failed = bool(_SUBJECT.search(_DELAY.sub("", mail.subject)))
    promised = bool(_PROMISE.search(mail.text[:_OPENING])) and not _CODE.search(mail.text[:_OPENING])
    return (told and by_system and not failed) or (promised and (told or (by_system and not failed)))


def is_from_mail_system(mail: ParsedMail, return_path: str | None) -> bool:
    """By name and more signs: a person may well be the postmaster of somewhere, or write about mail delivery."""
    told = bool(_SUBJECT.search(mail.subject))
    if _is_by_daemon(mail):
        return return_path == "" or told
    if return_path == "":
        has_code = bool(_CODE.search(mail.text[:_MAX_TEXT]))
        return _is_by_postmaster(mail) or (told and (_is_named_system(mail) or has_code))
    if not (_is_by_postmaster(mail) and told) or _is_typed(mail, return_path):
        return False
    text = mail.text[:_MAX_TEXT]
    return bool(_CODE.search(text)) or (bool(_REFUSAL.search(text)) and bool(described_failures(mail)))


def _is_by_daemon(mail: ParsedMail) -> bool:
    return any(_DAEMON.search(box.email or box.name) or _EXCHANGE.match(box.email) for box in mail.from_)


def _is_named_system(mail: ParsedMail) -> bool:
    return any(_MAIL_SYSTEM_NAME.search(box.name) for box in mail.from_)


def _is_by_postmaster(mail: ParsedMail) -> bool:
    return any(_POSTMASTER.search(box.email) for box in mail.from_)


def _is_typed(mail: ParsedMail, return_path: str | None) -> bool:
    """Whether the postmaster is a person this time: sent from a mail program, or by somebody else's envelope."""
    by_somebody = bool(return_path) and not (_POSTMASTER.search(return_path or "") or _DAEMON.search(return_path or ""))
    return by_somebody or "user-agent" in mail.headers
