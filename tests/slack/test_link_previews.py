"""What an address of a ticket shows where somebody wrote it: every place, kind of ticket and person."""

import json

import pytest

from core.people.values import Role
from tests.fakes import slack_requests as requests
from tests.slack.slack_desk import SlackDesk

ADA, GRACE, MALLORY = requests.REQUESTER, requests.MODERATOR, "U0MALLORY"
ADDRESS = "https://desk.example/tickets/1"
SECRET = "zebracode"


async def filed(desk: SlackDesk, *, public: bool = False) -> None:
    await desk.file(f"printer {SECRET} jams")
    if public:
        await triage(desk, "1 public on")


async def triage(desk: SlackDesk, words: str) -> None:
    await desk.send(requests.command("/triage", words, user=GRACE))
    await desk.run_jobs()


async def shown(desk: SlackDesk, *addresses: str, **fields: object) -> str:
    await desk.send(requests.links(*(addresses or (ADDRESS,)), **fields))
    await desk.run_jobs()
    return json.dumps(desk.slack.calls_of("chat.unfurl"))


@pytest.mark.parametrize("public", [False, True])
@pytest.mark.parametrize(
    ("channel", "user", "is_with_app", "reads_private"),
    [
        (requests.CHANNEL, ADA, True, False),
        (requests.CHANNEL, GRACE, True, False),
        ("G0PRIVATE", GRACE, True, False),
        ("D0ADA", ADA, True, True),
        ("D0ADA", ADA, False, False),  # a conversation of two people: nobody knows the other one
        ("D0GRACE", GRACE, True, True),
        ("D0MALLORY", MALLORY, True, False),
        ("U0ADA", ADA, False, False),
        (requests.TRIAGE_CHANNEL, GRACE, True, True),
    ],
)
async def test_a_preview_shows_only_what_everybody_there_may_read(
    desk: SlackDesk, *, public: bool, channel: str, user: str, is_with_app: bool, reads_private: bool
) -> None:
    await filed(desk, public=public)
    seen = await shown(desk, channel=channel, user=user, is_bot_user_member=is_with_app)
    assert (SECRET in seen) is (public or reads_private)


async def test_a_solved_ticket_shows_what_solved_it(desk: SlackDesk) -> None:
    await filed(desk, public=True)
    await triage(desk, "1 resolve Oiled the rollers")
    seen = await shown(desk)
    assert "Oiled the rollers" in seen
    assert "completed" in seen


async def test_what_was_made_private_again_or_deactivated_people_read_is_not_shown(desk: SlackDesk) -> None:
    await filed(desk, public=True)
    await triage(desk, "1 public off")
    assert await shown(desk) == "[]"
    await desk.make(GRACE, Role.USER)
    assert await shown(desk, channel="D0GRACE", user=GRACE) == "[]"


@pytest.mark.parametrize(
    "address",
    [
        "https://desk.example/tickets",
        "https://desk.example/tickets/1/attachments/1",
        "https://desk.example/tickets/99",
        "https://desk.example.evil.example/tickets/1",
        "https://desk.example/tickets/1234567890123",
    ],
)
async def test_other_addresses_show_nothing_of_it(desk: SlackDesk, address: str) -> None:
    await filed(desk, public=True)
    seen = await shown(desk, address)
    assert seen == "[]"


async def test_each_address_is_answered_as_it_was_written_and_once(desk: SlackDesk) -> None:
    await filed(desk, public=True)
    event = requests.links(ADDRESS, f"{ADDRESS}?from=slack#reply-3", *(f"{ADDRESS}?{n}" for n in range(9)))
    await desk.send(event)
    await desk.send(event)
    await desk.run_jobs()
    (call,) = desk.slack.calls_of("chat.unfurl")
    assert list(call["unfurls"])[:2] == [ADDRESS, f"{ADDRESS}?from=slack#reply-3"]
    assert call["ts"] == event["event"]["message_ts"]
    assert len(call["unfurls"]) == 5


async def test_what_is_only_being_typed_is_left_alone(desk: SlackDesk) -> None:
    await filed(desk, public=True)
    assert await shown(desk, source="composer", channel="COMPOSER") == "[]"
