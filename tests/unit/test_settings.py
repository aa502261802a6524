"""Settings: defaults, one refusal that names everything, keys made once."""

import json
import multiprocessing
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from config.doors import web_options
from config.generated_secrets import generated_secrets
from config.settings import Settings, load_settings
from config.settings_table import describe
from core.errors import ConfigurationError

KEYS = {name: f"{name}-0123456789abcdef0123456789abcdef" for name in ("JWT_SECRET", "SECRET_KEY", "AUDIT_KEY")}


def load(tmp_path: Path, **env: str) -> Settings:
    return load_settings({"DATA_DIR": str(tmp_path), **env})


def test_defaults_are_those_of_the_contract(tmp_path: Path) -> None:
    settings = load(tmp_path)

    assert settings.app_url == "http://localhost:8080"
    assert (settings.http_host, settings.http_port) == ("127.0.0.1", 8080)
    assert (settings.smtp_host, settings.smtp_port, settings.smtp_max_size) == ("127.0.0.1", 2525, 25 * 1024 * 1024)
    assert settings.sqlalchemy_url == f"sqlite+aiosqlite:///{tmp_path}/tickmate.db"
    assert settings.support_address == "support@localhost"
    assert settings.jwt_expiry == timedelta(hours=1)
    assert settings.email_transport == "console"
    assert settings.triage_model == "gpt-4.1-mini"
    assert settings.embedding_model == "text-embedding-3-small"
    assert not settings.is_production


def test_the_public_address_follows_the_port_until_it_is_set(tmp_path: Path) -> None:
    assert load(tmp_path, HTTP_PORT="9000").app_url == "http://localhost:9000"
    assert load(tmp_path, HTTP_PORT="9000", APP_URL="https://desk.example/").app_url == "https://desk.example"


@pytest.mark.parametrize("url", ["postgresql://u:p@db/tickmate", "postgres://u:p@db/tickmate"])
def test_postgresql_addresses_get_the_driver_of_this_desk(tmp_path: Path, url: str) -> None:
    assert load(tmp_path, DATABASE_URL=url).sqlalchemy_url == "postgresql+psycopg://u:p@db/tickmate"


def test_trusted_proxies_are_addresses_and_networks(tmp_path: Path) -> None:
    options = web_options(load(tmp_path, TRUSTED_PROXIES="10.0.0.5, 172.16.0.0/12,2001:db8::1"))
    assert [str(one) for one in options.trusted_proxies] == ["10.0.0.5/32", "172.16.0.0/12", "2001:db8::1/128"]
    assert web_options(load(tmp_path)).trusted_proxies == ()


@pytest.mark.parametrize(
    ("text", "seconds"), [("1h", 3600), ("30m", 1800), ("3600", 3600), ("1h30m", 5400), ("45s", 45), (" 2H ", 7200)]
)
def test_durations_are_read_in_hours_minutes_and_seconds(tmp_path: Path, text: str, seconds: int) -> None:
    assert load(tmp_path, JWT_EXPIRY=text).jwt_expiry == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("name", "value", "mend"),
    [
        ("JWT_EXPIRY", "soon", "1h, 30m or 3600"),
        ("JWT_EXPIRY", "0", "greater than or equal to"),
        ("HTTP_PORT", "70000", "less than or equal to 65535"),
        ("APP_URL", "desk.example", "http:// or https://"),
        ("DATABASE_URL", "mysql://db/tickmate", "postgresql://"),
        ("SUPPORT_ADDRESS", "Support <support@example.org>", "support@example.org"),
        ("SUPPORT_ADDRESS", "help+desk@example.org", "must hold no +"),
        ("SMTP_RELAY_URL", "relay.example:25", "smtp://"),
        ("EMAIL_TRANSPORT", "pigeon", "'console', 'file', 'smtp' or 'resend'"),
        ("SIMILAR_TICKET_MIN_SCORE", "70", "less than or equal to 1"),
        ("RATE_LIMIT_STORAGE", "memcached://x", "memory or redis://"),
        ("IMAP_AFTER", "burn", "seen, delete or move:FOLDER"),
        ("IMAP_AFTER", "move: ", "seen, delete or move:FOLDER"),
        ("SMTP_MAILS_PER_MINUTE", "-1", "greater than or equal to 0"),
        ("TRUSTED_PROXIES", "10.0.0.0/8, proxy.example", "10.0.0.5, 172.16.0.0/12"),
        ("JWT_SECRET", "short", "openssl rand -hex 32"),
        ("AUDIT_KEY", "change-me-change-me-change-me-change-me", "placeholder"),
    ],
)
def test_a_wrong_value_is_refused_by_name_with_its_mend(tmp_path: Path, name: str, value: str, mend: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load(tmp_path, **{name: value})

    assert str(refused.value).startswith(f"{name}: ")
    assert mend in str(refused.value)


def test_a_refusal_never_repeats_a_secret(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load(tmp_path, JWT_SECRET="hunter2", SMTP_RELAY_URL="ftp://user:hunter2@relay")

    assert "hunter2" not in str(refused.value)


def test_production_names_every_weak_missing_and_wrong_setting_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load(tmp_path, APP_ENV="production", JWT_SECRET="weak", HTTP_PORT="web", SLACK_BOT_TOKEN="xoxb-1")

    named = {problem.split(":")[0] for problem in str(refused.value).split("; ")}
    assert named == {"JWT_SECRET", "SECRET_KEY", "AUDIT_KEY", "EMAIL_TRANSPORT", "HTTP_PORT", "SLACK_SIGNING_SECRET"}


def test_production_starts_with_strong_keys_and_generates_none(tmp_path: Path) -> None:
    settings = load(tmp_path, APP_ENV="production", EMAIL_TRANSPORT="file", **KEYS)

    assert settings.is_production
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("env", "missing"),
    [
        ({"EMAIL_TRANSPORT": "smtp"}, "SMTP_RELAY_URL"),
        ({"EMAIL_TRANSPORT": "resend"}, "RESEND_API_KEY"),
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "SLACK_SIGNING_SECRET"),
        ({"SLACK_CLIENT_ID": "1.2", "SLACK_SIGNING_SECRET": "s"}, "SLACK_CLIENT_SECRET"),
        ({"SMTP_AUTH_USER": "desk"}, "SMTP_AUTH_PASSWORD"),
        ({"SMTP_TLS_KEY": "desk.key"}, "SMTP_TLS_CERT"),
        ({"IMAP_OAUTH_REFRESH_TOKEN": "t", "IMAP_URL": "imaps://a@b"}, "IMAP_OAUTH_TOKEN_URL"),
    ],
)
def test_a_setting_that_needs_another_says_so(tmp_path: Path, env: dict[str, str], missing: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{missing}: missing, and {next(iter(env))}"):
        load(tmp_path, **env)


def test_socket_mode_needs_no_signing_secret(tmp_path: Path) -> None:
    settings = load(tmp_path, SLACK_BOT_TOKEN="xoxb-1", SLACK_APP_TOKEN="xapp-1")

    assert settings.slack_app_token is not None


def test_development_keys_are_made_once_and_only_the_owner_reads_them(tmp_path: Path) -> None:
    first, second = load(tmp_path), load(tmp_path)

    assert first.jwt_secret == second.jwt_secret
    assert len({first.jwt_secret, first.secret_key, first.audit_key}) == 3
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    assert first.source_of("jwt_secret") == "generated"


def test_a_key_that_is_set_wins_over_the_generated_one(tmp_path: Path) -> None:
    load(tmp_path)
    settings = load(tmp_path, **KEYS)

    assert settings.jwt_secret.get_secret_value() == KEYS["JWT_SECRET"]


def test_a_file_open_to_others_is_closed_again(tmp_path: Path) -> None:
    load(tmp_path)
    (tmp_path / "secrets.json").chmod(0o644)
    load(tmp_path)

    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("content", ["", "[]", '{"jwt_secret": 1}', "{"])
def test_a_damaged_file_of_keys_is_named_and_kept(tmp_path: Path, content: str) -> None:
    (tmp_path / "secrets.json").write_text(content)

    with pytest.raises(ConfigurationError, match=r"secrets\.json is damaged"):
        load(tmp_path)
    assert (tmp_path / "secrets.json").read_text() == content


def test_a_data_directory_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigurationError, match="DATA_DIR"):
        load(tmp_path / "file" / "inside")


def _keys_of_one_process(start: "multiprocessing.synchronize.Barrier", directory: Path) -> dict[str, str]:
    start.wait()
    return generated_secrets(directory, ["jwt_secret", "secret_key"])


def test_processes_that_start_at_once_agree_on_the_keys(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with context.Manager() as shared, context.Pool(4) as pool:
        start = shared.Barrier(4)
        keys = pool.starmap(_keys_of_one_process, [(start, tmp_path)] * 4)

    assert all(made == keys[0] for made in keys)
    assert json.loads((tmp_path / "secrets.json").read_text()) == keys[0]


def test_a_dotenv_file_is_read_and_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text(f"DATA_DIR={tmp_path}\nHTTP_PORT=9001\nSMTP_PORT=9002\nUNRELATED=1\nLOG_FORMAT=\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SMTP_PORT", "9003")
    settings = load_settings()

    assert (settings.http_port, settings.smtp_port, settings.log_format) == (9001, 9003, "console")
    assert settings.source_of("http_port") == ".env"
    assert settings.source_of("smtp_port") == "environment"
    assert settings.source_of("log_format") == "default"


def test_the_table_masks_secrets_and_passwords_in_addresses(tmp_path: Path) -> None:
    settings = load(tmp_path, DATABASE_URL="postgresql://desk:hunter2@db/tickmate", OPENAI_API_KEY="sk-hunter2")
    rows = {row.name: row for row in describe(settings)}

    assert rows["DATABASE_URL"].value == "postgresql://desk:********@db/tickmate"
    assert rows["OPENAI_API_KEY"].value == "********"
    assert rows["JWT_EXPIRY"].default == "1h"
    assert rows["DATABASE_URL"].source == "environment"
    assert "hunter2" not in str(rows)
    assert "hunter2" not in repr(settings)


def test_every_setting_says_in_one_line_what_it_does(tmp_path: Path) -> None:
    for row in describe(load(tmp_path)):
        assert 10 < len(row.description) < 110, row.name
        assert "\n" not in row.description
