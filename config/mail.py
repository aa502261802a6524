"""Joining the mail door: what reads it, what composes and carries it."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.email.addresses import ReplyAddress, base_address, loop_mark
from bot.email.compose import OwnAddresses
from bot.email.delivery import MailCourier
from bot.email.interpreter import MailInterpreter
from bot.email.screening import HouseRules, OwnMail
from bot.email.sender_check import DkimCheck
from bot.email.transports.port import Transport
from config.settings import Settings
from core.clock import Clock
from core.errors import ConfigurationError
from core.intake.ports import Fetcher, SenderCheck
from core.storage.blobs import BlobStore


@dataclass(frozen=True, kw_only=True, slots=True)
class MailDoor:
    """Both directions of mail."""

    interpreter: MailInterpreter
    courier: MailCourier
    own: OwnMail
    sender_check: SenderCheck | None


def build_mail(settings: Settings, *, clock: Clock, blobs: BlobStore, transport: Transport | None = None) -> MailDoor:
    """Mail as the settings want it; `transport` replaces theirs (tests).

    Raises:
        ConfigurationError: the chosen transport lacks a setting.
    """
    secret = settings.secret_key.get_secret_value()
    reply = reply_address(settings)
    own = own_mail(settings)
    addresses = OwnAddresses(
        email_from=settings.email_from,
        support_address=settings.support_address,
        reply=reply,
        loop_mark=loop_mark(secret),
        app_url=settings.app_url,
    )
    courier = MailCourier(transport or build_transport(settings), addresses, blobs, clock=clock)
    interpreter = MailInterpreter(
        reply, own, trusted_authserv=settings.trusted_authserv_id or "", house=house_rules(settings)
    )
    checks_dkim = settings.mail_check_dkim and settings.trusted_authserv_id is None
    return MailDoor(
        interpreter=interpreter, courier=courier, own=own, sender_check=DkimCheck() if checks_dkim else None
    )


def own_mail(settings: Settings) -> OwnMail:
    """How this deployment knows its own mail."""
    return OwnMail(
        own_loop_marks=frozenset({loop_mark(settings.secret_key.get_secret_value())}),
        own_addresses=frozenset({base_address(settings.support_address).lower()}),
    )


def house_rules(settings: Settings) -> HouseRules:
    """Whose mail is blocked (`a@example.org`, `example.org` or `@example.org`), and whose spam verdict counts."""
    named = (name.strip().lower().removeprefix("@") for name in settings.mail_blocked.split(","))
    return HouseRules(blocked=frozenset(filter(None, named)), trusts_spam_headers=settings.mail_trust_spam_headers)


def reply_address(settings: Settings) -> ReplyAddress:
    """The codec of our signed reply addresses."""
    return ReplyAddress(settings.secret_key.get_secret_value(), settings.support_address)


def reply_organization(settings: Settings) -> Callable[[str], int | None]:
    """Whose ticket a signed reply address of ours belongs to; None for any other address."""
    codec = reply_address(settings)

    def organization(address: str) -> int | None:
        target = codec.read(address)
        return target.organization_id if target else None

    return organization


def build_transport(settings: Settings) -> Transport:
    """The transport of EMAIL_TRANSPORT; only the chosen one is imported.

    Raises:
        ConfigurationError: it lacks a setting.
    """
    match settings.email_transport:
        case "console":
            from bot.email.transports.console import ConsoleTransport  # noqa: PLC0415 (only the chosen one)

            return ConsoleTransport()
        case "file":
            from bot.email.transports.file import FileTransport  # noqa: PLC0415 (only the chosen one)

            return FileTransport(settings.data_dir / "outbox")
        case "smtp":
            from bot.email.transports.smtp import SmtpTransport  # noqa: PLC0415 (only the chosen one)

            if settings.smtp_relay_url is None:
                raise ConfigurationError("EMAIL_TRANSPORT=smtp needs SMTP_RELAY_URL.")
            return SmtpTransport(settings.smtp_relay_url.get_secret_value())
        case "resend":
            from bot.email.transports.resend import ResendTransport  # noqa: PLC0415 (only the chosen one)

            if settings.resend_api_key is None:
                raise ConfigurationError("EMAIL_TRANSPORT=resend needs RESEND_API_KEY.")
            return ResendTransport(settings.resend_api_key.get_secret_value(), api_url=settings.resend_api_url)


def build_fetchers(settings: Settings) -> dict[str, Fetcher]:
    """What fetches mail from providers that only tell of it, by the provider's name."""
    if settings.resend_api_key is None or settings.resend_webhook_secret is None:
        return {}
    from webhooks.inbound.resend_api import ResendFetcher  # noqa: PLC0415 (an HTTP client that only this needs)

    key = settings.resend_api_key.get_secret_value()
    fetcher = ResendFetcher(key, api_url=settings.resend_api_url, largest=settings.smtp_max_size)
    return {fetcher.source: fetcher}
