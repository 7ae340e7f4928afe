"""The child process behind backend "transformers": with a small stand-in, and once with `transformers serve` itself."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import pytest

from core.errors import LlmError, LlmRefused, LlmTimeout, LlmUnavailable
from core.llm.settings import LlmSettings
from core.llm.transformers_chat import TransformersChat, environment
from core.ports import ChatMessage, ChatRequest, Task, TextDelta
from tests.fakes.tiny_llm import CHARACTERS, save_tiny_llm

CHILD = Path(__file__).parents[2] / "fakes" / "llm_child.py"
Make = Callable[..., TransformersChat]

PARENT = """
import asyncio, sys
from core.llm.settings import LlmSettings
from core.llm.transformers_chat import TransformersChat

async def main():
    chat = TransformersChat(LlmSettings(backend="transformers", model="m"), command=sys.argv[1:])
    await chat.warm()
    print("ready", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def make(journal: Path) -> Make:
    def chat(
        mode: str = "", total_timeout_s: float = 60.0, start_s: float = 60.0
    ) -> TransformersChat:
        settings = LlmSettings(
            backend="transformers",
            model="any",
            retries=0,
            first_token_timeout_s=min(20.0, total_timeout_s),
            total_timeout_s=total_timeout_s,
        )
        command = [sys.executable, str(CHILD), str(journal), *([mode] if mode else [])]
        return TransformersChat(settings, command=command, start_timeout_s=start_s)

    return chat


def request(text: str, max_tokens: int = 64) -> ChatRequest:
    return ChatRequest(
        Task.CHAT, (ChatMessage("user", text),), max_tokens=max_tokens, temperature=0.0
    )


async def ask(chat: TransformersChat, text: str) -> str:
    async with aclosing(chat.stream(request(text))) as chunks:
        return "".join([chunk.text async for chunk in chunks if isinstance(chunk, TextDelta)])


def started(journal: Path) -> list[str]:
    """The process ids of all starts."""
    return journal.read_text().split() if journal.exists() else []


def has_ended(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


async def test_a_model_made_here_answers_through_transformers_serve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    folder = await asyncio.to_thread(save_tiny_llm, tmp_path / "tiny")
    settings = LlmSettings(
        backend="transformers",
        model=str(folder),
        first_token_timeout_s=200,
        total_timeout_s=200,
    )
    chat = TransformersChat(settings)

    try:
        chunks = [chunk async for chunk in chat.stream(request("paint a fox", max_tokens=12))]
        again = [chunk async for chunk in chat.stream(request("paint a fox", max_tokens=12))]
    finally:
        await chat.close()

    texts = [chunk.text for chunk in chunks if isinstance(chunk, TextDelta)]
    assert len(texts) > 1
    assert len("".join(texts)) == 12
    assert set("".join(texts)) <= set(CHARACTERS)
    assert "".join(texts) == "".join(c.text for c in again if isinstance(c, TextDelta))


async def test_nothing_is_started_before_the_first_request(make: Make, journal: Path) -> None:
    chat = make()

    await chat.close()

    assert started(journal) == []


async def test_requests_share_one_process_which_ends_with_close(make: Make, journal: Path) -> None:
    chat = make()

    answers = await asyncio.gather(ask(chat, "who are you"), ask(chat, "and you"))
    await chat.close()

    assert started(journal) == [answers[0]] == [answers[1]]
    assert has_ended(int(answers[0]))


async def test_a_process_that_died_is_started_again(make: Make) -> None:
    chat = make()
    first = await ask(chat, "who are you")

    with pytest.raises(LlmUnavailable):
        await ask(chat, "die")
    second = await ask(chat, "who are you")
    await chat.close()

    assert first != second
    assert has_ended(int(second))


async def test_a_process_that_does_not_start_is_an_error_with_its_last_words(
    make: Make, journal: Path
) -> None:
    chat = make("broken")

    errors = []
    for _ in range(2):
        with pytest.raises(LlmRefused) as caught:
            await ask(chat, "hello")
        errors.append(caught.value)
    await chat.close()

    assert "no file named model.safetensors" in str(errors[0])
    assert "the person who runs me" in errors[1].reply
    assert len(started(journal)) == 1, "the second request came too soon to try again"


async def test_a_command_that_does_not_exist_is_an_error() -> None:
    settings = LlmSettings(backend="transformers", model="any")
    chat = TransformersChat(settings, command=["/nowhere/transformers"])

    with pytest.raises(LlmRefused, match="No such file"):
        await ask(chat, "hello")

    await chat.close()


async def test_a_request_does_not_wait_longer_than_its_total_time_for_the_start(
    make: Make, journal: Path
) -> None:
    chat = make("dumb", total_timeout_s=0.05)

    with pytest.raises(LlmTimeout, match="still loading") as caught:
        await ask(chat, "hello")
    await chat.close()

    assert "waking up" in caught.value.reply
    assert all(has_ended(int(pid)) for pid in started(journal))


async def test_a_start_that_takes_too_long_is_given_up(make: Make) -> None:
    chat = make("dumb", start_s=0.05)

    with pytest.raises(LlmRefused, match="did not start"):
        await ask(chat, "hello")

    await chat.close()


async def test_a_closed_chat_starts_nothing(make: Make, journal: Path) -> None:
    chat = make()
    await chat.close()

    with pytest.raises(LlmError) as caught:
        await ask(chat, "hello")

    assert "shutting down" in caught.value.reply
    assert started(journal) == []


@pytest.mark.skipif(
    not hasattr(os, "pidfd_open"), reason="watches a process by its descriptor (Linux)"
)
async def test_the_process_ends_when_the_bot_is_killed(journal: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        *[sys.executable, "-c", PARENT, sys.executable, str(CHILD), str(journal)],
        stdout=asyncio.subprocess.PIPE,
        env=environment(os.environ),
    )
    assert parent.stdout and await parent.stdout.readline() == b"ready\n"
    descriptor = os.pidfd_open(int(started(journal)[0]))

    parent.send_signal(signal.SIGKILL)
    await parent.wait()
    ended, _, _ = await asyncio.to_thread(select.select, [descriptor], [], [], 20)
    os.close(descriptor)

    assert ended == [descriptor]


def test_the_child_sees_no_secret_but_hugging_faces() -> None:
    parent = {
        "PATH": "/bin",
        "OPENAI_API_KEY": "k",
        "DISCORD_TOKEN": "d",
        "SLACK_SIGNING_SECRET": "s",
        "HF_TOKEN": "h",
    }

    child = environment(parent)

    assert {"PATH", "HF_TOKEN"} <= child.keys()
    assert not child.keys() & {"OPENAI_API_KEY", "DISCORD_TOKEN", "SLACK_SIGNING_SECRET"}


def test_the_bots_process_does_not_need_torch() -> None:
    code = "import sys, core.llm.transformers_chat; sys.exit('torch' in sys.modules or 'openai' in sys.modules)"
    root = Path(__file__).parents[3]

    status = os.spawnve(
        os.P_WAIT, sys.executable, [sys.executable, "-c", code], {"PYTHONPATH": str(root)}
    )

    assert status == 0
