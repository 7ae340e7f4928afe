"""Where the platforms' own machine-readable definitions lie, if they are on this machine.

They are not part of the project: `discord_openapi.json` is discord/discord-api-spec's OpenAPI document, and
`slack_schema.json` the JSON Schema of the types of npm's @slack/web-api and @slack/types. Without them all stories
run, unchecked against them.
"""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "EASEL_PLATFORM_SPECS"
BESIDE = Path(__file__).parents[4]  # the folder of the checkout
DISCORD, SLACK = "discord_openapi.json", "slack_schema.json"


def spec_file(name: str) -> Path | None:
    """The file in $EASEL_PLATFORM_SPECS, else in a folder platform-specs near the checkout, else None."""
    if named := os.environ.get(VARIABLE):
        folders = [Path(named)]
    else:
        folders = [BESIDE / "platform-specs", *sorted(BESIDE.glob("*/platform-specs"))]
    return next((folder / name for folder in folders if (folder / name).is_file()), None)


def needed_spec(name: str) -> Path:
    """The file, for a test that is about conformity; skips that test where there is none."""
    import pytest

    path = spec_file(name)
    if path is None:
        pytest.skip(f"no {name}: name its folder in {VARIABLE}")
    return path
