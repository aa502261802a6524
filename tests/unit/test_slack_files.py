"""Where our token may go to fetch a file."""

import pytest

from bot.slack.files import _is_slacks

API = "https://slack.com/api/"


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("https://files.slack.com/files-pri/T1-F1/a.png", True),
        ("https://acme.slack-files.com/T1-F1", True),
        ("http://files.slack.com/files-pri/T1-F1/a.png", False),
        ("https://slack.com/api/auth.revoke", False),
        ("https://acme.slack.com/api/auth.revoke", False),
        ("https://files.slack.com.evil.example/a", False),
        ("https://evil.example/files.slack.com", False),
    ],
)
def test_a_file_is_fetched_where_slack_keeps_files_and_never_from_its_api(address: str, may: bool) -> None:
    assert _is_slacks(address, API) is may


def test_in_place_of_slack_stands_an_emulator() -> None:
    assert _is_slacks("http://127.0.0.1:9000/files/1", "http://127.0.0.1:9000/api/")
    assert not _is_slacks("http://127.0.0.1:9001/files/1", "http://127.0.0.1:9000/api/")
