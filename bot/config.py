"""Settings: one TOML file and the environment -> one frozen value, checked before anything starts.

Secrets come from the environment alone; a secret written into the file is an unknown key.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

import dacite

from adapters.discord.settings import DiscordSettings
from adapters.slack.settings import SlackSettings
from adapters.web.settings import WebSettings
from bot.policy import PolicySettings
from core.errors import ConfigError
from core.llm.settings import LlmSettings
from core.painting.settings import PainterSettings

SECRET_NAMES = (
    "OPENAI_API_KEY",
    "EASEL_WEB_TOKEN",
    "DISCORD_TOKEN",
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_SIGNING_SECRET",
)
DEFAULT_FILE = Path("config.toml")


@dataclass(frozen=True, slots=True)
class DataSettings:
    """[data]: where the database and the pictures live."""

    dir: str = "~/.local/share/easel"

    @property
    def path(self) -> Path:
        return Path(self.dir).expanduser()


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """[limits]: what one person and one turn may ask for."""

    message_characters: int = 4000
    pictures_per_turn: int = 8
    queued_jobs_per_person: int = 10
    queued_jobs: int = 200
    turn_timeout_s: float = 3600.0  # a turn that is not done by then fails, visibly

    def __post_init__(self) -> None:
        for name in ("message_characters", "queued_jobs_per_person", "queued_jobs"):
            if getattr(self, name) < 1:
                raise ConfigError(f"[limits] {name} must be at least 1.")
        if not 1 <= self.pictures_per_turn <= 16:
            raise ConfigError("[limits] pictures_per_turn must be between 1 and 16.")
        if self.turn_timeout_s <= 0:
            raise ConfigError("[limits] turn_timeout_s must be more than 0 seconds.")


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the environment holds; never printed."""

    openai_api_key: str = field(default="", repr=False)
    web_token: str = field(default="", repr=False)
    discord_token: str = field(default="", repr=False)
    slack_bot_token: str = field(default="", repr=False)
    slack_app_token: str = field(default="", repr=False)
    slack_signing_secret: str = field(default="", repr=False)

    def check_slack(self) -> None:
        """Raises `ConfigError` when Slack's tokens are given without their partners."""
        if self.slack_bot_token and not (self.slack_app_token or self.slack_signing_secret):
            raise ConfigError(
                "SLACK_BOT_TOKEN needs a partner: SLACK_APP_TOKEN for Socket Mode, or"
                " SLACK_SIGNING_SECRET for HTTP."
            )
        if not self.slack_bot_token and (self.slack_app_token or self.slack_signing_secret):
            raise ConfigError("SLACK_BOT_TOKEN is not set, but its partners are; set it too.")


@dataclass(frozen=True, slots=True)
class Settings:
    data: DataSettings = DataSettings()
    llm: LlmSettings = field(default_factory=LlmSettings)
    painter: PainterSettings = field(default_factory=PainterSettings)
    web: WebSettings = field(default_factory=WebSettings)
    discord: DiscordSettings = DiscordSettings()
    slack: SlackSettings = SlackSettings()
    limits: LimitSettings = LimitSettings()
    policy: PolicySettings = PolicySettings()


def load_settings(
    file: Path | None, environment: Mapping[str, str], data_dir: Path | None = None
) -> Settings:
    """Settings from `file`, else `EASEL_CONFIG`, else ./config.toml, else the defaults.

    The data directory is `data_dir`, else `EASEL_DATA_DIR`, else [data] dir. Raises `ConfigError`.
    """
    chosen = file or _named_file(environment)
    settings = parse_settings(_read(chosen)) if chosen else Settings()
    directory = data_dir or environment.get("EASEL_DATA_DIR")
    return replace(settings, data=DataSettings(str(directory))) if directory else settings


def read_secrets(environment: Mapping[str, str]) -> Secrets:
    """Each secret by its name in the environment."""
    return Secrets(*(environment.get(name, "").strip() for name in SECRET_NAMES))


def parse_settings(text: str) -> Settings:
    """Settings from TOML text. Raises `ConfigError` that names the key and suggests the right one."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"The configuration is not valid TOML: {error}.") from error
    _refuse_unknown(table, Settings, "")
    try:
        return dacite.from_dict(Settings, table, _TOML)
    except dacite.WrongTypeError as error:
        section, _, key = str(error.field_path or "").rpartition(".")
        raise ConfigError(
            f"[{section}] {key} is {error.value!r}, which is not {_type_name(error.field_type)}."
        ) from error


def _named_file(environment: Mapping[str, str]) -> Path | None:
    if named := environment.get("EASEL_CONFIG"):
        return Path(named)
    return DEFAULT_FILE if DEFAULT_FILE.is_file() else None


def _read(file: Path) -> str:
    try:
        return file.expanduser().read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"The configuration {file} is not UTF-8 text.") from error
    except OSError as error:
        raise ConfigError(
            f"Cannot read the configuration {file}: {os.strerror(error.errno or 0)}."
        ) from error


def _refuse_unknown(table: Mapping[str, Any], kind: type, section: str) -> None:
    hints = get_type_hints(kind)
    known = [f.name for f in fields(kind)]
    for key, value in table.items():
        if key not in known:
            raise ConfigError(_unknown(key, known, section))
        if is_dataclass(hints[key]):
            if not isinstance(value, dict):
                raise ConfigError(f"'{key}' is a section: write [{key}] on a line of its own.")
            _refuse_unknown(value, hints[key], key)


def _unknown(key: str, known: list[str], section: str) -> str:
    where = f"[{section}] has no setting" if section else "There is no section"
    if key.upper() in SECRET_NAMES or key in ("api_key", "token"):
        return f"{where} '{key}': secrets come from the environment ({', '.join(SECRET_NAMES)})."
    near = difflib.get_close_matches(key, known, n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"known are: {', '.join(known)}."
    return f"{where} '{key}'; {hint}"


def _as_float(value: Any) -> Any:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _as_texts(value: Any) -> tuple[Any, ...]:
    """A text is a sequence of texts too: without this, "nude" would be four refused letters."""
    if not isinstance(value, list):
        raise dacite.WrongTypeError(Sequence[str], value)
    return tuple(value)


# What TOML cannot tell apart: 5 is a number of seconds too, and a list may not be changed.
_TOML = dacite.Config(type_hooks={float: _as_float, Sequence[str]: _as_texts})


def _type_name(kind: Any) -> str:
    names = {
        int: "a whole number",
        float: "a number",
        str: "text in quotes",
        bool: "true or false",
        Sequence[str]: 'a list of texts such as ["one", "two"]',
    }
    if kind in names:
        return names[kind]
    members = [k for k in get_args(kind) if k is not type(None)] or [kind]
    return names.get(members[0], f"one of {', '.join(map(str, members))}")
