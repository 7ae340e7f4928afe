"""The `[llm]` section of the configuration. The key is not here: it comes from OPENAI_API_KEY only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import urlsplit

from core.errors import ConfigError

Backend = Literal["offline", "openai", "transformers"]
Switch = Literal["auto", "on", "off"]

OPENAI_URL = "https://api.openai.com/v1"
SECONDS = ("connect_timeout_s", "first_token_timeout_s", "total_timeout_s")


@dataclass(frozen=True, slots=True)
class LlmSettings:
    """Which language model answers, what it can do and how long it may take. Raises `ConfigError`."""

    backend: Backend = "offline"
    base_url: str = OPENAI_URL  # backend "openai" only; usually ends in /v1
    model: str = ""  # its name on the server; for "transformers" a folder or hub id
    tools: Switch = "auto"  # native tool calls instead of tags; "auto": see core/llm/dialect.py
    vision: Switch = "auto"  # pictures are sent along
    context_tokens: int = 8192  # what the model can read; longer conversations are shortened to it
    max_tokens: int | None = None  # longest answer; None: what each task asks for
    temperature: float | None = None  # 0..2; None: what each task asks for
    connect_timeout_s: float = 5.0
    first_token_timeout_s: float = 20.0  # of one attempt, until the first word
    total_timeout_s: float = 60.0  # of all attempts and pauses together, until the last word
    retries: int = 2  # further attempts, only before the first word
    rewrite_prompts: Literal["auto", "off"] = "auto"  # the LLM refines descriptions for the painter

    def __post_init__(self) -> None:
        _require_choices(self)
        _require_ranges(self)
        if self.backend != "offline" and not self.model.strip():
            raise ConfigError(
                f'[llm] backend = "{self.backend}" needs a model: set model to '
                + (
                    'its name on the server, for example model = "gpt-4.1-mini".'
                    if self.backend == "openai"
                    else "a model folder or a Hugging Face id."
                )
            )
        _require_address(self.base_url)
        has_address = self.base_url.rstrip("/") != OPENAI_URL
        if self.backend == "offline" and (self.model.strip() or has_address):
            raise ConfigError(
                '[llm] backend is "offline", which uses neither model nor base_url: remove them, or set '
                'backend to "openai" for a server or "transformers" for a model on this machine.'
            )
        if self.backend == "transformers" and has_address:
            raise ConfigError(
                '[llm] base_url has no meaning with backend = "transformers", which starts its own '
                'server: remove base_url, or set backend = "openai" to use the server at that address.'
            )


def _require_choices(settings: LlmSettings) -> None:
    choices = {
        "backend": get_args(Backend),
        "tools": get_args(Switch),
        "vision": get_args(Switch),
        "rewrite_prompts": ("auto", "off"),
    }
    for name, allowed in choices.items():
        value = getattr(settings, name)
        if value not in allowed:
            raise ConfigError(f"[llm] {name} must be one of {', '.join(allowed)}; it is {value!r}.")


def _require_ranges(settings: LlmSettings) -> None:
    for name in SECONDS:
        if not 0 < getattr(settings, name) <= 3600:
            raise ConfigError(f"[llm] {name} must be more than 0 and at most 3600 seconds.")
    if settings.first_token_timeout_s > settings.total_timeout_s:
        raise ConfigError(
            "[llm] first_token_timeout_s must not be longer than total_timeout_s, "
            "which covers the whole answer."
        )
    if not 0 <= settings.retries <= 10:
        raise ConfigError("[llm] retries must be between 0 and 10.")
    if settings.context_tokens < 1024:
        raise ConfigError("[llm] context_tokens must be at least 1024: the instructions need that.")
    if settings.max_tokens is not None and not 16 <= settings.max_tokens < settings.context_tokens:
        raise ConfigError("[llm] max_tokens must be at least 16 and less than context_tokens.")
    if settings.temperature is not None and not 0 <= settings.temperature <= 2:
        raise ConfigError("[llm] temperature must be between 0 and 2.")


def _require_address(base_url: str) -> None:
    try:
        parts = urlsplit(base_url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        raise ConfigError("[llm] base_url is not a web address.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_fine:
        raise ConfigError(
            "[llm] base_url must be a web address such as https://api.openai.com/v1 "
            "or http://localhost:8080/v1."
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ConfigError(
            "[llm] base_url must not carry a key, a query or a fragment: "
            "put the key into the environment variable OPENAI_API_KEY."
        )
    if parts.path.rstrip("/").endswith(("/completions", "/responses", "/models")):
        raise ConfigError(
            "[llm] base_url must stop before the endpoint: https://example.org/v1, "
            "not https://example.org/v1/chat/completions."
        )
