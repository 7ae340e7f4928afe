"""The whole of Easel but its platforms, in this process, for stories: talk to it as a platform would."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.app import Easel, open_easel, serve
from bot.config import DataSettings, Secrets, Settings
from core.llm.settings import LlmSettings
from core.ports import Desk, Platform
from core.types import (
    Answer,
    Attachment,
    Inbound,
    Picture,
    PicturesPart,
    Press,
    Progress,
    TextPart,
    ThreadRef,
    UserRef,
    Verb,
    new_id,
)

INSTANT = "tests.fakes.story_painters:InstantPainter"
ANN = UserRef("talk", "ann", "Ann")
LIMIT_S = 40.0


class Talk:
    """A platform of one conversation: `say` and `press` give the answer."""

    limit_s = LIMIT_S  # for an answer

    def __init__(
        self, thread: str = "story", user: UserRef = ANN, workspace: str = "w", name: str = "talk"
    ) -> None:
        self._name = name
        self.thread = ThreadRef(name, workspace, "c", thread)
        self.user = user
        self.adult = False
        self.signs: list[Progress] = []
        self.delivered: list[str] = []
        self._answers: dict[str, asyncio.Future[Answer]] = {}
        self._desk: asyncio.Future[Desk] = asyncio.get_running_loop().create_future()

    @property
    def name(self) -> str:
        return self._name

    @property
    def desk(self) -> Desk:
        """The desk it is served by now."""
        return self._desk.result()

    async def served(self) -> None:
        """Returns once there is a desk."""
        await asyncio.shield(self._desk)

    async def serve(self, desk: Desk) -> None:
        self._desk.set_result(desk)
        try:
            await asyncio.Event().wait()
        finally:
            self._desk = asyncio.get_running_loop().create_future()

    async def show(self, progress: Progress) -> None:
        self.signs.append(progress)

    async def deliver(self, answer: Answer) -> str:
        self.delivered.append(answer.key)
        future = self._answers.get(answer.turn.event_id)
        if future and not future.done():
            future.set_result(answer)
        return answer.key

    async def say(self, text: str, *files: Attachment, reply_to: str | None = None) -> Answer:
        return await self.ask(self.event(text, attachments=files, reply_to=reply_to))

    async def press(
        self, verb: Verb, picture: Picture | str, text: str = "", *files: Attachment
    ) -> Answer:
        picture_id = picture if isinstance(picture, str) else picture.id
        press = Press(verb, picture_id, text)
        return await self.ask(self.event(press=press, attachments=files))

    def event(self, text: str = "", **more: Any) -> Inbound:
        """What this person sends here, as a new event."""
        return Inbound(new_id(), self.thread, self.user, text, adult=self.adult, **more)

    async def ask(self, inbound: Inbound) -> Answer:
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._answers[inbound.event_id] = answer
        async with asyncio.timeout(self.limit_s):
            await (await self._desk).receive(inbound)
            return await answer


class House:
    """Opens Easel on a folder as often as wished, for any platforms; opening it again is a restart.

    `settings` stand for the usual ones, but for the folder, the painter's steps and what else is named here.
    `painter` None is the one that the settings name.
    """

    def __init__(
        self,
        folder: Path,
        *,
        painter: str | None = INSTANT,
        llm: LlmSettings | None = None,
        steps: int | None = 2,
        settings: Settings | None = None,
    ) -> None:
        usual = settings or Settings()
        self.settings = replace(
            usual,
            data=DataSettings(str(folder)),
            painter=replace(usual.painter, steps=steps),
            llm=llm or usual.llm,
        )
        self._painter = painter

    @asynccontextmanager
    async def open(self, *platforms: Platform) -> AsyncIterator[Easel]:
        """Easel serving these platforms; closed cleanly at the end."""
        secrets = Secrets(openai_api_key="sk-test")
        async with open_easel(self.settings, secrets, self._painter) as easel:
            stop = asyncio.Event()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(serve(easel, platforms, stop))
                for talk in platforms:
                    if isinstance(talk, Talk):
                        await talk.served()
                try:
                    yield easel
                finally:
                    stop.set()


def text_of(answer: Answer) -> str:
    return "".join(part.text for part in answer.turn.parts if isinstance(part, TextPart))


def pictures_of(answer: Answer) -> list[Picture]:
    """In the order shown."""
    by_id = {picture.id: picture for picture in answer.pictures}
    shown = [p for p in answer.turn.parts if isinstance(p, PicturesPart)]
    return [by_id[i] for part in shown for i in part.picture_ids]


def verbs_of(answer: Answer) -> list[Verb]:
    return [part.verb for part in answer.turn.parts if isinstance(part, PicturesPart)]
