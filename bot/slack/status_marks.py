"""The status of a ticket as our reaction on the message it was made of, as SLACK_STATUS_REACTIONS says.

Source: https://docs.slack.dev/reference/methods/reactions.add and https://docs.slack.dev/reference/methods/reactions.remove
"""

from collections.abc import Mapping

from bot.slack.places import Place
from bot.slack.reactions import read_pairs
from bot.slack.web_api import SlackRefusedError, SlackWebApi
from core.errors import InvalidInputError
from core.tickets.values import Status

DEFAULT = "in_progress=eyes, waiting=hourglass_flowing_sand, completed=white_check_mark"
_ALREADY_SO = frozenset({"already_reacted", "no_reaction"})

StatusMarks = Mapping[Status, str]


def read_status_marks(text: str) -> dict[Status, str]:
    """The setting's pairs `status=reaction`, apart by commas; empty sets no reaction.

    Raises:
        InvalidInputError: a pair that is none, or no status.
    """
    pairs = read_pairs(text, example=DEFAULT)
    if strange := [status for status in pairs if status not in set(Status)]:
        raise InvalidInputError(f"“{strange[0][:80]}” is no status", mend=f"write it as: {DEFAULT}")
    return {Status(status): reaction for status, reaction in pairs.items()}


async def show_status(api: SlackWebApi, place: Place, status: Status, marks: StatusMarks) -> None:
    """Leave exactly the reaction of this status, of those that are ours.

    Raises:
        As `SlackWebApi.call`.
    """
    wanted = marks.get(status)
    for reaction in dict.fromkeys(marks.values()):
        if reaction != wanted:
            await _react(api, "reactions.remove", place, reaction)
    if wanted:
        await _react(api, "reactions.add", place, wanted)


async def _react(api: SlackWebApi, method: str, place: Place, reaction: str) -> None:
    try:
        await api.call(method, channel=place.channel, timestamp=place.ts, name=reaction)
    except SlackRefusedError as refused:
        if refused.code not in _ALREADY_SO:
            raise
