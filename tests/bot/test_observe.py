from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.config import SECRET_NAMES, Secrets, read_secrets
from bot.observe import start_logging
from tests.fakes.house import House, Talk

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


def test_every_secret_is_taken_out_and_each_part_of_a_list_of_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = {name: f"canary-{n}" for n, name in enumerate(SECRET_NAMES)}
    start_logging(read_secrets({**names, "SLACK_BOT_TOKEN": "xoxb-canary, xoxb-bird"}), "info")

    logging.getLogger("any").warning(" ".join([*names.values(), "xoxb-canary", "xoxb-bird"]))

    written = capsys.readouterr().err
    assert written.count("[secret]") == len(SECRET_NAMES) + 1
    assert "xoxb" not in written and written.count("canary") == 1  # the one that is none


@pytest.mark.parametrize(("level", "told"), [("debug", ["info"]), ("warning", [])])
def test_slacks_client_tells_no_details_of_its_socket(
    capsys: pytest.CaptureFixture[str], level: str, told: list[str]
) -> None:
    start_logging(Secrets(), level)

    for name in ("debug", "info"):
        logging.getLogger("slack_sdk.web").log(getattr(logging, name.upper()), f"told-{name}")

    written = capsys.readouterr().err
    assert [name for name in ("debug", "info") if f"told-{name}" in written] == told


async def test_health_names_the_platforms_that_can_lose_their_line(tmp_path: Path) -> None:
    class Line(Talk):
        connected = False

    line, talk = Line(name="line"), Talk()
    async with House(tmp_path).open(line, talk) as easel:
        away = easel.health.report()["platforms"]
        line.connected = True
        back = easel.health.report()["platforms"]

    assert (away, back) == ({"line": "reconnecting"}, {"line": "connected"})


def test_a_message_with_percent_signs_and_no_arguments_is_written_as_it_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    start_logging(Secrets(), "info")

    logging.getLogger("any").info("100 %s of it")

    assert "100 %s of it" in capsys.readouterr().err
