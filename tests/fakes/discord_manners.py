"""Did every request keep to Discord's rules? Asked when a story is over, once for requests of the same shape.

The comparison with Discord's OpenAPI document takes a tenth of a second for a card. While a story runs it would hold up
the loop that the bot runs in too, and nothing would be acknowledged in time on a slow machine.
"""

from __future__ import annotations

import re
from typing import Any

from tests.fakes.chat.calls import Call
from tests.fakes.chat.discord import FakeDiscord
from tests.fakes.chat.discord_conformity import DiscordSpec, discord_spec

_ID = re.compile(r"\d{15,}|[0-9A-HJKMNP-TV-Z]{26}|[0-9a-f]{24,}")
_FREE_TEXT = {"content", "description", "label", "filename", "name", "text", "title", "topic"}
_FINE: set[tuple[str, str, str]] = set()  # shapes that kept to the rules, in this process


def quick_discord(**rules: Any) -> FakeDiscord:
    """A loopback Discord that leaves the comparison to `all_well`."""
    return FakeDiscord(check=False, **rules)


def all_well(discord: FakeDiscord) -> bool:
    """Every request kept to Discord's rules; raises with what did not."""
    calls = [call for call in discord.rec.calls if call.method != "WS" and call.route != "cdn"]
    spec = None if discord.checks else discord_spec()  # else it has compared them itself
    faults = [fault for call in calls for fault in _faults(spec, call)] if spec else []
    problems = [*discord.rec.problems(), *discord.self_check, *faults]
    if problems:
        raise AssertionError("\n".join(problems))
    return True


def _faults(spec: DiscordSpec, call: Call) -> list[str]:
    """How the answer of the call breaks the document; breaches of the request are added to the call."""
    if call.status in (0, 599):
        return []  # the connection was cut on purpose
    shapes = [("request", call.route, _shape([call.content_type.split(";")[0], call.body]))]
    shapes.append(("answer", f"{call.method} {call.route} {call.status}", _shape(call.response)))
    if all(shape in _FINE for shape in shapes):
        return []
    before = len(call.problems)
    spec.check(call)
    faults = [f"{call}: {fault}" for fault in spec.check_response(call)]
    if len(call.problems) == before and not faults:
        _FINE.update(shapes)
    return faults


def _shape(value: Any, key: str = "") -> str:
    """Equal for values that the document cannot tell apart: ids are masked, free text counts by its length."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{k}:{_shape(v, k)}" for k, v in sorted(value.items())) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_shape(item, key) for item in value) + "]"
    if isinstance(value, str) and key in _FREE_TEXT:
        return f"text{len(value) // 25}" if value else "''"
    return _ID.sub("#", repr(value))
