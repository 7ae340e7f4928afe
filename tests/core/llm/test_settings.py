from __future__ import annotations

from typing import Any

import pytest

from core.errors import ConfigError
from core.llm.settings import LlmSettings


def test_without_any_setting_the_offline_assistant_answers() -> None:
    assert LlmSettings().backend == "offline"


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"backend": "openia"}, "backend must be one of offline, openai, transformers"),
        ({"backend": "openai"}, "needs a model"),
        ({"backend": "transformers", "model": " "}, "a model folder or a Hugging Face id"),
        ({"tools": True}, "tools must be one of auto, on, off; it is True"),
        ({"vision": "yes"}, "vision must be one of"),
        ({"rewrite_prompts": "on"}, "rewrite_prompts must be one of auto, off"),
        ({"connect_timeout_s": 0}, "connect_timeout_s must be more than 0"),
        ({"total_timeout_s": 99999}, "at most 3600 seconds"),
        ({"first_token_timeout_s": 61}, "must not be longer than total_timeout_s"),
        ({"retries": -1}, "retries must be between 0 and 10"),
        ({"context_tokens": 512}, "at least 1024"),
        ({"max_tokens": 3}, "max_tokens must be at least 16"),
        ({"max_tokens": 8192}, "less than context_tokens"),
        ({"temperature": 2.5}, "temperature must be between 0 and 2"),
        ({"model": "gpt-4.1-mini"}, "uses neither model nor base_url"),
        ({"base_url": "http://localhost:8080/v1"}, "uses neither model nor base_url"),
        ({"base_url": "localhost:8080/v1"}, "must be a web address"),
        ({"base_url": "ftp://example.org"}, "must be a web address"),
        ({"base_url": "http://[::1"}, "is not a web address"),
        ({"base_url": "http://host:0x1/v1"}, "is not a web address"),
        ({"base_url": "https://me:sk-1@example.org/v1"}, "OPENAI_API_KEY"),
        ({"base_url": "https://example.org/v1?key=sk-1"}, "OPENAI_API_KEY"),
        ({"base_url": "https://example.org/v1/chat/completions"}, "must stop before the endpoint"),
        (
            {"backend": "transformers", "model": "m", "base_url": "http://localhost:1/v1"},
            "starts its own server",
        ),
    ],
)
def test_a_wrong_value_is_refused_with_what_to_do(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        LlmSettings(**values)

    assert sentence in str(caught.value)
    assert "[llm]" in str(caught.value)
    assert "sk-1" not in str(caught.value)
