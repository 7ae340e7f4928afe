"""The agent view: what is suggested and what is said while it works."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from adapters.slack import assistant
from bot.app import Easel
from core.types import PictureState, Progress, Stage, TurnState
from tests.fakes.chat.slack import FakeSlack
from tests.fakes.slack_guest import Guest, slack_lobby
from tests.fakes.slack_pictures import answer, picture, progress

loopback = pytest.mark.asyncio(loop_scope="module")
Lobby = tuple[FakeSlack, Easel]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lobby(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lobby]:
    async with slack_lobby(tmp_path_factory.mktemp("easel")) as opened:
        yield opened


def titles(prompts: list[dict[str, str]]) -> list[str]:
    return [p["title"] for p in prompts]


def test_four_things_are_suggested_at_the_start() -> None:
    assert titles(assistant.suggested_prompts(None)) == titles(list(assistant.AT_THE_START))
    assert len(assistant.suggested_prompts(None)) == 4


def test_once_there_is_a_picture_it_is_about_that() -> None:
    suggested = assistant.suggested_prompts(answer([picture()]))

    assert titles(suggested) == ["Vary it", "Make it night", "Finish it", "Explain the prompt"]


def test_without_a_picture_it_stays_with_the_start() -> None:
    for without in (
        answer("Hello!"),
        answer([picture(1, PictureState.FAILED)], state=TurnState.FAILED),
    ):
        assert titles(assistant.suggested_prompts(without))[0] == "Paint a scene"


@pytest.mark.parametrize(
    ("sign", "text"),
    [
        (progress(Stage.THINKING), "is thinking…"),
        (progress(Stage.WRITING), "is writing…"),
        (progress(Stage.QUEUED, position=2, wait_s=40), "is in line: 3rd, starts in about 40 s"),
        (progress(Stage.PAINTING), "is painting"),
        (progress(Stage.PAINTING, step=2, steps=5), "is painting, 40 %"),
    ],
)
def test_the_status_says_what_is_being_done(sign: Progress, text: str) -> None:
    assert assistant.status_text(sign) == text


def test_ordinals_read_well() -> None:
    assert [assistant.ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 102, 111)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "111th",
    ]  # fmt: skip


@loopback
async def test_opening_the_messages_tab_brings_suggestions(lobby: Lobby) -> None:
    ann = Guest(*lobby)

    await ann.slack.open_messages_tab(ann.user)

    key = (ann.slack.im(ann.user).id, "")
    await ann.slack.until(lambda: ann.slack.prompts.get(key), 20.0)
    assert titles(ann.slack.prompts[key])[0] == "Paint a scene"


@loopback
async def test_the_suggestions_are_about_the_last_picture(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    ann.channel = ann.slack.im(ann.user)
    await ann.imagine("a red fox")
    key = (ann.channel.id, "")
    ann.slack.prompts.pop(key, None)

    await ann.slack.open_messages_tab(ann.user)

    await ann.slack.until(lambda: ann.slack.prompts.get(key), 20.0)
    assert titles(ann.slack.prompts[key])[0] == "Vary it"


@loopback
async def test_the_older_assistant_view_gets_them_in_its_thread(lobby: Lobby) -> None:
    ann = Guest(*lobby)

    ts = await ann.slack.open_assistant(ann.user)

    key = (ann.slack.im(ann.user).id, ts)
    await ann.slack.until(lambda: ann.slack.prompts.get(key), 20.0)
    assert len(ann.slack.prompts[key]) == 4


@loopback
async def test_suggestions_that_slack_refuses_hurt_nobody(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    ann.channel = ann.slack.im(ann.user)
    ann.slack.error("access_denied", match="setSuggestedPrompts")
    known = len(ann.slack.rec.calls)

    await ann.slack.open_messages_tab(ann.user)
    await ann.slack.wait_call("assistant.threads.setSuggestedPrompts", since=known)

    assert (ann.channel.id, "") not in ann.slack.prompts
    assert len(await ann.pictures(await ann.imagine("a red fox"))) == 1
