"""The real discord.py, in this process, on the fake Discord."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import discord as sdk
import pytest
import yarl
from discord import app_commands, ui

from .discord import FakeDiscord, Upload
from .transport import Transport, use_transport


def picture(data: bytes = b"x", name: str = "0.png") -> sdk.File:
    return sdk.File(io.BytesIO(data), name, description="a fox")


class Card(ui.LayoutView):
    """A picture with a button that replaces it."""

    def __init__(self) -> None:
        super().__init__(timeout=None)
        gallery: ui.MediaGallery[Card] = ui.MediaGallery()
        gallery.add_item(media="attachment://0.png", description="a fox", spoiler=True)
        thumbnail: ui.Thumbnail[Card] = ui.Thumbnail("attachment://0.png")
        button: ui.Button[Card] = ui.Button(label="Vary", custom_id="vary")
        button.callback = self._vary  # type: ignore[method-assign, assignment]
        row: ui.ActionRow[Card] = ui.ActionRow(button)
        box: ui.Container[Card] = ui.Container(accent_colour=0x00FF00)
        box.add_item(ui.TextDisplay("hello")).add_item(gallery)
        box.add_item(ui.Section("by Easel", accessory=thumbnail))
        box.add_item(ui.Separator()).add_item(row)
        self.add_item(box)

    async def _vary(self, press: sdk.Interaction) -> None:
        await press.response.edit_message(view=Card(), attachments=[picture(b"yy")])


class Form(ui.Modal, title="Edit"):
    words: ui.Label[Form] = ui.Label(text="Words", component=ui.TextInput(custom_id="words"))
    mask: ui.Label[Form] = ui.Label(
        text="Mask", component=ui.FileUpload(custom_id="mask", required=False)
    )
    where: ui.Label[Form] = ui.Label(
        text="Where",
        component=ui.RadioGroup(
            custom_id="where",
            options=[sdk.RadioGroupOption(label=x, value=x) for x in ("top", "left")],
        ),
    )
    extra: ui.Label[Form] = ui.Label(
        text="Extra",
        component=ui.CheckboxGroup(
            custom_id="extra",
            required=False,
            options=[sdk.CheckboxGroupOption(label=x, value=x) for x in ("a", "b")],
        ),
    )

    async def on_submit(self, interaction: sdk.Interaction) -> None:
        mask, where, extra = self.mask.component, self.where.component, self.extra.component
        assert isinstance(mask, ui.FileUpload) and isinstance(where, ui.RadioGroup)
        assert isinstance(extra, ui.CheckboxGroup)
        data = await mask.values[0].read()
        await interaction.response.send_message(f"{len(data)} {where.value} {extra.values}")


class Bot(sdk.AutoShardedClient):
    def __init__(self) -> None:
        intents = sdk.Intents.default() | sdk.Intents(message_content=True)
        super().__init__(intents=intents)
        self.heard: list[str] = []
        self.tree = app_commands.CommandTree(self)

    async def setup_hook(self) -> None:
        @self.tree.command(description="x")
        async def card(interaction: sdk.Interaction) -> None:
            await interaction.response.send_message(view=Card(), file=picture())

        @self.tree.command(description="x")
        async def form(interaction: sdk.Interaction) -> None:
            await interaction.response.send_modal(Form())

        @self.tree.command(description="x")
        @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
        @app_commands.allowed_installs(guilds=True, users=True)
        async def where(interaction: sdk.Interaction) -> None:
            place = (interaction.is_guild_integration(), interaction.is_user_integration())
            await interaction.response.send_message(f"{place} {interaction.filesize_limit}")

        @self.tree.context_menu(name="Describe")
        async def describe(interaction: sdk.Interaction, message: sdk.Message) -> None:
            data = await message.attachments[0].read()
            await interaction.response.send_message(f"{len(data)} bytes", ephemeral=True)

        await self.tree.sync()

    async def on_message(self, message: sdk.Message) -> None:
        if message.author != self.user:
            self.heard.append(message.content)
            await message.channel.send(f"echo {message.content}")

    async def on_raw_message_edit(self, event: sdk.RawMessageUpdateEvent) -> None:
        self.heard.append(f"edited to {event.data['content']}")

    async def on_raw_message_delete(self, event: sdk.RawMessageDeleteEvent) -> None:
        self.heard.append("deleted")

    async def on_thread_create(self, thread: sdk.Thread) -> None:
        self.heard.append(f"thread {thread.name} {[tag.name for tag in thread.applied_tags]}")

    async def on_thread_update(self, before: sdk.Thread, after: sdk.Thread) -> None:
        self.heard.append(f"archived {after.archived} locked {after.locked}")


@asynccontextmanager
async def connected(fake: FakeDiscord, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    """The bot, logged in; every request of it has conformed in the end."""
    monkeypatch.setattr(sdk.http.Route, "BASE", fake.api_base)
    monkeypatch.setattr(sdk.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(fake.gateway_url))
    bot = Bot()
    running = asyncio.create_task(bot.start(fake.token))
    try:
        ready = asyncio.create_task(fake.wait_ready())
        await asyncio.wait((ready, running), return_when=asyncio.FIRST_COMPLETED)
        assert not running.done(), running.exception()
        await ready
        yield bot
    finally:
        await bot.close()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
    assert fake.rec.problems() == []
    assert fake.self_check == []


@pytest.fixture
async def fake() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as server:
        yield server


async def test_a_card_in_components_v2_is_shown_and_replaced(
    fake: FakeDiscord, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(fake, monkeypatch):
        card = await fake.wait_reply(await fake.slash("card"))
        first = card.gallery()[0]
        await fake.wait_ack(await fake.click(card, "Vary"))

        assert first["media"]["url"].startswith(fake.url)
        assert (first["description"], first["spoiler"]) == ("a fox", True)
        assert card.gallery()[0]["media"]["url"] != first["media"]["url"]
        assert [item["size"] for item in card.attachments] == [2]


async def test_a_modal_takes_a_file_a_radio_button_and_checkboxes(
    fake: FakeDiscord, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(fake, monkeypatch):
        opened = await fake.wait_ack(await fake.slash("form"))
        mask = Upload("mask.png", b"12345")
        values = {"words": "red", "mask": [mask], "where": "left", "extra": ["b"]}
        answer = await fake.wait_reply(await fake.submit_modal(opened, values))

        assert answer.content == "5 left ['b']"
        with pytest.raises(ValueError, match="required"):
            await fake.submit_modal(opened, {"words": "red"})


async def test_a_context_menu_works_on_foreign_pictures(
    fake: FakeDiscord, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(fake, monkeypatch):
        theirs = await fake.say("look", files=[("a.png", b"123")])
        answer = await fake.wait_reply(await fake.context_menu("Describe", theirs))

        assert answer.content == "3 bytes" and answer.ephemeral


async def test_a_person_brings_the_bot_along(
    fake: FakeDiscord, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = fake.add_channel("x", fake.add_foreign_guild("Elsewhere"))
    fake.user.upload_limit = 50_000_000
    async with connected(fake, monkeypatch):
        places = [fake.channel, elsewhere, fake.dm_with(fake.user), fake.add_group(fake.user)]
        answers = [
            (await fake.wait_reply(await fake.slash("where", channel=place))).content
            for place in places
        ]

    assert answers == [
        "(True, False) 50000000",
        "(False, True) 50000000",
        "(False, False) 50000000",
        "(False, True) 50000000",
    ]


@pytest.mark.parametrize("transport", ["zlib-stream", "zstd-stream"])
async def test_a_bot_talks_over_both_transports(
    fake: FakeDiscord, monkeypatch: pytest.MonkeyPatch, transport: Transport
) -> None:
    use_transport(monkeypatch, transport)
    async with connected(fake, monkeypatch):
        await fake.say("hello")
        await fake.wait_message(lambda m: m.content == "echo hello")

        assert set(fake.gateway.transports) == {transport}


async def test_the_bot_hears_edits_deletions_and_posts(
    fake: FakeDiscord, monkeypatch: pytest.MonkeyPatch
) -> None:
    forum = fake.add_forum("ideas", tags=("open",))
    async with connected(fake, monkeypatch) as bot:
        said = await fake.say("one")
        await fake.until(lambda: bot.heard)
        await fake.edit(said, "two")
        await fake.delete(said)
        thread = await fake.post(forum, "Foxes", "three", tags=["open"])
        await fake.wait_message(lambda m: m.content == "echo three", channel=thread)
        await fake.archive(thread, locked=True)
        await fake.until(lambda: len(bot.heard) == 6)

    assert bot.heard == [
        "one",
        "edited to two",
        "deleted",
        "thread Foxes ['open']",
        "three",
        "archived True locked True",
    ]


async def test_what_is_said_while_the_bot_is_cut_off_is_replayed(
    fake: FakeDiscord, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(fake, monkeypatch):
        await fake.drop_gateway(4000)
        await fake.say("while away")
        await fake.wait_message(lambda m: m.content == "echo while away")

        assert (fake.gateway.identifies, fake.gateway.resumes) == (1, 1)


async def test_each_shard_hears_its_own_guilds(monkeypatch: pytest.MonkeyPatch) -> None:
    async with FakeDiscord(shards=2) as fake:
        async with connected(fake, monkeypatch) as bot:
            await fake.say("hello")
            await fake.wait_message(lambda m: m.content == "echo hello")
            await fake.say("direct", channel=fake.dm_with(fake.user))
            await fake.wait_message(lambda m: m.content == "echo direct")

        assert bot.heard == ["hello", "direct"]
        assert fake.gateway.identifies == 2


async def test_rate_limits_and_server_errors_are_survived(
    fake: FakeDiscord, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(fake, monkeypatch):
        fake.rate_limit(2, retry_after=0.05, match="POST /channels")
        fake.fail(1, status=502, match="POST /channels")
        await fake.say("ping")
        await fake.wait_message(lambda m: m.content == "echo ping")

        tries = fake.rec.find(lambda c: c.route == "/channels/{channel_id}/messages")
        assert [call.status for call in tries] == [429, 429, 502, 200]


async def test_without_the_content_intent_only_mentions_are_read(
    fake: FakeDiscord, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(fake, monkeypatch) as bot:
        for session in fake.gateway.sessions.values():
            session.intents &= ~(1 << 15)
        await fake.say("secret")
        await fake.say("hello", mentions=[fake.bot])
        await fake.until(lambda: len(bot.heard) == 2)

    assert bot.heard == ["", f"<@{fake.bot.id}> hello"]
