"""What a deployment has decided, as far as the desk's rules need it. Built from the settings by the roof."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from core.files.values import FileRules
from core.sla.values import SlaPolicy


def without_suffix(address: str) -> str:
    """`address` in lower case as a mail route has it: `support+…@b` is `support@b`."""
    local, _, domain = address.strip().lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """The house rules.

    Attributes:
        support_address: where people write to; its domain is the name of our SMTP server.
        app_url: public address of the web pages, without a slash at the end.
        triage_channel: Slack channel id of the moderators' cards; empty without Slack.
        slack_enabled: False keeps the desk from enqueueing messages that nobody would deliver.
        acknowledgement_wait: how long a mail acknowledgement waits for triage and similar tickets.
        automatic_mail_limit: acknowledgements to one correspondent within an hour; see `core.conversations.limits`.
        forwarded_reply_limit: replies of other people that came by mail, mailed to one correspondent within an hour.
        mail_limit: mails of any other kind to one correspondent within an hour.
        tickets_per_hour: tickets that one correspondent may open by mail within an hour; more are quarantined.
        quarantines_unknown_senders: mail of people who are not known here waits for an admin.
        reopen_within: an answer to a ticket resolved longer ago becomes a linked ticket.
        burst_window: messages of one person that follow each other within it are one ticket.
        dialogue_timeout: how long a question to somebody who said too little waits for its answer.
        marks_status: the message that a ticket was made of is marked with its status.
        similar_shown: how many similar tickets are shown.
        file_rules: which files people may hand in.
        scans_files: files wait for a virus scanner before anybody gets them.
        sla: how long the first answer and the solution may take.
        ai_budget: US dollars a month for models, of the whole deployment; None is no limit.
        asks_satisfaction: the message that tells a solution asks its requester how satisfied they are.
    """

    support_address: str = "support@localhost"
    email_from: str = ""
    app_url: str = "http://localhost:8080"
    triage_channel: str = ""
    slack_enabled: bool = False
    acknowledgement_wait: timedelta = timedelta(seconds=1.5)
    automatic_mail_limit: int = 5
    forwarded_reply_limit: int = 20
    mail_limit: int = 60
    tickets_per_hour: int = 30
    quarantines_unknown_senders: bool = False
    reopen_within: timedelta = timedelta(days=30)
    burst_window: timedelta = timedelta(minutes=2)
    dialogue_timeout: timedelta = timedelta(minutes=15)
    marks_status: bool = False
    similar_shown: int = 3
    file_rules: FileRules = field(default_factory=FileRules)
    scans_files: bool = False
    sla: SlaPolicy = field(default_factory=SlaPolicy)
    ai_budget: Decimal | None = None
    asks_satisfaction: bool = True

    @property
    def mail_domain(self) -> str:
        return self.support_address.rpartition("@")[2] or "localhost"

    def is_own_address(self, address: str) -> bool:
        """Whether mail to `address`, with or without `+suffix`, comes back to this desk."""
        return without_suffix(address) == self.support_address.lower()

    def ticket_url(self, number: int) -> str:
        return f"{self.app_url}/tickets/{number}"
