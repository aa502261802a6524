"""Links in mails by which somebody says whether a similar ticket helped, without signing in.

The token opens nothing but this one question about a ticket that is public anyway, so it does not expire.
"""

from dataclasses import dataclass

from core.signed_numbers import read_numbers, sign_numbers

_PURPOSE = "similar feedback"


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedbackLink:
    """Who is asked about which shown ticket."""

    shown_id: int
    user_id: int
    organization_id: int


def feedback_token(link_key: str, link: FeedbackLink) -> str:
    """What stands in the address."""
    return sign_numbers(link_key, _PURPOSE, link.shown_id, link.user_id, link.organization_id)


def feedback_url(app_url: str, link_key: str, link: FeedbackLink) -> str:
    """The address to mail."""
    return f"{app_url}/similar/{feedback_token(link_key, link)}"


def read_feedback_token(link_key: str, token: str) -> FeedbackLink | None:
    """What `token` was issued for; None for any other text. Never raises."""
    issued = read_numbers(link_key, _PURPOSE, token, count=3)
    if issued is None:
        return None
    shown_id, user_id, organization_id = issued
    return FeedbackLink(shown_id=shown_id, user_id=user_id, organization_id=organization_id)
