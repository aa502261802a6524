"""What a ticket asks of the desk until its card shows suggestion and similar tickets."""

from collections import Counter

from sqlalchemy import Connection, event

from tests.fakes import slack_requests as requests
from tests.slack.slack_desk import SlackDesk

MOST_STATEMENTS = 65  # in write transactions, for a ticket that comes alone: whoever else writes waits for them
MOST_TRANSACTIONS = 18


async def test_a_ticket_keeps_others_from_writing_for_few_statements(desk: SlackDesk) -> None:
    await desk.send(requests.mention("The printer on the first floor jams", user="U0FIRST"))
    await desk.run_jobs()  # what is asked only once is asked now
    counted: Counter[str] = Counter()
    writer = desk.desk.surroundings.database.writer.sync_engine

    def statement(_connection: Connection, _cursor: object, text: str, *_: object) -> None:
        counted[text.split(maxsplit=1)[0]] += 1

    def commit(_connection: Connection) -> None:
        counted["COMMIT"] += 1

    event.listen(writer, "before_cursor_execute", statement)
    event.listen(writer, "commit", commit)
    await desk.send(requests.mention("The printer on the third floor jams", user="U0SECOND"))
    await desk.run_jobs()
    assert counted.pop("COMMIT") <= MOST_TRANSACTIONS, counted
    assert sum(counted.values()) <= MOST_STATEMENTS, counted


async def test_a_ticket_is_told_and_shown_anew_once_each(desk: SlackDesk) -> None:
    """When triage and the search have ended, card and confirmation change once, not once for each."""
    await desk.send(requests.mention("The printer on the third floor jams"))
    await desk.run_jobs()
    posted = [call["channel"] for call in desk.slack.calls_of("chat.postMessage")]
    updated = [call["channel"] for call in desk.slack.calls_of("chat.update")]
    assert sorted(posted) == sorted({requests.CHANNEL, requests.TRIAGE_CHANNEL})
    assert len(updated) <= len(posted), updated
