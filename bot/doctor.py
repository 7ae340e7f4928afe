"""`easel doctor` and `easel config check`: look at everything, say what is wrong and what to do about it."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from importlib.util import find_spec

from bot import platforms
from bot.app import choose_model
from bot.config import SECRET_NAMES, Secrets, Settings, read_secrets
from bot.pool.device import usable_cores, worker_environment
from bot.pool.process import WorkerProcess
from bot.pool.worker import PAINTERS, WorkerStart
from bot.store.store import open_store
from core.errors import DatabaseInUse, EaselError, WorkerLost
from core.painting.profile import local_folder, profile_of
from core.painting.settings import INSTALL_LOCAL
from core.ports import ChatMessage, ChatRequest, Situation, Task

LOW_DISK_MB = 500
LLM_START_S = 900.0  # a local model may have to be read from disk before it answers
STOP_S = 3.0
_LOST = "it may lack memory or time: see dtype, offload and start_timeout_s in [painter]"


@dataclass(frozen=True, slots=True)
class Finding:
    subject: str
    fine: bool
    sentence: str

    def __str__(self) -> str:
        return f"{'ok  ' if self.fine else 'WRONG'}  {self.subject}: {self.sentence}"


IN_USE = Finding("database", True, "in use by a running Easel")


def examine(load: Callable[[], Settings], environment: Mapping[str, str]) -> int:
    """Prints one line per finding as it is made; 1 when something is wrong."""
    secrets = read_secrets(environment)
    try:
        settings = load()
    except EaselError as error:
        print(Finding("configuration", False, error.reply))
        return 1
    return asyncio.run(_print_all(settings, secrets))


def check_settings(settings: Settings, environment: Mapping[str, str]) -> int:
    """Prints the settings that are in force, secrets by length only; 1 when they cannot work together."""
    secrets = read_secrets(environment)
    for name in Settings.__dataclass_fields__:
        print(f"[{name}]")
        section = getattr(settings, name)
        for key in section.__dataclass_fields__:
            print(f"{key} = {getattr(section, key)!r}")
    for name in SECRET_NAMES:
        print(f"{name}: {_length(environment.get(name, '').strip())}")
    findings = [_model_choice(settings, secrets), _web(settings, secrets), _slack(secrets)]
    for finding in findings:
        print(finding)
    return 0 if all(f.fine for f in findings) else 1


async def _print_all(settings: Settings, secrets: Secrets) -> int:
    fine = True
    async for finding in _findings(settings, secrets):
        print(finding, flush=True)
        fine = fine and finding.fine
    print("All is well." if fine else "Mend what is marked WRONG, then run this again.")
    return 0 if fine else 1


async def _findings(settings: Settings, secrets: Secrets) -> AsyncIterator[Finding]:
    yield Finding("configuration", True, "read and understood")
    yield _disk(settings)
    database = await _database(settings)
    yield database
    painter = _painter(settings)
    yield painter
    libraries = _libraries()
    yield libraries
    if painter.fine and libraries.fine:
        yield await _worker(settings, is_serving=database == IN_USE)
    yield await _language_model(settings, secrets)
    yield _web(settings, secrets)
    for name in platforms.NEEDED:
        async for fine, sentence in platforms.examine(name, settings, secrets):
            yield Finding(name, fine, sentence)


def _disk(settings: Settings) -> Finding:
    path = settings.data.path
    existing = next(p for p in (path, *path.absolute().parents) if p.exists())
    free_mb = shutil.disk_usage(existing).free // 2**20
    sentence = f"{free_mb:,} MB free for {path}"
    if free_mb < LOW_DISK_MB:
        return Finding("disk", False, f"only {sentence}; make room or choose another [data] dir")
    return Finding("disk", True, sentence)


async def _database(settings: Settings) -> Finding:
    try:
        async with open_store(settings.data.path):
            return Finding(
                "database", True, f"{settings.data.path / 'easel.db'} opens and is whole"
            )
    except DatabaseInUse:
        return IN_USE
    except EaselError as error:
        return Finding("database", False, error.reply)
    except OSError as error:
        return Finding("database", False, f"cannot use {settings.data.path}: {error.strerror}")


def _painter(settings: Settings) -> Finding:
    try:
        profile = profile_of(settings.painter)
        where = local_folder(settings.painter)
    except EaselError as error:
        return Finding("painter", False, error.reply)
    there = (
        f"in {where}" if where else "not on this machine yet; it is downloaded at the first start"
    )
    return Finding("painter", True, f"{profile.model}, {profile.width} x {profile.height}, {there}")


def _libraries() -> Finding:
    missing = [name for name in ("torch", "diffusers", "transformers") if find_spec(name) is None]
    if missing:
        return Finding(
            "painting libraries",
            False,
            f"{', '.join(missing)} not installed; run, where Easel's code lies: {INSTALL_LOCAL}",
        )
    return Finding("painting libraries", True, "installed")


async def _worker(settings: Settings, is_serving: bool) -> Finding:
    """Starts the painter as serving does, on its device, unless that would take memory or gigabytes of download."""
    if is_serving:
        return Finding("painting", True, "not tried: the running Easel holds the painter")
    if local_folder(settings.painter) is None:
        return Finding("painting", True, "not tried before the model is downloaded")
    order = WorkerStart(PAINTERS[settings.painter.backend], settings.painter)
    environment = worker_environment(settings.painter, usable_cores(), os.environ)
    worker = WorkerProcess(order, environment, lambda: None)
    print("      painting: starting the painter ...", flush=True)
    try:
        await worker.start()
        ready = await worker.ready(settings.painter.start_timeout_s)
    except WorkerLost as error:
        return Finding("painting", False, f"{error}; {_LOST}")
    except EaselError as error:
        return Finding("painting", False, error.reply)
    finally:
        worker.kill()
        await worker.wait(STOP_S)
    return Finding("painting", True, f"loads on {ready.device} in {ready.load_s:.1f} s")


def _model_choice(settings: Settings, secrets: Secrets) -> Finding:
    if settings.llm.backend == "openai" and not secrets.openai_api_key:
        return Finding(
            "language model",
            True,
            "OPENAI_API_KEY is not set; fine for a local server, refused by api.openai.com",
        )
    return Finding("language model", True, f"{settings.llm.backend} {settings.llm.model}".strip())


async def _language_model(settings: Settings, secrets: Secrets) -> Finding:
    """Asks it one thing; the offline assistant too. Its own limits end the waiting, but a local one may load first."""
    name = f"{settings.llm.backend} {settings.llm.model}".strip()
    question = ChatRequest(
        Task.CHAT, (ChatMessage("user", "Hello!"),), Situation("Hello!"), max_tokens=64
    )
    asked = settings.llm
    if asked.backend == "transformers":
        asked = replace(asked, total_timeout_s=max(asked.total_timeout_s, LLM_START_S))
    try:
        model = choose_model(asked, secrets, settings.painter.backend == "pocket")
        try:
            async with aclosing(model.stream(question)) as chunks:
                async for _ in chunks:
                    break
        finally:
            await model.close()
    except EaselError as error:
        return Finding("language model", False, f"{name}: {error}")
    return Finding("language model", True, f"{name} answers")


def _web(settings: Settings, secrets: Secrets) -> Finding:
    try:
        settings.web.check_token(secrets.web_token)
    except EaselError as error:
        return Finding("web page", False, error.reply)
    return Finding("web page", True, f"http://{settings.web.host}:{settings.web.port}")


def _slack(secrets: Secrets) -> Finding:
    try:
        secrets.check_slack()
    except EaselError as error:
        return Finding("Slack", False, error.reply)
    return Finding("Slack", True, "secrets are set" if secrets.slack_bot_token else "not used")


def _length(secret: str) -> str:
    return f"{len(secret)} characters" if secret else "not set"
