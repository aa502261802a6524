"""`tickmate seed`, as a newcomer runs it: the settings are those of the environment, the model is not there."""

import json
from pathlib import Path

import pytest

from config.cli.command import main


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.fixture
def _lexical_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("config.cli.seed.fetch_model_with_progress", lambda _settings: None)


@pytest.mark.usefixtures("_lexical_desk")
def test_seeding_fills_the_desk_and_its_index_and_prints_a_link_a_role(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("seed", "--json") == 0
    seeded = json.loads(capsys.readouterr().out)
    assert seeded["added"] == 25
    assert set(seeded["links"]) == {"admin", "moderator", "user"}
    assert all("/auth/magic-link/" in link for link in seeded["links"].values())

    assert run("search", "VPN freezes after a few minutes", "--json") == 0
    assert "VPN drops every few minutes when I work from home" in capsys.readouterr().out

    assert run("seed") == 0
    assert "0 tickets added" in capsys.readouterr().out


@pytest.mark.usefixtures("_lexical_desk")
def test_a_production_desk_is_seeded_only_on_request(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("JWT_SECRET", "SECRET_KEY", "AUDIT_KEY"):
        monkeypatch.setenv(name, f"{name}-0123456789abcdef0123456789abcdef")
    monkeypatch.setenv("APP_ENV", "production")
    monkeypatch.setenv("EMAIL_TRANSPORT", "file")

    assert run("seed") == 2
    assert "--yes" in capsys.readouterr().err
