"""What a deployment has decided, as far as the desk's rules need it. Built from the settings by the roof."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """The house rules.

    Attributes:
        support_address: where people write to; its domain names our Message-IDs.
        app_url: public address of the web pages, without a slash at the end.
        triage_channel: Slack channel id of the moderators' cards; empty without Slack.
        slack_enabled: False keeps the desk from enqueueing messages that nobody would deliver.
        acknowledgement_wait: how long a mail acknowledgement waits for triage and similar tickets.
        automatic_mail_limit: automatic mails to one correspondent within an hour.
        reopen_within: an answer to a ticket resolved longer ago becomes a linked ticket.
        similar_shown: how many similar tickets are shown.
    """

    support_address: str = "support@localhost"
    email_from: str = ""
    app_url: str = "http://localhost:8080"
    triage_channel: str = ""
    slack_enabled: bool = False
    acknowledgement_wait: timedelta = timedelta(seconds=1.5)
    automatic_mail_limit: int = 5
    reopen_within: timedelta = timedelta(days=30)
    similar_shown: int = 3
    ai_monthly_budget_usd: float | None = None

    @property
    def mail_domain(self) -> str:
        return self.support_address.rpartition("@")[2] or "localhost"

    def ticket_url(self, number: int) -> str:
        return f"{self.app_url}/tickets/{number}"
