"""Files that people send, fetched at once: Discord's links die, and nothing may depend on them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

import aiohttp
import discord

from core.errors import BadInput, NotAPicture, PictureTooLarge
from core.painting.picture_file import MAX_UPLOAD_BYTES
from core.types import Attachment

log = logging.getLogger(__name__)

FILES = 5  # at most: one more than Easel takes, so that it is Easel that says so
TIMEOUT_S = 20.0
AT_ONCE = 8
PICTURE_TYPES = ("image/png", "image/jpeg", "image/webp", "image/gif")
_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".gif")

Refetch = Callable[[], Awaitable[Sequence[discord.Attachment]]]


def is_picture(attachment: discord.Attachment) -> bool:
    """As far as Discord says."""
    kind = (attachment.content_type or "").split(";")[0].strip().lower()
    return kind in PICTURE_TYPES or (not kind and attachment.filename.lower().endswith(_ENDINGS))


def check(attachment: discord.Attachment) -> None:
    """Raises `NotAPicture` or `PictureTooLarge` from what Discord says of the file, before a byte is fetched."""
    name = attachment.filename
    if not is_picture(attachment):
        raise NotAPicture(f"{name} is not a picture I can open. PNG, JPEG, WebP and GIF work.")
    if attachment.size > MAX_UPLOAD_BYTES:
        raise PictureTooLarge(
            f"{name} has {attachment.size / 2**20:.0f} MB; I take at most {MAX_UPLOAD_BYTES // 2**20}."
        )


class Downloads:
    """Fetches attachments, a few at a time over all conversations."""

    def __init__(self) -> None:
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def fetch(
        self, attachments: Sequence[discord.Attachment], refetch: Refetch | None = None
    ) -> tuple[Attachment, ...]:
        """The files in their order. `refetch` gives fresh links when the old ones are dead. Raises `BadInput`."""
        wanted = list(attachments[:FILES])
        for attachment in wanted:
            check(attachment)
        try:
            return await self._all(wanted)
        except (discord.HTTPException, aiohttp.ClientError, TimeoutError) as error:
            if refetch is None:
                raise _gone(error) from error
            log.info("a link to a file was dead, asking for a fresh one: %s", error)
        try:
            async with asyncio.timeout(TIMEOUT_S):
                fresh = list((await refetch())[:FILES])
            return await self._all(fresh)
        except (discord.HTTPException, aiohttp.ClientError, TimeoutError) as error:
            raise _gone(error) from error

    async def _all(self, attachments: Sequence[discord.Attachment]) -> tuple[Attachment, ...]:
        return tuple(await asyncio.gather(*(self._one(attachment) for attachment in attachments)))

    async def _one(self, attachment: discord.Attachment) -> Attachment:
        async with self._gate, asyncio.timeout(TIMEOUT_S):
            return Attachment(attachment.filename, await attachment.read())


def _gone(error: Exception) -> BadInput:
    return BadInput(
        f"a file could not be fetched: {error}",
        "I could not fetch that picture from Discord. Please send it again.",
    )
