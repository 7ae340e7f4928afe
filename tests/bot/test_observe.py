from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from bot.config import Secrets
from bot.observe import start_logging

KEY = "sk-canary-0123456789"


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_secret_is_taken_out_of_messages_arguments_and_tracebacks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    start_logging(Secrets(openai_api_key=KEY), "info")

    logging.getLogger("any").warning("refused: %s", f"Bearer {KEY}")
    try:
        raise ValueError(f"bad key {KEY}")
    except ValueError:
        logging.getLogger("any").exception("it broke")

    written = capsys.readouterr().err
    assert KEY not in written
    assert "Bearer [secret]" in written and "it broke" in written and "ValueError" in written


def test_a_message_with_percent_signs_and_no_arguments_is_written_as_it_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    start_logging(Secrets(), "info")

    logging.getLogger("any").info("100 %s of it")

    assert "100 %s of it" in capsys.readouterr().err
