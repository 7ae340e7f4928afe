"""What Discord's own definition says of a body, without sending it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.chat.calls import Call
from tests.fakes.chat.discord_conformity import discord_spec

needs_definition = pytest.mark.skipif(
    discord_spec() is None, reason="Discord's OpenAPI file is not on this machine"
)


def breaches(method: str, path: str, body: dict[str, Any]) -> list[str]:
    """Problems, and names that Discord does not know."""
    spec = discord_spec()
    assert spec, "mark the test with needs_definition"
    call = Call(0, 0.0, method, path, content_type="application/json", body=body)
    spec.check(call)
    return [*call.problems, *call.warnings]
