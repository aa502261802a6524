"""Which settings need which others."""

from collections.abc import Mapping

Needs = Mapping[str, str | bool]
"""A setting, and what needs it: empty or False where nothing does."""


def missing(values: Mapping[str, str], *, transport: str) -> dict[str, str]:
    """The settings that are needed and not given, each with the name of what needs it."""
    needs: dict[str, str | bool] = {**_of_mail_out(values, transport), **_of_mail_in(values), **_of_slack(values)}
    return {name: str(needed_by) for name, needed_by in needs.items() if needed_by and name not in values}


def _of_mail_out(values: Mapping[str, str], transport: str) -> Needs:
    by_webhook = "resend_webhook_secret" in values and "RESEND_WEBHOOK_SECRET"
    return {
        "smtp_relay_url": transport == "smtp" and "EMAIL_TRANSPORT=smtp",
        "resend_api_key": "EMAIL_TRANSPORT=resend" if transport == "resend" else by_webhook,
    }


def _of_mail_in(values: Mapping[str, str]) -> Needs:
    by_oauth = "imap_oauth_refresh_token" in values and "IMAP_OAUTH_REFRESH_TOKEN"
    return {
        "smtp_auth_password": "smtp_auth_user" in values and "SMTP_AUTH_USER",
        "smtp_auth_user": "smtp_auth_password" in values and "SMTP_AUTH_PASSWORD",
        "smtp_tls_cert": "smtp_tls_key" in values and "SMTP_TLS_KEY",
        "imap_url": by_oauth,
        "imap_oauth_token_url": by_oauth,
        "imap_oauth_client_id": by_oauth,
    }


def _of_slack(values: Mapping[str, str]) -> Needs:
    over_http = next((name.upper() for name in ("slack_bot_token", "slack_client_id") if name in values), "")
    return {
        "slack_signing_secret": "slack_app_token" not in values and over_http,
        "slack_client_secret": "slack_client_id" in values and "SLACK_CLIENT_ID",
        "slack_client_id": "slack_client_secret" in values and "SLACK_CLIENT_SECRET",
    }
