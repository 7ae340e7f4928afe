from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from bot.config import Settings, load_settings, parse_settings, read_secrets
from core.errors import ConfigError

EXAMPLE = Path(__file__).parent.parent.parent / "config.example.toml"


def test_no_file_means_the_pocket_painter_and_the_offline_assistant() -> None:
    settings = load_settings(None, {})

    assert (settings.painter.backend, settings.llm.backend) == ("pocket", "offline")


def test_the_example_holds_the_defaults() -> None:
    assert parse_settings(EXAMPLE.read_text()) == Settings()


def test_the_example_names_every_setting() -> None:
    written = set(re.findall(r"^#? ?(\w+) = ", EXAMPLE.read_text(), re.MULTILINE))
    sections = [getattr(Settings(), f.name) for f in fields(Settings)]

    assert {f.name for section in sections for f in fields(section)} <= written


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("[painter]\nstep = 4", "did you mean 'steps'"),
        ("[paintr]\nsteps = 4", "did you mean 'painter'"),
        ('[llm]\napi_key = "sk-1"', "environment"),
        ('[painter]\nsteps = "four"', "not a whole number"),
        ('[policy]\nrefused_words = "nude"', 'not a list of texts such as ["one", "two"]'),
        ('[web]\nhost_names = "easel.example.org"', "not a list of texts"),
        ("[painter\n", "not valid TOML"),
        ("painter = 3", "is a section"),
        ("[limits]\npictures_per_turn = 99", "between 1 and 16"),
    ],
)
def test_a_mistake_is_named_with_a_way_out(text: str, hint: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(hint)):
        parse_settings(text)


def test_a_whole_number_will_do_for_seconds() -> None:
    assert parse_settings("[painter]\nstep_timeout_s = 30").painter.step_timeout_s == 30.0


def test_the_environment_stands_for_the_options(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[painter]\nsteps = 3\n[data]\ndir = "elsewhere"')

    settings = load_settings(None, {"EASEL_CONFIG": str(file), "EASEL_DATA_DIR": str(tmp_path)})

    assert (settings.painter.steps, settings.data.path) == (3, tmp_path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere.toml"):
        load_settings(tmp_path / "nowhere.toml", {})


def test_secrets_are_never_printed() -> None:
    secrets = read_secrets({"OPENAI_API_KEY": "sk-canary", "EASEL_WEB_TOKEN": "token-canary"})

    assert "canary" not in repr(secrets)
