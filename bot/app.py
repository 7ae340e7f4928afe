"""Composition root and life cycle: open in order, serve, close in reverse.

Only this file names the language models; the worker names painters, `platforms.py` and `serving.py` platforms.
"""

from __future__ import annotations

import asyncio
import logging
import secrets as randomness
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from bot.config import Secrets, Settings
from bot.delivery import Delivery
from bot.desk import FrontDesk, Office
from bot.dispatch import Dispatch
from bot.observe import Health
from bot.policy import Policy
from bot.pool.pool import RenderPool
from bot.pool.schedule import QueueLimits
from bot.store.store import Store, open_store
from core.engine import Engine
from core.errors import ConfigError, EaselError, StoreError
from core.llm.settings import LlmSettings
from core.painting.profile import PainterProfile, profile_of
from core.planning import Kitchen
from core.ports import ChatModel, Platform
from core.prompt_adapter import PromptAdapter, Refined, Wording
from core.prompts import PromptLibrary
from core.protocol import TOOLS
from core.recipes import SEEDS

log = logging.getLogger(__name__)

WARM_AFTER_S = 1.0  # Easel is ready to listen first
TIDY_EVERY_S = 24 * 3600.0
FILES_AT_START_S = 5.0  # files of an earlier life; what this one stores is younger
FILES_LATER_S = 3600.0  # far more than storing a file and then its row can take
EXPORTS = "exports"  # folder of files that were asked for and not yet handed over


@dataclass(frozen=True, slots=True)
class Easel:
    """The open parts, for those who serve and those who look inside."""

    store: Store
    pool: RenderPool
    dispatch: Dispatch
    desk: FrontDesk
    health: Health
    profile: PainterProfile


@asynccontextmanager
async def open_easel(
    settings: Settings, secrets: Secrets, painter: str = ""
) -> AsyncIterator[Easel]:
    """Everything but the platforms, open and working; closed in reverse. Raises `EaselError`.

    `painter` is "module:Class" of a `Painter` to be used instead of the one that the settings name.
    """
    profile = profile_of(settings.painter)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(settings.data.path))
        model = choose_model(
            settings.llm, secrets, vocabulary_only=settings.painter.backend == "pocket"
        )
        stack.push_async_callback(model.close)
        library = PromptLibrary.load()
        kitchen = Kitchen(
            profile,
            PromptAdapter(model, library, settings.llm.rewrite_prompts, choose_wording(settings)),
            lambda: randomness.randbelow(SEEDS),
            settings.limits.pictures_per_turn,
        )
        engine = Engine(
            model, library, kitchen, lambda picture: store.picture_path(picture).read_bytes()
        )
        warming = asyncio.create_task(_warm(model), name="warm the language model")
        stack.callback(warming.cancel)
        pool = RenderPool(
            settings.painter,
            store,
            lambda job, progress: dispatch.painting(job, progress),
            QueueLimits(settings.limits.queued_jobs_per_person, settings.limits.queued_jobs),
            painter,
        )
        policy, health = Policy(settings.policy), Health(pool)
        dispatch = Dispatch(store, engine, pool, settings.limits, policy)
        await pool.start()
        stack.push_async_callback(pool.close)
        stack.push_async_callback(dispatch.close)
        exports = settings.data.path / EXPORTS
        await asyncio.to_thread(shutil.rmtree, exports, ignore_errors=True)  # of an earlier life
        desk = FrontDesk(Office(store, dispatch, pool, policy, settings.limits, health, exports))
        yield Easel(store, pool, dispatch, desk, health, profile)


async def serve(easel: Easel, platforms: Sequence[Platform], stop: asyncio.Event) -> None:
    """Serves until `stop` is set or a platform ends by itself."""
    delivery = Delivery(easel.store, {p.name: p for p in platforms})
    easel.health.platforms = platforms
    async with asyncio.TaskGroup() as tasks:
        working = [
            tasks.create_task(delivery.run(), name="delivery"),
            tasks.create_task(_tidy(easel.store), name="tidying"),
        ]
        await easel.dispatch.start(delivery)
        serving = [tasks.create_task(p.serve(easel.desk), name=p.name) for p in platforms]
        easel.health.ready = True
        waiting = tasks.create_task(stop.wait(), name="stop")
        await asyncio.wait([waiting, *serving], return_when=asyncio.FIRST_COMPLETED)
        easel.health.ready = False
        for task in [waiting, *serving, *working]:
            task.cancel()


async def _tidy(store: Store) -> None:
    """Now and once a day: what has done its work, and what nothing names, goes."""
    await asyncio.sleep(WARM_AFTER_S)  # ready to listen first
    idle_s = FILES_AT_START_S
    while True:
        try:
            log.info("tidied: %d rows, %d files", await store.prune(), await store.sweep(idle_s))
        except (StoreError, OSError):
            log.exception("tidying failed; it is tried again tomorrow")
        idle_s = FILES_LATER_S
        await asyncio.sleep(TIDY_EVERY_S)


async def _warm(model: ChatModel) -> None:
    """Loads what the first answer would otherwise wait for; a model that is away now may be there then."""
    await asyncio.sleep(WARM_AFTER_S)
    try:
        await model.warm()
    except EaselError as error:
        log.warning("the language model is not ready yet: %s", error)


def choose_wording(settings: Settings) -> Wording | None:
    """Rules that turn a language model's descriptions into the pocket painter's few words, where the two meet.

    The offline assistant speaks in these words by itself, and other painters know all words.
    """
    if settings.painter.backend != "pocket" or settings.llm.backend == "offline":
        return None
    from core.llm.offline.rewrites import refined, shortened

    return lambda description, count: Refined(
        tuple(refined(description, count, knows_words=True)), note=shortened(description)
    )


def choose_model(settings: LlmSettings, secrets: Secrets, vocabulary_only: bool) -> ChatModel:
    """The language model the settings name. Raises `ConfigError` when its key is missing."""
    if settings.backend == "openai":
        from core.llm.openai_chat import OpenAIChat

        return OpenAIChat(settings, secrets.openai_api_key, TOOLS)
    if settings.backend == "transformers":
        from core.llm.transformers_chat import TransformersChat

        return TransformersChat(settings, TOOLS)
    if settings.backend == "offline":
        from core.llm.offline import OfflineChat

        return OfflineChat(vocabulary_only)
    raise ConfigError(f"[llm] backend is '{settings.backend}', which is none of mine.")
