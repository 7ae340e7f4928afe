"""Rules of Block Kit beyond its schema, and slack_sdk's own opinion."""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any

from .server import Json

MARKDOWN = 12000  # characters of all markdown blocks of a message


def sdk_errors(blocks: list[Any], where: str) -> list[str]:
    """What slack_sdk's models and their validators find wrong."""
    from slack_sdk.errors import SlackObjectFormationError
    from slack_sdk.models.blocks import Block

    problems = []
    for index, block in enumerate(blocks):
        try:
            parsed = Block.parse(copy.deepcopy(block)) if isinstance(block, dict) else None
            if parsed is not None:
                parsed.to_dict()
        except SlackObjectFormationError as error:
            problems.append(f"{where}[{index}]: slack_sdk: {error}")
        except (TypeError, ValueError, AttributeError, KeyError) as error:
            kind = type(error).__name__
            problems.append(f"{where}[{index}]: slack_sdk cannot parse it: {kind} {error}")
    return problems


def rules(blocks: list[Any], where: str) -> list[str]:
    """Documented rules that are in no schema."""
    whole = [block for block in blocks if isinstance(block, dict)]
    twice = _repeated(block.get("block_id") for block in whole)
    problems = [f"{where}: block_id {value!r} is used twice" for value in twice]
    size = sum(len(b.get("text") or "") for b in whole if b.get("type") == "markdown")
    if size > MARKDOWN:
        text = f"{size} characters in markdown blocks, at most {MARKDOWN} per message"
        problems.append(f"{where}: {text}")
    for index, block in enumerate(blocks):
        if isinstance(block, dict):
            problems += [f"{where}[{index}]: {text}" for text in _block_rules(block)]
    return problems


def _block_rules(block: Json) -> list[str]:
    items = [*(block.get("elements") or []), block.get("accessory")]
    twice = _repeated(item.get("action_id") for item in items if isinstance(item, dict))
    problems = [f"action_id {value!r} is used twice in one block" for value in twice]
    if block.get("type") == "section" and not (block.get("text") or block.get("fields")):
        problems.append("a section needs text or fields")
    if block.get("type") == "image":
        sources = [key for key in ("image_url", "slack_file") if block.get(key)]
        if len(sources) != 1:
            problems.append("an image needs exactly one of image_url and slack_file")
    return problems


def _repeated(values: Any) -> list[str]:
    return [value for value, count in Counter(values).items() if value and count > 1]
