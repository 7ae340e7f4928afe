"""Where messages of ours can be: a channel, thread or DM by the bot's token, or an interaction by its own."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import discord

from adapters.discord.files import PictureFile

NOBODY = discord.AllowedMentions.none()
HISTORY = 50  # messages looked through for one of ours


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message as it shall look."""

    view: discord.ui.LayoutView
    files: tuple[PictureFile, ...] = ()

    def uploads(self) -> list[discord.File]:
        """Fresh file objects. The view is stopped, so that discord.py keeps none of it: our buttons need no memory."""
        self.view.stop()
        return [file.upload() for file in self.files]


class Place(Protocol):
    """Every call may raise `discord.HTTPException`."""

    @property
    def channel(self) -> str: ...

    @property
    def limit(self) -> int:
        """Bytes a file."""
        ...

    async def send(self, outgoing: Outgoing, nonce: str) -> str:
        """The id of the new message, or of the one that was sent under this nonce before and now shows this."""
        ...

    async def edit(self, message: str, outgoing: Outgoing) -> None: ...

    async def find(self, nonces: Collection[str], marks: Collection[str]) -> str | None:
        """A late message of ours that was sent under one of the nonces, or carries one of these ids in a button."""
        ...

    async def remove(self, message: str) -> None: ...


class ChannelPlace:
    """A channel, thread or DM."""

    def __init__(self, client: discord.Client, channel: str, guild: int | None, limit: int) -> None:
        self._client = client
        self._channel = client.get_partial_messageable(int(channel), guild_id=guild)
        self.channel, self.limit = channel, limit

    async def send(self, outgoing: Outgoing, nonce: str) -> str:
        message = await self._channel.send(
            view=outgoing.view, files=outgoing.uploads(), nonce=nonce, allowed_mentions=NOBODY
        )
        if set(_custom_ids(message.components)) != set(_custom_ids(outgoing.view.children)):
            # a message sent under this nonce before, by a send whose end nobody saw: it says something else
            await self.edit(str(message.id), outgoing)
        return str(message.id)

    async def edit(self, message: str, outgoing: Outgoing) -> None:
        await self._channel.get_partial_message(int(message)).edit(
            view=outgoing.view, attachments=outgoing.uploads(), allowed_mentions=NOBODY
        )

    async def find(self, nonces: Collection[str], marks: Collection[str]) -> str | None:
        me = self._client.user
        async for message in self._channel.history(limit=HISTORY):
            if me is None or message.author.id != me.id:
                continue
            if str(message.nonce) in nonces or _carries(message.components, marks):
                return str(message.id)
        return None

    async def remove(self, message: str) -> None:
        await self._channel.get_partial_message(int(message)).delete()


class TokenPlace:
    """The answers of one interaction, while its token lives. There is no history to look through."""

    def __init__(
        self, client: discord.Client, channel: str, token: str, limit: int, ephemeral: bool
    ) -> None:
        assert client.application_id is not None, "known since login"
        self._webhook = discord.Webhook.partial(client.application_id, token, client=client)
        self._ephemeral = ephemeral
        self.channel, self.limit = channel, limit

    async def send(self, outgoing: Outgoing, nonce: str) -> str:
        message = await self._webhook.send(
            view=outgoing.view, files=outgoing.uploads(), wait=True,
            ephemeral=self._ephemeral, allowed_mentions=NOBODY,
        )  # fmt: skip
        return str(message.id)

    async def edit(self, message: str, outgoing: Outgoing) -> None:
        await self._webhook.edit_message(
            int(message),
            view=outgoing.view,
            attachments=outgoing.uploads(),
            allowed_mentions=NOBODY,
        )

    async def find(self, nonces: Collection[str], marks: Collection[str]) -> str | None:
        return None

    async def original(self) -> str:
        """The id of our first answer to the interaction."""
        first: Any = "@original"  # a name that the route knows beside ids
        return str((await self._webhook.fetch_message(first)).id)

    async def remove(self, message: str) -> None:
        await self._webhook.delete_message(int(message))


def _carries(components: Iterable[Any], marks: Collection[str]) -> bool:
    return any(mark in custom_id for custom_id in _custom_ids(components) for mark in marks if mark)


def _custom_ids(components: Iterable[Any]) -> Iterable[str]:
    for component in components:
        custom_id = getattr(component, "custom_id", None)
        if custom_id:
            yield custom_id
        accessory = getattr(component, "accessory", None)
        inner = [*getattr(component, "children", ()), *([accessory] if accessory else [])]
        yield from _custom_ids(inner)
