"""Every setting of a deployment, read once from the environment or a `.env` file.

Only this folder reads settings; everything else is handed what it needs. docs/configuration.md describes each one for
operators, and a test holds the two together.
"""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ByteSize, Field, PrivateAttr, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot.slack.reactions import DEFAULT as DEFAULT_REACTIONS
from bot.slack.status_marks import DEFAULT as DEFAULT_STATUS_MARKS
from config.generated_secrets import generated_secrets
from config.setting_needs import missing
from config.setting_types import (
    DATABASE_DRIVERS,
    KEY_BYTES,
    KEY_MEND,
    AnyCase,
    Directory,
    Duration,
    File,
    HttpUrl,
    ImapAfter,
    Networks,
    Port,
    RateLimitStorage,
    SigningKey,
    SlackReactions,
    SlackStatusReactions,
    SupportAddress,
    url_of,
)
from config.sla import SlaSettings
from core.errors import ConfigurationError

SIGNING_KEYS = ("jwt_secret", "secret_key", "audit_key")


def _default_database_url(fields: dict[str, Any]) -> SecretStr:
    return SecretStr(f"sqlite:///{fields['data_dir'] / 'tickmate.db'}" if "data_dir" in fields else "")


def _default_app_url(fields: dict[str, Any]) -> str:
    return f"http://localhost:{fields.get('http_port', '')}"


def _default_sender(fields: dict[str, Any]) -> str:
    return f"TickMate <{fields.get('support_address', '')}>"


class Settings(SlaSettings):
    """What a deployment can choose. Made by `load_settings`; building one directly (tests) reads no environment."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_file=".env", env_ignore_empty=True, dotenv_filtering="only_existing"
    )
    _origin: dict[str, str] = PrivateAttr(default_factory=dict)

    app_env: Annotated[Literal["development", "production"], AnyCase] = Field(
        "development", description="development, or production: refuses to start with weak or missing secrets"
    )
    data_dir: Directory = Field(
        Path("data"), description="directory of the embedded database, index, attachments, model and outbox"
    )
    database_url: Annotated[SecretStr, url_of(*DATABASE_DRIVERS)] = Field(
        default_factory=_default_database_url, description="database: SQLite under DATA_DIR, or postgresql://…"
    )

    http_host: str = Field("127.0.0.1", description="address the web listens on")
    http_port: Port = Field(8080, description="port the web listens on")
    app_url: HttpUrl = Field(
        default_factory=_default_app_url,
        description="public address, as it stands in links of mails and Slack messages",
    )
    cors_origin: HttpUrl | None = Field(None, description="one other origin that may call the JSON API")
    trusted_proxies: Networks = Field("", description="proxies (addresses, networks) whose X-Forwarded-For counts")

    jwt_secret: SigningKey = Field(description="signs sign-in cookies and bearer tokens, 32 bytes or more")
    secret_key: SigningKey = Field(description="signs sign-in links and reply addresses, 32 bytes or more")
    audit_key: SigningKey = Field(description="seals the audit log, 32 bytes or more")
    jwt_expiry: Annotated[Duration, Field(ge=timedelta(seconds=1), le=timedelta(days=1))] = Field(
        timedelta(hours=1), description="life of a sign-in token before it renews: 1h, 30m or seconds"
    )
    cookie_domain: str | None = Field(None, description="domain of the sign-in cookie; default the host of APP_URL")

    smtp_host: str = Field("127.0.0.1", description="address the SMTP server listens on")
    smtp_port: Port = Field(2525, description="port the SMTP server listens on; 0 turns it off")
    smtp_max_size: Annotated[ByteSize, Field(ge=1024)] = Field(
        ByteSize(25 * 1024 * 1024), description="largest mail taken, in bytes or as 25MiB"
    )
    smtp_tls_cert: File | None = Field(None, description="certificate with its chain (PEM), to offer STARTTLS")
    smtp_tls_key: File | None = Field(None, description="private key (PEM), where it is not in SMTP_TLS_CERT's file")
    smtp_auth_user: str | None = Field(None, description="who may send to the SMTP server; default everybody")
    smtp_auth_password: SecretStr | None = Field(None, description="password that belongs to SMTP_AUTH_USER")
    smtp_mails_per_minute: Annotated[int, Field(ge=0)] = Field(
        600, description="mails that one other machine may send within a minute; 0 sets no limit"
    )
    lmtp_port: Port = Field(0, description="port on 127.0.0.1 where a mail server hands over mail by LMTP; 0 is off")
    support_address: SupportAddress = Field("support@localhost", description="the desk's own mail address")

    trusted_authserv_id: str | None = Field(
        None, description="authserv-id of the mail relay in front, whose DMARC verdict is believed (RFC 8601)"
    )

    mail_check_dkim: bool = Field(
        default=False, description="verify senders by DKIM and DNS where TRUSTED_AUTHSERV_ID names no relay that does"
    )
    mail_unknown_senders: Annotated[Literal["accept", "quarantine"], AnyCase] = Field(
        "accept", description="mail of people whom this desk does not know: accept, or quarantine"
    )
    mail_blocked: str = Field("", description="addresses and domains whose mail is ignored, apart by commas")
    mail_trust_spam_headers: bool = Field(
        default=False,
        description="believe X-Spam-Flag and the like: the relay in front sets them and removes forged ones",
    )
    mail_tickets_per_hour: Annotated[int, Field(ge=1)] = Field(
        30, description="tickets that one mail address may open within an hour; more go to quarantine"
    )
    satisfaction_question: bool = Field(
        default=True, description="ask requesters once, with the solution, how satisfied they are (1 to 5)"
    )
    mail_silence_hours: Annotated[int, Field(ge=0, le=8_760)] = Field(
        0, description="hours without any mail that turn readiness degraded; 0 learns them from the mail there was"
    )
    raw_retention_days: Annotated[int, Field(ge=0, le=36_500)] = Field(
        0, description="days that the bytes of a message are kept once it is decided about; 0 keeps them for ever"
    )

    email_from: str = Field(default_factory=_default_sender, description="From of outgoing mail")
    email_transport: Annotated[Literal["console", "file", "smtp", "resend"], AnyCase] = Field(
        "console", description="how mail leaves: console (standard output), file (DATA_DIR/outbox), smtp or resend"
    )
    smtp_relay_url: Annotated[SecretStr, url_of("smtp", "smtps", "smtp+starttls")] | None = Field(
        None, description="relay for EMAIL_TRANSPORT=smtp: smtp+starttls://USER:PASSWORD@HOST:587 or smtps://…"
    )
    resend_api_key: SecretStr | None = Field(
        None, description="Resend API key for EMAIL_TRANSPORT=resend and for mail that arrives there"
    )
    resend_webhook_secret: SecretStr | None = Field(None, description="verifies Resend's webhooks (whsec_…)")
    resend_api_url: HttpUrl = Field("https://api.resend.com", description="Resend API; anything else for an emulator")

    inbound_webhook_token: SecretStr | None = Field(None, description="bearer token of POST /webhooks/email/raw")
    postmark_webhook_token: SecretStr | None = Field(None, description="password in Postmark's inbound webhook address")
    mailgun_signing_key: SecretStr | None = Field(None, description="verifies Mailgun's webhooks")
    sendgrid_webhook_token: SecretStr | None = Field(None, description="password in SendGrid's inbound parse address")
    ses_topic_arn: str | None = Field(None, description="the one SNS topic whose SES notifications are believed")
    imap_url: Annotated[SecretStr, url_of("imap", "imaps")] | None = Field(
        None, description="mailbox to fetch: imaps://USER:PASSWORD@HOST/FOLDER"
    )
    imap_after: ImapAfter = Field(
        "seen", description="what becomes of a fetched mail in its mailbox: seen, move:FOLDER or delete"
    )
    imap_oauth_token_url: HttpUrl | None = Field(None, description="where the provider renews tokens (XOAUTH2)")
    imap_oauth_client_id: str | None = Field(None, description="client id at the provider of IMAP_OAUTH_TOKEN_URL")
    imap_oauth_client_secret: SecretStr | None = Field(
        None, description="client secret that belongs to IMAP_OAUTH_CLIENT_ID; public clients have none"
    )
    imap_oauth_refresh_token: SecretStr | None = Field(
        None, description="refresh token from signing in for the mailbox, instead of a password"
    )

    slack_bot_token: SecretStr | None = Field(None, description="bot token (xoxb-…) of a single workspace")
    slack_signing_secret: SecretStr | None = Field(None, description="verifies requests that come from Slack over HTTP")
    slack_app_token: SecretStr | None = Field(None, description="app token (xapp-…); Socket Mode when set")
    slack_client_id: str | None = Field(
        None, description="client id of the Slack app, to be installed in workspaces at /slack/install"
    )
    slack_client_secret: SecretStr | None = Field(None, description="client secret that belongs to SLACK_CLIENT_ID")
    slack_install_code: SecretStr | None = Field(
        None, description="lets anybody with the link /slack/install?code=… install the app; default admins only"
    )
    slack_file_max_size: Annotated[ByteSize, Field(ge=1024)] = Field(
        ByteSize(25 * 1024 * 1024), description="largest file taken from Slack or sent there, in bytes or as 25MiB"
    )
    file_types_refused: str = Field(
        "", description="name endings of files that are taken neither from Slack nor by web and API: exe,js"
    )
    virus_scanner: str | None = Field(
        None, description="looks into every attachment: clamd://HOST:3310, clamd:///SOCKET, or a command that reads it"
    )
    slack_api_url: HttpUrl = Field("https://slack.com/api", description="Slack Web API; anything else for an emulator")
    slack_triage_channel: str | None = Field(None, description="id (C…) of the channel where ticket cards are posted")
    slack_reactions: SlackReactions = Field(
        DEFAULT_REACTIONS, description="what a reaction asks for: create, take or resolve; empty turns them off"
    )

    slack_status_reactions: SlackStatusReactions = Field(
        DEFAULT_STATUS_MARKS, description="the reaction that shows each status on the message a ticket was made of"
    )
    slack_burst_window: Duration = Field(
        timedelta(minutes=2), description="messages of one person that follow each other within it are one ticket"
    )
    slack_dialogue_timeout: Duration = Field(
        timedelta(minutes=15), description="how long a question to somebody who said too little waits for its answer"
    )

    openai_api_key: SecretStr | None = Field(
        None, description="OpenAI key; without one triage and embeddings are the built-in local ones"
    )
    openai_base_url: HttpUrl | None = Field(None, description="another endpoint that speaks OpenAI's API")
    triage_model: str = Field("gpt-4.1-mini", description="OpenAI model that triages")
    embedding_model: str = Field(
        "text-embedding-3-small",
        description="OpenAI model that embeds; none: no model at all, similar tickets are found by words alone",
    )
    embedding_model_dir: Directory | None = Field(
        None, description="directory of a sentence-transformers model to use instead of the fetched one"
    )
    ai_monthly_budget_usd: Annotated[Decimal, Field(ge=0)] | None = Field(
        None, description="OpenAI spending per calendar month after which local triage takes over"
    )
    ai_mask_personal_data: bool = Field(
        default=True,
        description="OpenAI is sent no mail addresses, phone, card and account numbers, keys and passwords of tickets",
    )

    qdrant_url: HttpUrl | None = Field(None, description="Qdrant server; default embedded under DATA_DIR")
    qdrant_api_key: SecretStr | None = Field(None, description="API key of QDRANT_URL")
    similar_ticket_min_score: Annotated[float, Field(ge=0, le=1)] | None = Field(
        None, description="least score of a similar ticket, 0 to 1, instead of the measured and learned one"
    )
    similar_ticket_precision: Annotated[float, Field(ge=0.1, le=0.99)] | None = Field(
        None, description="share of the similar tickets shown that shall help, 0.1 to 0.99; default about 0.74"
    )
    similar_retention_days: Annotated[int, Field(ge=91, le=36_500)] = Field(
        365, description="days that it is kept who was shown which similar tickets; the numbers look back 91"
    )

    log_level: Annotated[Literal["debug", "info", "warning", "error"], AnyCase] = Field(
        "info", description="least level that is logged: debug, info, warning or error"
    )
    log_format: Annotated[Literal["console", "json"], AnyCase] = Field(
        "console", description="console for people, json for a log collector"
    )
    rate_limit_storage: RateLimitStorage = Field(
        SecretStr("memory"), description="where request counts are kept: memory, or redis://… for several processes"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what was passed in: `load_settings` reads the other sources itself, to tell where each value is from."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)

    @property
    def sqlalchemy_url(self) -> str:
        """DATABASE_URL with the asynchronous driver this desk uses; it holds the password."""
        scheme, _, rest = self.database_url.get_secret_value().partition(":")
        return f"{DATABASE_DRIVERS[scheme]}:{rest}"

    @property
    def is_production(self) -> bool:
        return self.app_env == "production"

    def source_of(self, name: str) -> str:
        """Where a field's value is from: `environment`, `.env`, `generated` or `default`."""
        return self._origin.get(name, "default")


def load_settings(env: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from `env`, or from the process environment and then a `.env` file.

    In development the signing keys that are not set are generated into `DATA_DIR/secrets.json`.

    Raises:
        ConfigurationError: some settings are missing or wrong; every one is named, with its mend.
    """
    values: dict[str, str] = {}
    origin: dict[str, str] = {}
    for source, given in _sources(env):
        values |= given
        origin |= dict.fromkeys(given, source)
    problems = _problems_between(values)
    unset = [name for name in SIGNING_KEYS if name not in values]
    if unset and values.get("app_env", "development").lower() == "development":
        values |= generated_secrets(Path(values.get("data_dir", "data")).expanduser(), unset)
        origin |= dict.fromkeys(unset, "generated")
    try:
        settings = Settings(**values)  # type: ignore[arg-type]  # strings, which pydantic turns into the fields' types
    except ValidationError as error:
        problems = {**problems, **_problems_within(error)}
    if problems:
        lines = [f"{name.upper()}: {problem}" for name, problem in problems.items()]
        raise ConfigurationError("; ".join(lines) + ".")
    settings._origin.update(origin)  # noqa: SLF001 (private to this module, not to the class)
    return settings


def _sources(env: Mapping[str, str] | None) -> list[tuple[str, dict[str, str]]]:
    """What each source sets, by field name; a later one wins."""
    if env is None:
        return [
            (".env", DotEnvSettingsSource(Settings)()),
            ("environment", EnvSettingsSource(Settings)()),
        ]
    given = {name.lower(): value for name, value in env.items() if value}
    return [("environment", {name: given[name] for name in Settings.model_fields if name in given})]


def _problems_within(error: ValidationError) -> dict[str, str]:
    """The problem of each single field, without ever repeating a secret's value."""
    problems = {}
    for found in error.errors(include_url=False, include_context=False, include_input=False):
        name, kind = str(found["loc"][0]), found["type"]
        if kind == "default_factory_not_called":  # its default depends on a field that is reported already
            continue
        mend = (
            f"set at least {KEY_BYTES} bytes, {KEY_MEND}"
            if kind == "missing"
            else Settings.model_fields[name].description
        )
        message = "missing" if kind == "missing" else found["msg"].removeprefix("Value error, ")
        problems[name] = f"{message} ({mend})"
    return problems


def _problems_between(values: Mapping[str, str]) -> dict[str, str]:
    """Settings that need or exclude each other. Works on the plain strings, so that it reports beside wrong fields."""
    problems = {}
    transport = values.get("email_transport", "console").lower()
    if transport == "console" and values.get("app_env", "").lower() == "production":
        problems["email_transport"] = (
            "console prints mail instead of sending it, in production set smtp, resend or file"
        )
    for name, needed_by in missing(values, transport=transport).items():
        problems[name] = f"missing, and {needed_by} needs it ({Settings.model_fields[name].description})"
    return problems
