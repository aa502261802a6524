"""The house rules that follow from the settings."""

from config.settings import Settings
from config.sla import sla_of
from config.slack import file_rules
from core.policy import Policy


def policy_of(settings: Settings) -> Policy:
    return Policy(
        support_address=settings.support_address,
        email_from=settings.email_from,
        app_url=settings.app_url,
        triage_channel=settings.slack_triage_channel or "",
        slack_enabled=settings.slack_bot_token is not None or settings.slack_client_id is not None,
        quarantines_unknown_senders=settings.mail_unknown_senders == "quarantine",
        tickets_per_hour=settings.mail_tickets_per_hour,
        ai_budget=settings.ai_monthly_budget_usd,
        asks_satisfaction=settings.satisfaction_question,
        marks_status=bool(settings.slack_status_reactions.strip()),
        burst_window=settings.slack_burst_window,
        dialogue_timeout=settings.slack_dialogue_timeout,
        file_rules=file_rules(settings),
        scans_files=settings.virus_scanner is not None,
        sla=sla_of(settings),
    )
