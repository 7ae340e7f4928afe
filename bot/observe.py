"""What the outside may see: logs without secrets, and health."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from bot.config import Secrets
from bot.pool.pool import RenderPool
from core.ports import Connected, Platform

HIDDEN = "[secret]"


class _Redaction(logging.Filter):
    """Takes secrets out of every record, whoever wrote it."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        self._secrets = [s for s in secrets if len(s) >= 4]

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        record.msg, record.args = text, None
        return True


class _Formatter(logging.Formatter):
    """One line an event; tracebacks are redacted like everything else."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
        self._secrets = [s for s in secrets if len(s) >= 4]

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's own name
        text = super().formatException(ei)
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text


def start_logging(secrets: Secrets, level: str) -> None:
    """Logs to stderr from here on; no secret of ours can appear there."""
    hidden = _pieces(secrets)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter(hidden))
    handler.addFilter(_Redaction(hidden))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for chatty in ("httpx", "httpcore", "httpx2", "httpcore2", "openai", "aiohttp.access"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    # When it tells all, Slack's client tells the address of its socket too, which is a ticket to get in.
    logging.getLogger("slack_sdk").setLevel(max(logging.INFO, logging.getLogger().level))


def _pieces(secrets: Secrets) -> list[str]:
    """Each secret, and each part of one that is a list of several."""
    whole = [getattr(secrets, f.name) for f in fields(secrets)]
    return list(
        dict.fromkeys(piece for text in whole for piece in (text, *re.split(r"[\s,]+", text)))
    )


class Health:
    """Whether Easel serves, what its painter is doing and which platforms are reached; for /healthz."""

    def __init__(self, pool: RenderPool) -> None:
        self._pool = pool
        self.ready = False
        self.platforms: Sequence[Platform] = ()  # those that are served

    def report(self) -> Mapping[str, object]:
        status = self._pool.status()
        return {
            "ready": self.ready,
            "painter": status.broken or "working",
            "workers": [f"{w.name} {w.state}" for w in status.workers],
            "queued": status.queued,
            "running": status.running,
            "platforms": {
                platform.name: "connected" if platform.connected else "reconnecting"
                for platform in self.platforms
                if isinstance(platform, Connected)
            },
        }
