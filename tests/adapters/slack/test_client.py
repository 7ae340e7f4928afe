from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from adapters.slack.client import PatientClient, Refused, Unsure, again, ask
from tests.fakes.chat.slack import FakeSlack


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        yield fake


@pytest.fixture
async def client(slack: FakeSlack) -> AsyncIterator[PatientClient]:
    async with aiohttp.ClientSession() as session:
        yield PatientClient(slack.bot_token, slack.api_base, session)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.slack.client._PAUSES_S", (0.0, 0.0))


async def test_a_rate_limit_is_waited_out(slack: FakeSlack, client: PatientClient) -> None:
    slack.rate_limit(2, 1, "auth.test")

    assert (await ask(client.auth_test()))["user_id"] == slack.team.bot_user
    assert [c.status for c in slack.rec.calls] == [429, 429, 200]
    assert slack.rec.problems() == []


async def test_a_refusal_has_slacks_word_for_it(slack: FakeSlack, client: PatientClient) -> None:
    with pytest.raises(Refused) as refused:
        await ask(client.users_info(user="U404"))

    assert refused.value.code == "user_not_found"


async def test_a_lost_answer_is_a_doubt_and_is_not_asked_for_again(
    slack: FakeSlack, client: PatientClient
) -> None:
    slack.cut(1, "chat.postMessage", after=True)
    with pytest.raises(Unsure):
        await ask(client.chat_postMessage(channel=slack.channel.id, text="once"))

    assert [m.text for m in slack.messages(by_bot=True)] == ["once"]


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, "oops"), (502, "<html>"), (200, "text"), (200, {"ok": False}), (200, [])],
)
async def test_an_answer_that_is_not_slacks_is_a_doubt(
    slack: FakeSlack, client: PatientClient, status: int, body: object
) -> None:
    slack.fail(1, status, "auth.test", body)

    with pytest.raises(Unsure):
        await ask(client.auth_test())


async def test_what_may_be_done_twice_is_asked_for_again(
    slack: FakeSlack, client: PatientClient
) -> None:
    slack.cut(2, "auth.test")

    assert (await again(client.auth_test))["ok"]


async def test_a_refusal_is_not_asked_for_again(slack: FakeSlack, client: PatientClient) -> None:
    with pytest.raises(Refused):
        await again(lambda: client.users_info(user="U404"))

    assert len(slack.rec.calls) == 1
