"""The grammar of the slash commands, as the public interface gives it."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack import acts, commands
from bot.slack.commands import parse_ticket_command, parse_triage_command
from bot.slack.when import TOMORROW
from core.errors import InvalidInputError
from core.tickets.values import Category, Priority, Status


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("", commands.NewTicketCommand("")),
        ("the printer jams", commands.NewTicketCommand("the printer jams")),
        ("123", commands.ShowTicket(123)),
        (" #123 ", commands.ShowTicket(123)),
        ("123 printers jam", commands.NewTicketCommand("123 printers jam")),
        ("mine", commands.ListMine()),
        ("mine is broken", commands.NewTicketCommand("mine is broken")),
        ("HELP", commands.ShowHelp()),
        ("help me", commands.NewTicketCommand("help me")),
        ("similar paper jam", commands.FindSimilar("paper jam")),
        ("similar\npaper jam", commands.FindSimilar("paper jam")),
        ("a similar one", commands.NewTicketCommand("a similar one")),
        ("x &lt; y <@U1|ada>", commands.NewTicketCommand("x < y @ada")),
        ("١٢٣", commands.NewTicketCommand("١٢٣")),
    ],
)
def test_ticket_forms(text: str, meaning: commands.TicketCommand) -> None:
    assert parse_ticket_command(text) == meaning


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("", commands.ShowQueue()),
        ("open", commands.ShowQueue()),
        (" Mine ", commands.ShowQueue(commands.QueueView.MINE)),
        ("unassigned", commands.ShowQueue(commands.QueueView.UNASSIGNED)),
        ("help", commands.ShowHelp()),
        ("12", commands.ShowCard(12)),
        ("12 take", acts.Take(12)),
        ("12 assign <@U0BOB|bob>", acts.Assign(12, slack_user_id="U0BOB")),
        ("12 assign @bob", acts.Assign(12, username="bob")),
        ("12 assign nobody", acts.Assign(12)),
        ("12 priority HIGH", acts.SetPriority(12, Priority.HIGH)),
        ("12 category feature  request", acts.SetCategory(12, Category.FEATURE_REQUEST)),
        ("12 category bug", acts.SetCategory(12, Category.BUG)),
        ("12 status in_progress", acts.SetStatus(12, Status.IN_PROGRESS)),
        ("12 status In Progress", acts.SetStatus(12, Status.IN_PROGRESS)),
        ("12 public on", acts.SetPublic(12, is_public=True)),
        ("12 public off", acts.SetPublic(12, is_public=False)),
        ("12 note look  at\nthis", acts.AddNote(12, "look  at\nthis")),
        ("12 reply &amp; thanks", acts.AddReply(12, "& thanks")),
        ("12 resolve new toner", acts.Resolve(12, "new toner")),
        ("12 reopen", acts.Reopen(12)),
        ("12 accept", acts.Accept(12)),
        ("12 snooze tomorrow", acts.Snooze(12, TOMORROW)),
        ("12 snooze off", acts.Wake(12)),
        ("12 wake", acts.Wake(12)),
        ("12 merge #45", acts.Merge(12, 45)),
        ("breaching", commands.ShowQueue(commands.QueueView.BREACHING)),
        ("snoozed", commands.ShowQueue(commands.QueueView.SNOOZED)),
    ],
)
def test_triage_forms(text: str, meaning: commands.TriageCommand) -> None:
    assert parse_triage_command(text) == meaning


@pytest.mark.parametrize(
    ("text", "right_form"),
    [
        ("twelve", "/triage 123 …"),
        ("12 promote", "/triage help"),
        ("12 priority", "/triage 12 priority low|medium|high"),
        ("12 priority urgent", "/triage 12 priority low|medium|high"),
        ("12 category incident", "/triage 12 category bug|feature|question|performance"),
        ("12 status completed", "/triage 12 resolve TEXT"),
        ("12 status asleep", "/triage 12 status pending|in_progress|waiting"),
        ("12 public maybe", "/triage 12 public on|off"),
        ("12 note", "/triage 12 note TEXT"),
        ("12 resolve  ", "/triage 12 resolve TEXT"),
        ("12 assign", "/triage 12 assign @who"),
        ("12 assign two people", "/triage 12 assign @who"),
        ("12 reopen now", "/triage 12 reopen"),
        ("12 accept it", "/triage 12 accept"),
        ("12 snooze", "/triage 12 snooze later|tomorrow"),
        ("12 snooze for ever", "/triage 12 snooze later|tomorrow"),
        ("12 merge", "/triage 12 merge 45"),
        ("12 merge that one", "/triage 12 merge 45"),
        ("everything", "breaching"),
    ],
)
def test_mistakes_name_the_right_form(text: str, right_form: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        parse_triage_command(text)
    assert right_form in str(refused.value)


@pytest.mark.parametrize("text", ["0", "99999999999", "similar", "similar  "])
def test_ticket_mistakes_are_told(text: str) -> None:
    with pytest.raises(InvalidInputError):
        parse_ticket_command(text)


@given(st.text(max_size=80) | st.builds("{} {}".format, st.integers(0, 99), st.text(max_size=40)))
def test_no_text_raises_anything_else(text: str) -> None:
    for parse in (parse_ticket_command, parse_triage_command):
        with suppress(InvalidInputError):
            parse(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("12 asign @grace", "/triage 12 assign?"),
        ("12 resolved it", "/triage 12 resolve?"),
        ("12 prioriy high", "/triage 12 priority?"),
        ("take 12", "/triage 12 take?"),
        ("Resolve #12 oiled it", "/triage 12 resolve?"),
        ("unasigned", "/triage unassigned?"),
        ("halp", "/triage help?"),
    ],
)
def test_what_was_probably_meant_is_named(text: str, meant: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        commands.parse_triage_command(text)
    assert f"Did you mean {meant}" in refused.value.mend


@pytest.mark.parametrize("text", ["12 dance", "dance 12", "nonsense", "take it"])
def test_nothing_is_guessed_of_other_words(text: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        commands.parse_triage_command(text)
    assert "Did you mean" not in refused.value.mend
