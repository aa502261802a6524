"""Whatever is typed, pressed, sent or done in Slack by somebody whom a ticket is not for: nothing is shown or changed.

What is tried is read from the code: every form of both commands, every name that comes back from what we draw, every
payload. A new one is tried by itself, or fails here until its example stands in `COMMANDS`, `EVENTS` or `ENTERED`.
"""

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args

import pytest

from bot.slack import acts, commands
from bot.slack.blocks import ids, new_ticket
from bot.slack.blocks.satisfaction import rate_id
from bot.slack.channel_commands import ShowChannels, WatchChannel
from bot.slack.errors import PayloadRefusedError
from bot.slack.listeners.triage_forms import FORMS
from bot.slack.payloads import parse_payload
from bot.slack.payloads import values as payloads
from core.gathering.values import Answer
from core.tickets.values import SCORES
from tests.fakes import slack_requests as requests
from tests.slack.slack_desk import advance
from tests.slack.visibility_rights import ALL, BACK, MOST, OWN, right_of
from tests.slack.visibility_scene import ALIKE, IN_SLACK, KINDS, Scene, seen
from tests.slack.visibility_traces import logged_words, state_of_tickets

Json = dict[str, Any]

COMMANDS: Mapping[type, str] = {
    commands.NewTicketCommand: f"/ticket {ALIKE}",
    commands.ShowTicket: "/ticket {number}",
    commands.ListMine: "/ticket mine",
    commands.FindSimilar: f"/ticket similar {ALIKE}",
    commands.ShowHelp: "/triage help",
    commands.ShowQueue: "/triage breaching",
    commands.UseThisChannel: "/triage here",
    commands.ShowCard: "/triage {number}",
    ShowChannels: "/triage channel",
    WatchChannel: "/triage channel auto",
    acts.Take: "/triage {number} take",
    acts.Assign: "/triage {number} assign <@U0EVE>",
    acts.SetPriority: "/triage {number} priority high",
    acts.SetCategory: "/triage {number} category question",
    acts.SetStatus: "/triage {number} status waiting",
    acts.SetPublic: "/triage {number} public on",
    acts.AddNote: "/triage {number} note I was here",
    acts.AddReply: "/triage {number} reply I was here",
    acts.Resolve: "/triage {number} resolve I was here",
    acts.Reopen: "/triage {number} reopen",
    acts.Snooze: "/triage {number} snooze tomorrow",
    acts.Wake: "/triage {number} wake",
    acts.Merge: "/triage {number} merge {other}",
    acts.Accept: "/triage {number} accept",
    acts.AddPerson: "/triage {number} add <@U0EVE>",
    acts.RemovePerson: "/triage {number} remove <@U0ADA>",
}
FROM_FORMS_ALONE = {acts.Correct}

ENTERED: Mapping[str, object] = {
    ids.TITLE_INPUT: ALIKE,
    ids.DESCRIPTION_INPUT: f"{ALIKE}, again",
    ids.RESOLUTION_INPUT: "I was here",
    ids.NOTES_INPUT: "I was here",
    ids.REPLY_INPUT: "I was here",
    ids.NOTE_INPUT: "I was here",
    ids.COMMENT_INPUT: "I was here",
    ids.SKILLS_INPUT: "printers",
    ids.KIND_INPUT: "bug",
    ids.CATEGORY_INPUT: "Question",
    ids.PRIORITY_INPUT: "high",
    ids.WHEN_INPUT: "tomorrow",
    ids.SCORE_INPUT: "1",
    ids.PUBLIC_INPUT: ids.PUBLIC_VALUE,
    ids.NUMBER_INPUT: "{number}",
    ids.MOMENT_INPUT: "",
    ids.PEOPLE_INPUT: "",
    ids.FILES_INPUT: "",
}
"""What is entered into each input of a form."""

OUTSIDERS, INSIDERS = ("other user", "guest", "stranger"), ("requester", "participant", "added guest")


def named(ending: str) -> list[str]:
    """Every name that comes back, of those whose constant ends so."""
    return [
        value for name, value in vars(ids).items() if name[0].isupper() and name.isupper() and name.endswith(ending)
    ]


NOT_PRESSED = {*named("_INPUT"), *named("_MODAL"), *named("_SHORTCUT"), *named("_VALUE"), ids.HOME}
PRESSED = [
    *(name for name in named("") if name not in NOT_PRESSED),
    *(answer.value for answer in Answer),
    *(rate_id(score) for score in SCORES),
    *FORMS,
]
OPEN_FORMS = [*FORMS, ids.EDIT, ids.RATE_AGAIN]
"""These change nothing, so that whoever is in a ticket presses them, too."""


def test_every_command_and_input_has_its_example() -> None:
    forms = {*_members(commands.TicketCommand), *_members(commands.TriageCommand)}
    assert forms - FROM_FORMS_ALONE == {*COMMANDS}
    for form, written in COMMANDS.items():
        name, _, words = written.format(number=1, other=2).partition(" ")
        parse = commands.parse_ticket_command if name == "/ticket" else commands.parse_triage_command
        assert isinstance(parse(words), form), written
    assert {*named("_INPUT")} == {*ENTERED}
    assert {*_members(payloads.Payload)} == {*EVENTS, payloads.SlashCommand, *NOBODYS}


def test_options_of_menus_are_asked_of_nobody() -> None:
    """Where menus fetched their options, people would be shown names and titles by typing."""
    with pytest.raises(PayloadRefusedError, match="unused-interaction:block_suggestion"):
        parse_payload({"type": "block_suggestion", "action_id": ids.ASSIGN, "value": "a"})


def _members(union: Any) -> Iterator[type]:
    for one in get_args(union) or (union,):
        yield from _members(one) if get_args(one) else (one,)


def commands_by(scene: Scene, user: str, kind: str) -> Iterator[Json]:
    places = {"number": scene.numbers[kind], "other": scene.of_other_user}
    for written in COMMANDS.values():
        name, _, words = written.format(**places).partition(" ")
        yield requests.command(name, words, user=user)


def presses_by(scene: Scene, user: str, kind: str, names: list[str]) -> Iterator[Json]:
    number = scene.numbers[kind]
    block_id = ids.ticket_block_id(number, 1, "part:low::pending:")
    for name in dict.fromkeys(names):
        yield requests.press(name, block_id, str(number), user=user)
        yield requests.choose(ids.MORE, block_id, name, user=user)
    for name, value in ((ids.STATUS, "waiting"), (ids.PRIORITY, "high"), (ids.CATEGORY, "Question")):
        yield requests.choose(name, block_id, value, user=user)
    yield requests.choose_person(ids.ASSIGN, block_id, user, user=user)
    yield requests.press(ids.QUEUE_PAGE, "queue", ids.queue_page("open", 99), user=user)


def forms_by(scene: Scene, user: str, kind: str) -> Iterator[Json]:
    """Each form as its sender could forge it, with whatever ours carry along."""
    number = scene.numbers[kind]
    carried = (
        new_ticket.new_ticket_modal("")["private_metadata"],
        json.dumps({"number": number, "seen": ""}),
        ids.form_metadata(number),
        ids.form_metadata(number, "", ""),
    )
    for name, metadata in itertools.product(named("_MODAL"), carried):
        form = {"callback_id": name, "private_metadata": metadata, "blocks": []}
        sent = requests.submission(form, {}, user=user)
        sent["view"]["state"]["values"] = {
            block_id: {block_id: {"type": "plain_text_input", "value": str(value).format(number=number)}}
            for block_id, value in ENTERED.items()
        }
        yield sent


def _shortcut(scene: Scene, user: str, kind: str) -> Json:
    thread = scene.threads[kind]
    return requests.message_shortcut(
        ids.CREATE_FROM_MESSAGE_SHORTCUT, "me too", user=user, ts=scene.confirmation(kind), thread_ts=thread
    )


EVENTS: Mapping[type, Callable[[Scene, str, str], Json]] = {
    payloads.MessageEvent: lambda _scene, user, _kind: requests.direct_message(
        ALIKE, user=user, channel=f"D{user[1:]}"
    ),
    payloads.MessageEdited: lambda scene, user, kind: requests.edited("me too", _written(scene, user, kind)),
    payloads.MessageDeleted: lambda scene, user, kind: requests.deleted(_written(scene, user, kind)),
    payloads.Reaction: lambda scene, user, kind: requests.reaction("ticket", on=scene.confirmation(kind), user=user),
    payloads.HomeOpened: lambda _scene, user, _kind: requests.envelope(
        {"type": "app_home_opened", "user": user, "channel": f"D{user[1:]}", "tab": "home", "event_ts": "1.5"}
    ),
    payloads.LinksShared: lambda scene, user, kind: requests.links(
        f"https://desk.example/tickets/{scene.numbers[kind]}", user=user
    ),
    payloads.BlockAction: lambda scene, user, kind: requests.press(
        ids.TAKE, ids.ticket_block_id(scene.numbers[kind], 1, "row"), "1", user=user
    ),
    payloads.ViewSubmission: lambda scene, user, kind: next(forms_by(scene, user, kind)),
    payloads.GlobalShortcut: lambda _scene, user, _kind: requests.global_shortcut(ids.NEW_TICKET_SHORTCUT, user=user),
    payloads.MessageShortcut: _shortcut,
}
"""An example of each payload but commands."""
NOBODYS = {payloads.AccessLost, payloads.ChannelReadersChanged}
"""These are told by Slack itself and answered to nobody."""


def _written(scene: Scene, user: str, kind: str) -> Json:
    """What somebody else wrote in a ticket's thread before there was a ticket."""
    return requests.message("me", user=user, thread_ts=scene.threads[kind])


def events_by(scene: Scene, user: str, kind: str) -> Iterator[Json]:
    for example in EVENTS.values():
        yield example(scene, user, kind)
    for name in ("eyes", "white_check_mark"):
        yield requests.reaction(name, on=scene.confirmation(kind), user=user)


async def test_outsiders_are_shown_nothing_whatever_they_do(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    before = await state_of_tickets(scene)
    told = {viewer: len(scene.desk.slack.messages(scene.direct_channel(viewer))) for viewer in IN_SLACK}
    wrong = []
    for viewer in (*OUTSIDERS, *INSIDERS):
        for kind in [kind for kind in KINDS if right_of(viewer, kind) not in {OWN, ALL, BACK}]:
            user = IN_SLACK[viewer]
            tried = [
                *commands_by(scene, user, kind),
                *presses_by(scene, user, kind, PRESSED),
                *forms_by(scene, user, kind),
                *events_by(scene, user, kind),
            ]
            wrong += [line for payload in tried for line in await _wrongly_shown(scene, viewer, payload)]
        advance(scene.desk, hours=1)  # an edit waits for its message no longer, and a question for more words
        await scene.desk.run_jobs()
        wrong += _more_than_is_theirs(viewer, f"what {viewer} was told", scene.direct(viewer, since=told[viewer]))
    assert wrong == [], "\n".join(wrong)
    assert await state_of_tickets(scene) == before
    assert logged_words(capsys.readouterr().out) == []


async def test_whoever_opens_a_form_is_shown_their_part(scene: Scene) -> None:
    wrong = []
    for viewer in IN_SLACK:
        for kind in KINDS:
            for payload in presses_by(scene, IN_SLACK[viewer], kind, OPEN_FORMS):
                if payload["actions"][0]["action_id"] in {*OPEN_FORMS, ids.MORE}:
                    wrong += await _wrongly_shown(scene, viewer, payload)
    assert wrong == [], "\n".join(wrong)


async def _wrongly_shown(scene: Scene, viewer: str, payload: Json) -> list[str]:
    """Of the answer, and of every call that was made before it was given."""
    slack = scene.desk.slack
    calls, answers = len(slack.calls), len(slack.answers)
    status, answer = await scene.desk.send(payload)
    assert status in {200, 404}, payload
    told = json.dumps([answer, slack.calls[calls:], slack.answers[answers:]])
    return _more_than_is_theirs(viewer, json.dumps(payload)[:300], told)


def _more_than_is_theirs(viewer: str, surface: str, told: str) -> list[str]:
    return [
        f"{viewer} sees {sorted(more)} of {kind}: {surface}"
        for kind in KINDS
        if (more := seen(told, kind) - MOST[right_of(viewer, kind)])
    ]
