from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from adapters.slack.people import People, slack_id
from adapters.slack.workspaces import Workspaces, connect, tokens_in
from core.errors import ConfigError
from tests.fakes.chat.slack import FakeSlack, User


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        yield fake


@pytest.fixture
async def workspaces(slack: FakeSlack) -> AsyncIterator[Workspaces]:
    slack.add_team("Other")
    tokens = ", ".join(team.bot_token for team in slack.teams.values())
    async with aiohttp.ClientSession() as session:
        yield await connect(tokens, slack.api_base, session)


async def test_a_person_has_a_name_and_an_id_with_the_team(
    slack: FakeSlack, workspaces: Workspaces
) -> None:
    ann = await People(workspaces).ref(slack.team.id, slack.user.id)

    assert (ann.name, ann.id) == ("alice", f"{slack.team.id}:{slack.user.id}")
    assert slack_id(ann) == slack.user.id


async def test_a_name_is_asked_for_once(slack: FakeSlack, workspaces: Workspaces) -> None:
    people = People(workspaces)
    for _ in range(3):
        await people.ref(slack.team.id, slack.user.id)

    assert len(slack.rec.find(lambda call: call.route == "users.info")) == 1


async def test_who_is_known_is_bounded(
    slack: FakeSlack, workspaces: Workspaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.slack.people.CAPACITY", 2)
    people = People(workspaces)
    for name in ("a", "b", "c"):
        await people.ref(slack.team.id, slack.add_user(name).id)

    assert len(people._known) == 2


async def test_a_person_without_a_name_can_talk(slack: FakeSlack, workspaces: Workspaces) -> None:
    nobody = await People(workspaces).ref(slack.team.id, "U404")

    assert nobody.name == "U404"


async def test_admins_are_known(slack: FakeSlack, workspaces: Workspaces) -> None:
    root = slack.add_user("root", admin=True)
    people = People(workspaces)

    assert await people.is_admin(slack.team.id, root.id)
    assert not await people.is_admin(slack.team.id, slack.user.id)


async def test_every_workspace_has_its_own_bot(slack: FakeSlack, workspaces: Workspaces) -> None:
    for team in slack.teams.values():
        home = workspaces.one(team.id)
        assert (home.bot_user, home.client.token) == (team.bot_user, team.bot_token)
    assert workspaces.get("T404") is None
    with pytest.raises(LookupError, match="T404"):
        workspaces.one("T404")


async def test_one_token_may_serve_a_whole_organisation(slack: FakeSlack) -> None:
    async with aiohttp.ClientSession() as session:
        alone = await connect(slack.bot_token, slack.api_base, session)

    assert alone.one("T404").bot_user == slack.team.bot_user


async def test_no_token_is_told_in_a_sentence() -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(ConfigError, match="SLACK_BOT_TOKEN"):
            await connect(" , ", "", session)


def test_tokens_are_separated_by_spaces_or_commas() -> None:
    assert tokens_in(" a, b\nc ") == ["a", "b", "c"]


async def test_an_admin_of_another_workspace_is_none_here(
    slack: FakeSlack, workspaces: Workspaces
) -> None:
    home = slack.team.id
    slack.users["U0FAR"] = Visitor("U0FAR", "zoe", slack.team, is_admin=True)

    assert not await People(workspaces).is_admin(home, "U0FAR")
    assert await People(workspaces).is_admin(home, slack.add_user("boss", admin=True).id)


class Visitor(User):
    """From a workspace that shares a channel with this one."""

    def wire(self) -> dict[str, Any]:
        return super().wire() | {"team_id": "T0FAR"}
