"""A message of ours before it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Blocks = tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Message:
    """`text` is what notifications and old clients show: mrkdwn, escaped, never empty."""

    text: str
    blocks: Blocks = ()
    picture_ids: tuple[str, ...] = ()  # the pictures it shows, in order
