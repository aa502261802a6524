"""What the web needs to know of its deployment. Built from the settings by the roof."""

from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from webhooks.client import Network

MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class WebOptions:
    """The web's own settings.

    Attributes:
        app_url: public address of the pages, without a slash at the end.
        token_lifetime: of a sign-in token, before its session renews it.
        secure_cookies: True in production: cookies travel over HTTPS only.
        cookie_domain: shares the sign-in with other hosts of a domain; None keeps it to this host.
        cors_origin: one other origin whose pages may call the JSON API.
        inbound_token: bearer token of POST /webhooks/email/raw; without one that door is shut, as with the next five.
        postmark_token, sendgrid_token: stand in the address that the provider posts to.
        mailgun_key, resend_secret: sign what the provider posts.
        ses_topic_arn: the one SNS topic whose messages are believed.
        resend_fetches: whether there is a key to fetch with what Resend tells of.
        rate_limit_storage: `memory`, or `redis://…` to count over several processes.
        trusted_proxies: networks whose X-Forwarded-For is believed.
        largest_mail, largest_attachment, largest_body: bytes.
    """

    app_url: str
    jwt_secret: str = field(repr=False)
    token_lifetime: timedelta = timedelta(hours=1)
    secure_cookies: bool = False
    cookie_domain: str | None = None
    cors_origin: str | None = None
    inbound_token: str | None = field(default=None, repr=False)
    postmark_token: str | None = field(default=None, repr=False)
    sendgrid_token: str | None = field(default=None, repr=False)
    mailgun_key: str | None = field(default=None, repr=False)
    resend_secret: str | None = field(default=None, repr=False)
    resend_fetches: bool = False
    ses_topic_arn: str | None = None
    rate_limit_storage: str = field(default="memory", repr=False)
    trusted_proxies: tuple[Network, ...] = ()
    largest_mail: int = 25 * MIB
    largest_attachment: int = 25 * MIB
    largest_body: int = MIB

    @property
    def origin(self) -> str:
        """Scheme, host and port of `app_url`, as browsers write them into Origin."""
        parts = urlsplit(self.app_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def session_cookie(self) -> str:
        """The `__Host-` prefix makes browsers refuse a cookie planted by a sibling host (RFC 6265bis 4.1.3.2)."""
        return "__Host-tickmate" if self.secure_cookies and not self.cookie_domain else "tickmate"
