"""Pictures as files on Slack: uploaded without a channel, so that a message we can edit shows them by `slack_file`.

What is uploaded is remembered as a `Post` without a place, so that a second try uploads nothing again.
https://docs.slack.dev/messaging/working-with-files
"""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from adapters.slack.client import PatientClient, Refused, Unsure, again, ask
from adapters.slack.place import PLATFORM, Place
from adapters.slack.workspaces import Workspaces
from core.painting.picture_file import export, kind_of
from core.ports import Desk
from core.types import Picture, Post

log = logging.getLogger(__name__)

LIMIT_BYTES = 10 * 1024 * 1024
READY_PAUSES_S = (0.3, 0.6, 1.2, 2.4, 4.8)  # how long an unready file is waited for, all in all
_TRIES = 4
_TOGETHER = 4
_NO_PLACE = "file"
_DONE_ALREADY = frozenset(("file_already_completed", "already_completed"))
_LOST = frozenset(("file_not_found", "file_deleted"))


@dataclass(frozen=True, slots=True)
class _Sent:
    picture: Picture
    file_id: str


class Uploads:
    def __init__(self, desk: Desk, workspaces: Workspaces, session: aiohttp.ClientSession) -> None:
        self._desk, self._workspaces, self._session = desk, workspaces, session
        self._gate = asyncio.Semaphore(_TOGETHER)

    async def ensure(self, team: str, pictures: Sequence[Picture]) -> dict[str, str]:
        """The Slack file of each picture, by picture id. Raises `Refused` or `Unsure`."""
        known = {p.id: file for p in pictures if (file := await self.known(team, p))}
        missing = [p for p in pictures if p.id not in known]
        return known | await self._upload(team, missing) if missing else known

    async def known(self, team: str, picture: Picture) -> str:
        """The file that was uploaded for a picture; "" when there is none."""
        key = _memory(team, picture, "").key
        posts = await self._desk.posts(picture.turn_id)
        return next((post.message for post in posts if post.key == key), "")

    async def share(self, place: Place, pictures: Sequence[Picture]) -> None:
        """Plainly, as a message that Slack makes and nobody can edit. A lost answer is not asked for again."""
        client = self._workspaces.one(place.team).client
        sent = [await self._send(client, picture) for picture in pictures]
        where: dict[str, Any] = {"channel_id": place.channel}
        if place.thread:
            where["thread_ts"] = place.thread
        try:
            await ask(client.files_completeUploadExternal(files=_named(sent), **where))
        except Unsure as unsure:
            log.warning("whether %d pictures were shared is in doubt: %s", len(sent), unsure)

    async def wait_ready(self, team: str, files: Mapping[str, str]) -> set[str]:
        """Waits, within limits, until Slack has worked the files over; the pictures whose files are gone."""
        client = self._workspaces.one(team).client
        gone: set[str] = set()
        for pause in READY_PAUSES_S:
            await asyncio.sleep(pause)
            states = {p: await _state(client, f) for p, f in files.items() if p not in gone}
            gone |= {p for p, state in states.items() if state == "gone"}
            if "waiting" not in states.values():
                break
        return gone

    async def forget(self, team: str, picture: Picture) -> None:
        """Its file is gone: the next `ensure` uploads it anew."""
        log.info("the Slack file of picture %s is gone", picture.id)
        await self._desk.remember(_memory(team, picture, ""))

    async def delete(self, team: str, picture: Picture) -> None:
        """Takes its file off Slack. A file that is gone already is deleted enough."""
        file_id = await self.known(team, picture)
        if not file_id:
            return
        client = self._workspaces.one(team).client
        try:
            await again(lambda: client.files_delete(file=file_id))
        except Refused as refused:
            log.info("file %s is not deleted: %s", file_id, refused)
        await self.forget(team, picture)

    async def share_file(self, place: Place, path: Path, title: str) -> None:
        """A file of the disk, plainly. Raises `Refused`, `Unsure`."""
        client = self._workspaces.one(place.team).client
        data = await asyncio.to_thread(path.read_bytes)
        file_id = await self._send_bytes(client, path.name, data)
        await ask(
            client.files_completeUploadExternal(
                files=[{"id": file_id, "title": title}], channel_id=place.channel
            )
        )

    # -- the external flow ------------------------------------------------------------------------------------

    async def _upload(self, team: str, pictures: Sequence[Picture]) -> dict[str, str]:
        client = self._workspaces.one(team).client
        sent = await asyncio.gather(*(self._send(client, picture) for picture in pictures))
        try:
            await again(lambda: client.files_completeUploadExternal(files=_named(sent)))
        except Refused as refused:
            if (
                refused.code not in _DONE_ALREADY
            ):  # else by an attempt before, whose answer was lost
                raise
        for one in sent:
            await self._desk.remember(_memory(team, one.picture, one.file_id))
        return {one.picture.id: one.file_id for one in sent}

    async def _send(self, client: PatientClient, picture: Picture) -> _Sent:
        async with self._gate:
            path = self._desk.picture_path(picture)
            data = await asyncio.to_thread(lambda: export(path.read_bytes(), "png", LIMIT_BYTES))
            name = f"easel-{picture.number}.{kind_of(data) or 'png'}"
            return _Sent(picture, await self._send_bytes(client, name, data))

    async def _send_bytes(self, client: PatientClient, name: str, data: bytes) -> str:
        """The id of the new file, which nobody sees before it is completed."""
        ticket = await again(
            lambda: client.files_getUploadURLExternal(filename=name, length=len(data))
        )
        await self._post_bytes(str(ticket["upload_url"]), data)
        return str(ticket["file_id"])

    async def _post_bytes(self, url: str, data: bytes) -> None:
        """The same bytes to the same address may be sent again."""
        for left in reversed(range(_TRIES)):
            try:
                async with self._session.post(url, data=io.BytesIO(data)) as answer:
                    if answer.status == 200:
                        return
                    pause = float(answer.headers.get("Retry-After", "1"))
                    problem = f"status {answer.status}"
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                pause, problem = 1.0, str(error)
            if left:
                await asyncio.sleep(min(pause, 30.0))
        raise Unsure(f"the file could not be sent: {problem}")


async def _state(client: PatientClient, file_id: str) -> str:
    try:
        answer = await again(lambda: client.files_info(file=file_id))
    except Refused as refused:
        return "gone" if refused.code in _LOST else "ready"
    return "ready" if (answer.get("file") or {}).get("mimetype") else "waiting"


def _named(sent: Sequence[_Sent]) -> list[dict[str, str | None]]:
    return [{"id": one.file_id, "title": f"Image {one.picture.number}"} for one in sent]


def _memory(team: str, picture: Picture, file_id: str) -> Post:
    key = f"{picture.turn_id}:file:{team}:{picture.id}"
    return Post(key, PLATFORM, _NO_PLACE, file_id, picture.turn_id, (picture.id,))
