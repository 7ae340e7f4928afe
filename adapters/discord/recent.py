"""The files of messages whose menu was just used: a form's answer does not bring them along again."""

from __future__ import annotations

from dataclasses import dataclass, field

import discord

MOST = 200  # messages


@dataclass(slots=True)
class RecentFiles:
    _files: dict[str, tuple[discord.Attachment, ...]] = field(default_factory=dict)

    def keep(self, message: str, files: tuple[discord.Attachment, ...]) -> None:
        self._files.pop(message, None)
        self._files[message] = files
        if len(self._files) > MOST:
            del self._files[next(iter(self._files))]

    def of(self, message: str) -> tuple[discord.Attachment, ...]:
        """Empty after a restart, or when much happened since: then the message must be fetched."""
        return self._files.get(message, ())
