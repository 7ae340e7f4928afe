"""The command `easel` as operators' scripts use it: exit codes, one sentence for each mistake, a clean end."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.cli import main

COMMAND = [sys.executable, "-m", "bot.cli"]
ROOT = Path(__file__).parent.parent.parent
LIMIT_S = 240


def easel(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )


@contextmanager
def serving(
    folder: Path, port: int = 0, more: str = "", **environment: str
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`easel run` on that data folder, and where its page is; `more` is added to the configuration."""
    config = folder / "easel.toml"
    config.write_text(f'[web]\nport = {port}\n[data]\ndir = "{folder / "data"}"\n{more}')
    bot = subprocess.Popen(
        [*COMMAND, "run", "--config", str(config)],
        cwd=ROOT,
        env={**os.environ, **environment},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield bot, _url(bot)
    finally:
        if bot.poll() is None:
            bot.kill()
        bot.wait(30)
        assert bot.stderr
        bot.stderr.close()


def _url(bot: subprocess.Popen[str]) -> str:
    assert bot.stderr
    for line in bot.stderr:
        if "ready on " in line:
            return line.rsplit("ready on ", 1)[1].strip()
    raise AssertionError("easel run ended before it was ready")


def test_run_is_healthy_holds_no_torch_and_ends_cleanly_on_sigterm(tmp_path: Path) -> None:
    with serving(tmp_path) as (bot, url):
        health = json.load(urllib.request.urlopen(f"{url}/healthz", timeout=10))
        maps = Path(f"/proc/{bot.pid}/maps")
        mapped = maps.read_text() if maps.exists() else ""
        second = easel("run", "--config", str(tmp_path / "easel.toml"))
        bot.send_signal(signal.SIGTERM)

        assert bot.wait(LIMIT_S) == 0
    assert health["ready"] is True
    assert "torch" not in mapped
    assert second.returncode == 1
    assert "Another Easel" in second.stderr or "in use" in second.stderr
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{url}/healthz", timeout=2)


def test_a_platform_out_of_reach_leaves_the_page_up_and_a_clean_end(tmp_path: Path) -> None:
    away = '[discord]\napi_base = "http://127.0.0.1:9/api/v10"\ngateway_url = "ws://127.0.0.1:9"\n'
    with serving(tmp_path, more=away, DISCORD_TOKEN="no-such-token") as (bot, url):
        health = json.load(urllib.request.urlopen(f"{url}/healthz", timeout=10))
        bot.send_signal(signal.SIGTERM)

        assert bot.wait(LIMIT_S) == 0
    assert health["ready"] is True
    assert health["platforms"] == {"discord": "reconnecting"}


def test_slack_without_its_partner_secret_ends_with_a_sentence(tmp_path: Path) -> None:
    ended = easel("run", EASEL_DATA_DIR=str(tmp_path), SLACK_BOT_TOKEN="xoxb-canary")

    assert ended.returncode == 2
    assert "SLACK_SIGNING_SECRET" in ended.stderr and "canary" not in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_slack_manifest_is_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["slack", "manifest"]) == 0

    assert json.loads(capsys.readouterr().out)["settings"]["socket_mode_enabled"] is True


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])

    assert ended.value.code == 0
    text = capsys.readouterr().out
    for command in ("run", "web", "chat", "doctor", "config", "show", "slack", "train", "eval"):
        assert f"\n    {command} " in text


def test_an_unknown_setting_ends_with_the_right_one(tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text("[painter]\nsteps_ = 4\n")

    ended = easel("config", "check", "--config", str(config))

    assert ended.returncode == 2
    assert "did you mean 'steps'" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_model_folder_that_misses_a_part_is_named(tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text(f'[painter]\nbackend = "diffusers"\nmodel = "{tmp_path}"\n')

    ended = easel("run", "--config", str(config), "--data-dir", str(tmp_path / "d"))

    assert ended.returncode == 1
    assert "model_index.json" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_corrupt_database_is_said_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "easel.db").write_bytes(b"this was a database once" * 1000)

    ended = easel("run", EASEL_DATA_DIR=str(tmp_path))

    assert ended.returncode == 1
    assert "easel.db" in ended.stderr and "Traceback" not in ended.stderr
    assert (tmp_path / "easel.db").read_bytes().startswith(b"this was a database once")


def test_a_port_in_use_is_said(tmp_path: Path) -> None:
    with serving(tmp_path) as (_, url):
        other = tmp_path / "other"
        other.mkdir()
        port = url.rsplit(":", 1)[1]
        (other / "c.toml").write_text(f'[web]\nport = {port}\n[data]\ndir = "{other}"\n')
        ended = easel("run", "--config", str(other / "c.toml"))

    assert ended.returncode == 2
    assert f":{port}" in ended.stderr and "Traceback" not in ended.stderr


def test_secrets_never_reach_the_output_or_the_database(tmp_path: Path) -> None:
    canary = "sk-canary-0123456789"
    config = tmp_path / "c.toml"
    config.write_text(
        '[llm]\nbackend = "openai"\nmodel = "m"\nbase_url = "http://127.0.0.1:9/v1"\nretries = 0\n'
    )
    script = tmp_path / "s.txt"
    script.write_text("how are you?\n")

    ended = easel(
        *("chat", "--script", str(script), "--out", str(tmp_path / "out")),
        *("--config", str(config), "--log-level", "debug"),
        OPENAI_API_KEY=canary,
        EASEL_DATA_DIR=str(tmp_path / "data"),
    )

    assert ended.returncode == 1  # the turn failed: there is no server
    assert canary not in ended.stdout + ended.stderr
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or canary.encode() not in file.read_bytes()


def test_a_script_leaves_pictures_and_the_transcript(tmp_path: Path) -> None:
    script = tmp_path / "s.txt"
    script.write_text("# a story\na cute dog\n@press vary 1\n@restart\nmake it night\n")
    config = tmp_path / "c.toml"
    config.write_text("[painter]\nsteps = 2\n")

    ended = easel(
        *("chat", "--script", str(script), "--out", str(tmp_path / "out")),
        *("--config", str(config)),
        EASEL_DATA_DIR=str(tmp_path / "data"),
    )

    assert ended.returncode == 0, ended.stderr
    transcript = json.loads((tmp_path / "out" / "transcript.json").read_text())
    assert [t["state"] for t in transcript["turns"]] == ["done"] * 3
    pictures = [p for t in transcript["turns"] for p in t["pictures"]]
    assert [(p["number"], p["parent"]) for p in pictures] == [(1, None), (2, 1), (3, 2)]
    assert all((tmp_path / "out" / p["file"]).is_file() for p in pictures)
    assert all(p["recipe"]["steps"] == 2 for p in pictures)
    with sqlite3.connect(tmp_path / "data" / "easel.db") as db:
        assert db.execute("SELECT count(*) FROM turns").fetchone() == (3,)
