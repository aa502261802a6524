"""Joining what listens: SMTP, the web, Slack. Each is handed the desk."""

from typing import TYPE_CHECKING

from pydantic import SecretStr

from bot.email.lmtp import LmtpConversation
from bot.email.smtp import SmtpDoor
from bot.email.smtp_terms import Certificate, Credentials
from config.setting_types import networks_in
from config.settings import Settings
from config.slack import build_app_store, build_slack_outlet
from core.desk import Desk
from core.errors import ConfigurationError
from core.installations.sealing import TokenSeal
from webhooks.options import WebOptions

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

    from webhooks.slack_install import Installing


def web_options(settings: Settings) -> WebOptions:
    """What the web needs to know of the settings."""
    return WebOptions(
        app_url=settings.app_url,
        jwt_secret=settings.jwt_secret.get_secret_value(),
        token_lifetime=settings.jwt_expiry,
        secure_cookies=settings.is_production,
        cookie_domain=settings.cookie_domain,
        cors_origin=settings.cors_origin,
        inbound_token=_plain(settings.inbound_webhook_token),
        postmark_token=_plain(settings.postmark_webhook_token),
        sendgrid_token=_plain(settings.sendgrid_webhook_token),
        mailgun_key=_plain(settings.mailgun_signing_key),
        resend_secret=_plain(settings.resend_webhook_secret),
        resend_fetches=settings.resend_api_key is not None,
        ses_topic_arn=settings.ses_topic_arn,
        rate_limit_storage=settings.rate_limit_storage.get_secret_value(),
        trusted_proxies=networks_in(settings.trusted_proxies),
        largest_mail=settings.smtp_max_size,
    )


def _plain(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def build_smtp(desk: Desk, settings: Settings) -> SmtpDoor:
    """The SMTP door, not yet listening.

    Raises:
        ConfigurationError: the certificate cannot be used.
    """
    credentials = None
    if settings.smtp_auth_user is not None and settings.smtp_auth_password is not None:
        credentials = Credentials(settings.smtp_auth_user, settings.smtp_auth_password.get_secret_value())
    certificate = Certificate(settings.smtp_tls_cert, settings.smtp_tls_key) if settings.smtp_tls_cert else None
    return SmtpDoor(
        desk.intake,
        host=settings.smtp_host,
        port=settings.smtp_port,
        hostname=desk.policy.mail_domain,
        max_size=settings.smtp_max_size,
        mails_per_minute=settings.smtp_mails_per_minute,
        certificate=certificate,
        credentials=credentials,
        clock=desk.clock,
    )


def build_lmtp(desk: Desk, settings: Settings) -> SmtpDoor:
    """The LMTP door, not yet listening: for this machine alone, as RFC 2033 section 5 wants it."""
    return SmtpDoor(
        desk.intake,
        host="127.0.0.1",
        port=settings.lmtp_port,
        hostname=desk.policy.mail_domain,
        max_size=settings.smtp_max_size,
        conversation=LmtpConversation,
        clock=desk.clock,
    )


def build_installing(settings: Settings) -> "Installing | None":
    """What `/slack/install` needs; None without a client id. Its store is to be closed."""
    store = build_app_store(settings)
    if store is None:
        return None
    from webhooks.slack_install import Installing  # noqa: PLC0415 (only where workspaces install the app)

    code = settings.slack_install_code
    return Installing(
        store=store,
        seal=TokenSeal(settings.secret_key.get_secret_value()),
        code=code.get_secret_value() if code else None,
    )


def build_slack(desk: Desk, settings: Settings) -> "AsyncApp | None":
    """The Bolt app for HTTP and Socket Mode; None without a bot token or a client id.

    Raises:
        ConfigurationError: requests over HTTP could not be verified.
    """
    outlet = build_slack_outlet(settings, clock=desk.clock, unit_of_work=desk.unit_of_work, reading=desk.reading)
    if outlet is None:
        return None
    from bot.slack.app import build_app  # noqa: PLC0415 (slow to import, only with a token)
    from bot.slack.door import SlackDoor  # noqa: PLC0415 (see above)
    from config.slack import slack_screening  # noqa: PLC0415 (see above)

    secret = settings.slack_signing_secret
    if secret is None and settings.slack_app_token is None:
        raise ConfigurationError(
            "Slack is set up, but neither SLACK_SIGNING_SECRET nor SLACK_APP_TOKEN.",
            mend="Set the signing secret for requests over HTTP, or the app token for Socket Mode.",
        )
    door = SlackDoor(
        desk=desk,
        apis=outlet.apis,
        api=outlet.api,
        directory=outlet.directory,
        screening=slack_screening(settings),
    )
    return build_app(door, signing_secret=secret.get_secret_value() if secret else "")
