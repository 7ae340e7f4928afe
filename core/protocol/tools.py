"""The second and third wire forms: native tool calls, and tool calls that a model wrote as text.

The schemas are in the form of the OpenAI API's `tools`; other servers and chat templates take the same.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from typing import Any

from core.ports import ToolCall
from core.protocol.actions import build_action
from core.protocol.pieces import TAGS, Limits
from core.types import Action, Verb

MAX_DEPTH = 16  # of brackets in JSON; json.loads would answer deeper ones with RecursionError
_NOUNS = frozenset({"image", "images", "picture", "pictures", "tool", "functions", "function", "a"})
_ALIASES = {
    **{name: verb for name, verb in TAGS.items() if verb},
    **dict.fromkeys(("draw", "paint", "create", "generation", "text2im", "dalle"), Verb.GENERATE),
    "details": Verb.DETAILS, "editing": Verb.EDIT, "modify": Verb.EDIT,
    "variations": Verb.VARY, "refinement": Verb.REFINE,
}  # fmt: skip
_NAME_KEYS = ("name", "tool", "tool_name", "function", "action")
_ARGUMENT_KEYS = ("arguments", "parameters", "args", "input", "action_input", "tool_input")
_TRAILING_COMMA = re.compile(r",(\s*+[}\]])")
_ID = {"type": "integer", "minimum": 1, "description": "the number of a picture"}
_COUNT = {"type": "integer", "minimum": 1, "maximum": 8, "default": 1}
_STRENGTH = {
    "type": "number", "minimum": 0, "maximum": 1,
    "description": "how much may change: 0.3 a detail, 0.6 usual, 0.9 nearly everything",
}  # fmt: skip


def _tool(verb: Verb, says: str, required: tuple[str, ...], **properties: object) -> dict[str, Any]:
    return {
        "type": "function",
        "function": {
            "name": verb.value,
            "description": says,
            "parameters": {
                "type": "object",
                "properties": properties,
                "required": list(required),
                "additionalProperties": False,
            },
        },
    }


TOOLS: tuple[dict[str, Any], ...] = (
    _tool(
        Verb.GENERATE, "Paint new pictures from a description.", ("description",),
        description={"type": "string", "description": "all that the picture shows, in plain words"},
        count=_COUNT,
    ),
    _tool(
        Verb.EDIT, "Change a picture and keep the rest. Give the whole new description, or only the instruction.",
        ("source_id",), source_id=_ID,
        description={"type": "string", "description": "all that the new picture shows"},
        instruction={"type": "string", "description": "only what changes"},
        strength=_STRENGTH,
    ),
    _tool(Verb.VARY, "Paint more pictures like one.", ("source_id",), source_id=_ID, count=_COUNT),
    _tool(Verb.SELECT, "Choose a picture: later words are about it.", ("image_id",), image_id=_ID),
    _tool(Verb.REFINE, "The same picture with more detail and better quality.", ("image_id",), image_id=_ID),
    _tool(Verb.DESCRIBE, "Look at a picture and say what it shows.", ("image_id",), image_id=_ID),
    _tool(
        Verb.DETAILS, "Show how a picture was painted: exact prompt, seed, steps, model.", ("image_id",),
        image_id=_ID,
    ),
    _tool(Verb.UNDO, "Go back to an earlier picture; nothing is deleted.", (), to_id=_ID),
    _tool(
        Verb.NAME, "Remember a name for a picture.", ("image_id", "name"), image_id=_ID,
        name={"type": "string"},
    ),
)  # fmt: skip


def tool_verb(name: str) -> Verb | None:
    """The verb a tool's name means: also "generate_image", "image_edit" or "functions.vary"."""
    words = [word for word in re.split(r"[^a-z0-9]+", name.lower()) if word]
    verbs = [word for word in words if word not in _NOUNS] or words[:1]
    return _ALIASES.get(verbs[0]) if len(verbs) == 1 else None


def tool_action(call: ToolCall, limits: Limits) -> Action | None:
    """The action of a tool call; None where the tool is not ours or its arguments cannot be read."""
    verb = tool_verb(call.name)
    if verb is None:
        return None
    fields = _load(call.arguments)
    if isinstance(fields, str):
        fields = {"description": fields}
    if fields is None and call.arguments.strip()[:1] not in ("{", "["):
        fields = {"description": call.arguments}
    if not isinstance(fields, dict):
        return None
    plain = {str(k).lower(): _plain(v) for k, v in fields.items() if v is not None}
    return build_action(verb, plain, "", limits)


def read_calls(text: str) -> tuple[ToolCall, ...]:
    """The calls of our tools that a piece of JSON (or nearly JSON) holds; empty where there are none."""
    found = _load(text)
    if isinstance(found, dict) and isinstance(found.get("tool_calls"), list):
        found = found["tool_calls"]
    entries = found if isinstance(found, list) else [found]
    return tuple(call for entry in entries if (call := _read_call(entry)))


def _read_call(entry: object) -> ToolCall | None:
    if not isinstance(entry, dict):
        return None
    if isinstance(entry.get("function"), dict):
        return _read_call(entry["function"])
    name = next((entry[key] for key in _NAME_KEYS if isinstance(entry.get(key), str)), None)
    if name is None or tool_verb(name) is None:
        return None
    holder = next((key for key in _ARGUMENT_KEYS if key in entry), None)
    if holder is None and name not in TAGS:
        return None
    arguments = entry[holder] if holder else _flat(entry)
    if arguments is None or (holder is None and not arguments):
        return None
    return ToolCall(name, arguments if isinstance(arguments, str) else _dump(arguments))


def _flat(entry: Mapping[str, object]) -> dict[str, object]:
    """{"tool": "generate", "description": ...}: arguments beside the name."""
    known = {key for tool in TOOLS for key in tool["function"]["parameters"]["properties"]}
    return {k: v for k, v in entry.items() if k in known and k not in _NAME_KEYS}


def _load(text: str) -> Any:
    """The JSON value, also with trailing commas, single quotes or encoded twice; None where unreadable."""
    text = text.strip()
    if _depth(text) > MAX_DEPTH:
        return None
    for attempt in (text, _TRAILING_COMMA.sub(r"\1", text)):
        try:
            value = json.loads(attempt, strict=False)
        except ValueError:
            continue
        if isinstance(value, str) and value.strip()[:1] in ("{", "["):
            return _load(value)
        return value
    if text[:1] not in ("{", "[") or "\\" in text:  # backslashes would make the compiler warn
        return None
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return None


def _depth(text: str) -> int:
    """The deepest nesting of brackets, those in strings included: an upper bound."""
    deepest = depth = 0
    for found in re.finditer(r"[\[{(\]})]", text):
        depth += 1 if found.group() in "[{(" else -1
        deepest = max(deepest, depth)
    return deepest


def _plain(value: object) -> str:
    return value if isinstance(value, str) else _dump(value)


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str, skipkeys=True)
