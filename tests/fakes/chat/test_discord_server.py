"""The fake Discord refuses what Discord refuses."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from .discord import FakeDiscord
from .rest import Rest
from .specs import DISCORD, needed_spec

Json = dict[str, Any]
BUTTON: Json = {"type": 2, "style": 1, "label": "Go", "custom_id": "a"}
TEXT: Json = {"type": 10, "content": "hi"}
V2 = 1 << 15


def row(*items: Json) -> Json:
    return {"type": 1, "components": list(items)}


def buttons(count: int) -> list[Json]:
    return [BUTTON | {"custom_id": str(i)} for i in range(count)]


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as fake:
        yield fake
        assert fake.self_check == []


def messages(fake: FakeDiscord) -> str:
    return f"/channels/{fake.channel.id}/messages"


@pytest.mark.parametrize(
    "body, said",
    [
        ({"content": 5}, "$.content"),
        (
            {"content": "x", "components": [row(BUTTON | {"label": "L" * 81})]},
            "maxLength 80, got 81",
        ),
        ({"content": "x", "components": [row(*buttons(6))]}, "maxItems 5, got 6"),
        ({"content": "x", "components": [row(BUTTON | {"custom_id": "c" * 101})]}, "maxLength 100"),
        ({"embeds": [{"title": "t" * 257}]}, "title: maxLength 256"),
        ({"embeds": [{"fields": [{"name": "n"}]}]}, "'value' is a required"),
        ({"content": "x", "attachments": [{"id": 0, "filename": "a.png"}]}, "no files[0] part"),
    ],
)
async def test_messages_that_break_the_schema_are_refused(
    discord: FakeDiscord, body: Json, said: str
) -> None:
    needed_spec(DISCORD)

    reply = await Rest(discord)("POST", messages(discord), body)

    assert reply.status == 400
    assert said in json.dumps(reply.body)


@pytest.mark.parametrize(
    "body, said",
    [
        ({"content": "x" * 2001}, "BASE_TYPE_MAX_LENGTH"),
        ({"content": ""}, "Cannot send an empty message"),
        ({"content": "x", "components": [row(BUTTON, BUTTON)]}, "DUPLICATED"),
        ({"content": "x", "components": [row(b) for b in buttons(6)]}, "BAD_LENGTH"),
        ({"embeds": [{"description": "d" * 4000}, {"description": "d" * 2001}]}, "MAX_EMBED_SIZE"),
        ({"components": [TEXT]}, "IS_COMPONENTS_V2"),
        ({"content": "x", "flags": V2, "components": [TEXT]}, "LEGACY_FIELDS"),
        ({"flags": V2, "components": []}, "empty message"),
        ({"flags": V2, "components": [TEXT] * 41}, "MAX_TOTAL_COMPONENTS"),
        ({"flags": V2, "components": [TEXT | {"content": "x" * 2001}] * 2}, "TEXT_SIZE_EXCEEDED"),
        (
            {
                "flags": V2,
                "components": [{"type": 12, "items": [{"media": {"url": "attachment://no.png"}}]}],
            },
            "ATTACHMENT_NOT_FOUND",
        ),
    ],
)
async def test_messages_against_rules_of_no_schema_are_refused(body: Json, said: str) -> None:
    async with FakeDiscord(check=False) as discord:
        reply = await Rest(discord)("POST", messages(discord), body)

    assert reply.status == 400
    assert said in json.dumps(reply.body)


async def test_unknown_properties_are_only_warnings(discord: FakeDiscord) -> None:
    needed_spec(DISCORD)

    reply = await Rest(discord)("POST", messages(discord), {"content": "x", "colour": 1})

    assert reply.status == 200
    assert "colour" in discord.rec.warnings()[0]


async def test_a_file_over_the_limit_is_refused(discord: FakeDiscord) -> None:
    discord.guild.upload_limit = 1000

    reply = await Rest(discord)("POST", messages(discord), {"content": "x"}, ("a.png", b"x" * 1001))

    assert (reply.status, reply.code) == (413, 40005)


async def test_foreign_messages_cannot_be_edited(discord: FakeDiscord) -> None:
    theirs = await discord.say("mine")

    reply = await Rest(discord)("PATCH", f"{messages(discord)}/{theirs.id}", {"content": "edited"})

    assert (reply.status, reply.code) == (403, 50005)


async def test_a_denied_permission_is_missed(discord: FakeDiscord) -> None:
    discord.deny("SEND_MESSAGES")

    reply = await Rest(discord)("POST", messages(discord), {"content": "x"})

    assert (reply.status, reply.code) == (403, 50013)


async def test_a_wrong_token_is_refused(discord: FakeDiscord) -> None:
    assert (await Rest(discord, "wrong")("GET", "/users/@me")).status == 401


async def test_a_file_in_an_embed_is_hidden_until_an_edit_forgets_it(discord: FakeDiscord) -> None:
    rest, path = Rest(discord), messages(discord)
    files = {"attachments": [{"id": 0, "filename": "a.png"}]}
    body = files | {"embeds": [{"image": {"url": "attachment://a.png"}}]}

    made = (await rest("POST", path, body, ("a.png", b"1"))).body
    message = discord.channel.messages[made["id"]]
    assert made["attachments"] == []
    assert made["embeds"][0]["image"]["url"].startswith(discord.url)
    await rest("PATCH", f"{path}/{message.id}", {"content": "new text"})
    assert (len(message.attachments), len(message.files)) == (0, 1)
    await rest("PATCH", f"{path}/{message.id}", {"embeds": made["embeds"]})
    assert len(message.attachments) == 1, "the resolved link shows the image twice"


async def test_a_gallery_shows_attachments_and_an_edit_replaces_them(discord: FakeDiscord) -> None:
    rest, path = Rest(discord), messages(discord)
    gallery = {
        "type": 12,
        "items": [{"media": {"url": "attachment://a.png"}, "description": "fox"}],
    }
    body = {"flags": V2, "components": [{"type": 17, "components": [TEXT, gallery]}]}
    first = body | {"attachments": [{"id": "0", "filename": "a.png", "description": "fox"}]}

    made = (await rest("POST", path, first, ("a.png", b"1"))).body
    message = discord.channel.messages[made["id"]]
    before = message.gallery()[0]["media"]["url"]
    await rest("PATCH", f"{path}/{message.id}", first, ("a.png", b"22"))

    after = message.gallery()[0]["media"]["url"]
    assert before.startswith(discord.url) and after != before
    assert [a["size"] for a in message.attachments] == [2]
    assert message.text == "hi"
    assert discord.rec.problems() == []


async def test_a_refused_edit_changes_nothing(discord: FakeDiscord) -> None:
    rest, path = Rest(discord), messages(discord)
    made = (await rest("POST", path, {"content": "whole"})).body

    reply = await rest("PATCH", f"{path}/{made['id']}", {"content": "broken", "components": [TEXT]})

    assert reply.status == 400
    assert discord.channel.messages[made["id"]].content == "whole"


async def test_a_request_before_retry_after_is_reported(discord: FakeDiscord) -> None:
    rest, path = Rest(discord), messages(discord)
    discord.rate_limit(1, retry_after=5)

    limited = await rest("POST", path, {"content": "x"})
    await rest("POST", path, {"content": "x"})

    assert (limited.status, limited.body["retry_after"]) == (429, 5)
    assert "Via" in limited.headers
    assert "before retry_after" in discord.rec.problems()[0]


async def test_the_same_enforced_nonce_gives_the_same_message(discord: FakeDiscord) -> None:
    rest, path = Rest(discord), messages(discord)
    body = {"content": "x", "nonce": "k1", "enforce_nonce": True}

    first, second = await rest("POST", path, body), await rest("POST", path, body)
    other = await rest("POST", path, body | {"nonce": "k2"})
    listed = (await rest("GET", f"{path}?limit=2&after={int(first.body['id']) - 1}")).body

    assert first.body["id"] == second.body["id"] != other.body["id"]
    assert [m["nonce"] for m in listed] == ["k2", "k1"]


async def test_an_old_nonce_is_forgotten(discord: FakeDiscord) -> None:
    rest, path = Rest(discord), messages(discord)
    body = {"content": "x", "nonce": "k1", "enforce_nonce": True}
    first = await rest("POST", path, body)
    discord.age(discord.channel.messages[first.body["id"]], hours=1)

    assert (await rest("POST", path, body)).body["id"] != first.body["id"]


async def test_edits_of_old_messages_run_out(discord: FakeDiscord) -> None:
    rest, path = Rest(discord), messages(discord)
    made = (await rest("POST", path, {"content": "x"})).body
    discord.age(discord.channel.messages[made["id"]], hours=2)

    replies = [await rest("PATCH", f"{path}/{made['id']}", {"content": str(i)}) for i in range(4)]

    assert [r.status for r in replies] == [200, 200, 200, 429]
    assert replies[3].code == 30046 and replies[3].body["retry_after"] > 0


async def test_an_archived_thread_opens_when_written_to_unless_locked(discord: FakeDiscord) -> None:
    rest = Rest(discord)
    asked = await discord.say("a fox")
    thread = (await rest("POST", f"{messages(discord)}/{asked.id}/threads", {"name": "fox"})).body
    place, path = discord.threads()[0], f"/channels/{thread['id']}/messages"
    made = (await rest("POST", path, {"content": "x"})).body

    await discord.archive(place)
    refused = await rest("PATCH", f"{path}/{made['id']}", {"content": "y"})
    sent = await rest("POST", path, {"content": "z"})
    assert thread["id"] == asked.id
    assert (refused.status, refused.code) == (400, 50083)
    assert sent.status == 200 and not place.archived

    await discord.archive(place, locked=True)
    locked = await rest("POST", path, {"content": "z"})
    assert locked.code == 160005


async def test_a_bot_can_post_into_a_forum(discord: FakeDiscord) -> None:
    forum = discord.add_forum("ideas", tags=("open",))
    body = {
        "name": "Foxes",
        "message": {"content": "red ones"},
        "applied_tags": [forum.tags[0]["id"]],
    }

    reply = await Rest(discord)("POST", f"/channels/{forum.id}/threads", body)

    thread = discord.threads(forum)[0]
    assert reply.status == 201
    assert [m.id for m in discord.messages(thread)] == [thread.id]


async def test_an_interaction_has_one_answer_and_a_deferred_one_is_filled_in(
    discord: FakeDiscord,
) -> None:
    rest = Rest(discord)
    command = {"name": "go", "description": "x", "type": 1}
    await rest("PUT", f"/applications/{discord.application_id}/commands", [command])
    asked = await discord.slash("go")
    answer = f"/interactions/{asked.id}/{asked.token}/callback"
    hook = f"/webhooks/{discord.application_id}/{asked.token}"

    assert (await rest("POST", hook, {"content": "early"})).code == 10015
    assert (await rest("POST", answer, {"type": 6})).status == 400, "an update answers no command"
    assert (await rest("POST", answer, {"type": 5, "data": {"flags": 64}})).status == 204
    assert (await rest("POST", answer, {"type": 5})).code == 40060
    assert asked.message and asked.message.loading and asked.message.ephemeral

    done = (await rest("POST", hook, {"content": "done"})).body
    assert done["id"] == asked.message.id and not asked.message.loading
    assert (await rest("POST", hook, {"content": "more"})).body["id"] != asked.message.id


async def test_where_only_the_user_installed_the_bot_the_token_is_all_it_has(
    discord: FakeDiscord,
) -> None:
    rest = Rest(discord)
    command = {"name": "go", "description": "x", "integration_types": [0, 1], "contexts": [0, 1, 2]}
    await rest("PUT", f"/applications/{discord.application_id}/commands", [command | {"type": 1}])
    place = discord.add_channel("x", discord.add_foreign_guild("Elsewhere"))
    asked = await discord.slash("go", channel=place)
    hook = f"/webhooks/{discord.application_id}/{asked.token}"
    await rest(
        "POST",
        f"/interactions/{asked.id}/{asked.token}/callback",
        {"type": 4, "data": {"content": "1"}},
    )

    followups = [await rest("POST", hook, {"content": str(i)}) for i in range(6)]
    direct = await rest("POST", f"/channels/{place.id}/messages", {"content": "x"})

    assert [r.status for r in followups] == [200] * 5 + [400]
    assert followups[5].code == 40094
    assert (direct.status, direct.code) == (403, 50001)


async def test_an_interaction_may_carry_what_its_user_may_upload(discord: FakeDiscord) -> None:
    rest = Rest(discord)
    command = {"name": "go", "description": "x", "type": 1}
    await rest("PUT", f"/applications/{discord.application_id}/commands", [command])
    discord.guild.upload_limit, discord.user.upload_limit = 100, 200
    asked = await discord.slash("go")
    await rest("POST", f"/interactions/{asked.id}/{asked.token}/callback", {"type": 5})
    hook = f"/webhooks/{discord.application_id}/{asked.token}"

    assert (await rest("POST", hook, {"content": "x"}, ("a.png", b"x" * 150))).status == 200
    assert (await rest("POST", hook, {"content": "x"}, ("a.png", b"x" * 250))).code == 40005
    assert (await rest("POST", messages(discord), {}, ("a.png", b"x" * 150))).code == 40005


async def test_a_client_does_not_offer_what_the_command_forbids(discord: FakeDiscord) -> None:
    rest = Rest(discord)
    commands = [
        {"name": "admin", "description": "x", "type": 1, "default_member_permissions": 1 << 5},
        {"name": "here", "description": "x", "type": 1, "contexts": [0]},
    ]
    await rest("PUT", f"/applications/{discord.application_id}/commands", commands)
    admin = discord.add_user("root", admin=True)

    with pytest.raises(ValueError, match="not offered to alice"):
        await discord.slash("admin")
    with pytest.raises(ValueError, match="context 1"):
        await discord.slash("here", channel=discord.dm_with(discord.user))
    assert (await discord.slash("admin", user=admin)).user is admin
