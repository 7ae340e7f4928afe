from __future__ import annotations

import fcntl
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.discord.settings import DiscordSettings
from adapters.web.settings import WebSettings
from bot.config import DataSettings, Settings
from bot.doctor import check_settings, examine
from core.errors import ConfigError
from core.llm.settings import LlmSettings
from core.painting.settings import PainterSettings


def settings(folder: Path, **parts: object) -> Settings:
    return replace(Settings(), data=DataSettings(str(folder)), **parts)  # type: ignore[arg-type]


def test_all_is_well_on_a_fresh_machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = examine(lambda: settings(tmp_path), {})

    said = capsys.readouterr().out
    assert code == 0, said
    assert "All is well." in said and "WRONG" not in said
    assert "painting: loads on cpu in" in said


def test_a_painter_that_cannot_start_is_found_before_somebody_waits_for_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    there_is_none = settings(tmp_path, painter=PainterSettings(device="cuda:99"))

    code = examine(lambda: there_is_none, {})

    said = capfd.readouterr()
    assert code == 1
    assert "WRONG  painting: There is no device cuda:99" in said.out
    assert "Traceback" not in said.err


def test_every_wrong_thing_is_named_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "easel.db").write_bytes(b"no database" * 100)
    wrong = settings(
        tmp_path,
        painter=PainterSettings(backend="diffusers", model=str(tmp_path)),
        llm=LlmSettings(backend="openai", model="m", base_url="http://127.0.0.1:9/v1", retries=0),
        web=WebSettings(host="0.0.0.0"),
        discord=DiscordSettings(api_base="http://127.0.0.1:9/api/v10"),
    )

    code = examine(lambda: wrong, {"DISCORD_TOKEN": "x", "SLACK_BOT_TOKEN": "xoxb-1"})

    said = capsys.readouterr().out
    assert code == 1
    for subject in ("database", "painter", "language model", "web page", "Discord", "Slack"):
        assert f"WRONG  {subject}" in said
    assert "EASEL_WEB_TOKEN" in said and "SLACK_SIGNING_SECRET" in said


def test_a_configuration_that_cannot_be_read_ends_it(capsys: pytest.CaptureFixture[str]) -> None:
    def load() -> Settings:
        raise ConfigError("[painter] has no setting 'x'.")

    assert examine(load, {}) == 1
    assert "has no setting 'x'" in capsys.readouterr().out


def test_a_running_easel_is_not_a_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    examine(lambda: settings(tmp_path), {})
    with open(tmp_path / "easel.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        code = examine(lambda: settings(tmp_path), {})

    assert code == 0
    assert "in use by a running Easel" in capsys.readouterr().out


def test_check_prints_what_is_in_force_and_secrets_by_length_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets = {"OPENAI_API_KEY": "sk-canary", "SLACK_BOT_TOKEN": "xoxb-canary"}
    code = check_settings(settings(tmp_path), {**secrets, "SLACK_APP_TOKEN": "xapp-canary"})
    alone = check_settings(settings(tmp_path), secrets)

    said = capsys.readouterr().out
    assert (code, alone) == (0, 1)
    assert "SLACK_BOT_TOKEN: 11 characters" in said and "WRONG  Slack" in said
    assert "OPENAI_API_KEY: 9 characters" in said and "canary" not in said
    assert "[painter]" in said and "backend = 'pocket'" in said
