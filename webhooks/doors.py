"""The doors by which providers bring mail to this desk, and which of them are open."""

from collections.abc import Sequence
from dataclasses import dataclass

from webhooks.options import WebOptions


@dataclass(frozen=True, kw_only=True, slots=True)
class MailDoor:
    """`path` of the address that the provider posts to; `setting` opens it."""

    provider: str
    path: str
    setting: str
    is_open: bool


def mail_doors(options: WebOptions) -> Sequence[MailDoor]:
    """Every one, open or shut."""
    keys = {
        ("Any mail server (raw MIME)", "raw", "INBOUND_WEBHOOK_TOKEN"): options.inbound_token,
        ("Resend", "resend", "RESEND_WEBHOOK_SECRET"): options.resend_secret,
        ("Postmark", "postmark", "POSTMARK_WEBHOOK_TOKEN"): options.postmark_token,
        ("Mailgun", "mailgun", "MAILGUN_SIGNING_KEY"): options.mailgun_key,
        ("SendGrid", "sendgrid", "SENDGRID_WEBHOOK_TOKEN"): options.sendgrid_token,
        ("Amazon SES", "ses", "SES_TOPIC_ARN"): options.ses_topic_arn,
    }
    return [
        MailDoor(provider=provider, path=f"/webhooks/email/{name}", setting=setting, is_open=bool(key))
        for (provider, name, setting), key in keys.items()
    ]
