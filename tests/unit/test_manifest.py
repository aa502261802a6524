"""The Slack app manifest, held against Slack's published limits and our own door."""

import json
from pathlib import Path

import pytest

from config.cli.command import main
from config.cli.manifest import ManifestOptions, app_manifest


def test_every_request_address_is_the_one_slack_route() -> None:
    made = app_manifest("https://desk.example", ManifestOptions())

    addresses = [
        made["settings"]["event_subscriptions"]["request_url"],
        made["settings"]["interactivity"]["request_url"],
        *(command["url"] for command in made["features"]["slash_commands"]),
    ]
    assert set(addresses) == {"https://desk.example/slack/events"}
    assert made["oauth_config"]["redirect_urls"] == ["https://desk.example/slack/oauth_redirect"]


def test_whether_tokens_expire_and_organizations_install_is_chosen() -> None:
    made = app_manifest("https://desk.example", ManifestOptions(org_wide=True, token_rotation=True))

    assert made["settings"]["org_deploy_enabled"] is True
    assert made["settings"]["token_rotation_enabled"] is True


def test_socket_mode_names_no_request_address() -> None:
    made = app_manifest("http://localhost:8080", ManifestOptions(socket_mode=True))

    assert made["settings"]["socket_mode_enabled"] is True
    assert "/slack/events" not in json.dumps(made)


def test_texts_fit_the_limits_of_slack() -> None:
    """Source: https://docs.slack.dev/reference/app-manifest."""
    made = app_manifest("https://desk.example", ManifestOptions())

    assert len(made["display_information"]["name"]) <= 35
    assert len(made["display_information"]["description"]) <= 140
    assert all(len(command["command"]) <= 32 for command in made["features"]["slash_commands"])
    assert all(len(command["description"]) <= 2000 for command in made["features"]["slash_commands"])
    assert all(len(command["usage_hint"]) <= 1000 for command in made["features"]["slash_commands"])
    assert all(len(shortcut["name"]) <= 24 for shortcut in made["features"]["shortcuts"])
    assert all(len(shortcut["description"]) <= 150 for shortcut in made["features"]["shortcuts"])


def test_an_address_that_slack_cannot_reach_is_said_beside_the_manifest(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["slack", "manifest"])

    printed = capsys.readouterr()
    assert ended.value.code == 0
    assert "--socket-mode" in printed.err
    assert json.loads(printed.out)["display_information"]["name"] == "TickMate"
