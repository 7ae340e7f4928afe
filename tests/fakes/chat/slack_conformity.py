"""Compares Web API calls, Block Kit and events with Slack's own TypeScript types, as a JSON Schema.

The schema is generated from npm's @slack/web-api and @slack/types: the arguments and answers of every method, all
known blocks with the length limits of their doc comments, views, and events. Slack publishes nothing stronger: its
OpenAPI file dates from 2020 and has neither Block Kit nor the uploads, assistants and streams of today.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from .schema_errors import explain
from .server import Json
from .slack_blocks import rules, sdk_errors
from .specs import SLACK, needed_spec, spec_file

STRICT, OPEN = "urn:slack", "urn:slack-open"
MESSAGE_BLOCKS, VIEW_BLOCKS, LONGEST_TEXT = 50, 100, 40000
# where Slack's documentation and its types differ
EXTRA_ARGUMENTS = {
    "files.getUploadURLExternal": {"alt_txt"},  # the HTTP name; the type calls it alt_text
    "files.completeUploadExternal": {"channels"},
}
Verdict = tuple[list[str], list[str]]  # problems, warnings


@cache
def slack_spec() -> SlackSpec | None:
    """The comparison, or None where the schema is not on this machine."""
    path = spec_file(SLACK)
    return SlackSpec(path) if path else None


def needed_slack_spec() -> SlackSpec:
    """The comparison, for a test that is about conformity; skips that test where there is none."""
    needed_spec(SLACK)
    spec = slack_spec()
    assert spec is not None
    return spec


class SlackSpec:
    def __init__(self, path: Path) -> None:
        from referencing import Registry
        from referencing.jsonschema import DRAFT7

        document = json.loads(path.read_text(encoding="utf-8"))
        registry: Any = Registry()
        for uri, contents in ((STRICT, document), (OPEN, _opened(document))):
            registry = registry.with_resource(uri, DRAFT7.create_resource(contents))
        self._registry = registry
        self._validators: dict[str, Any] = {}
        self._definitions: Json = document["definitions"]
        self._blocks = self._by_type("Root__KnownBlock")
        self._events = self._by_type("Root__SlackEvent")

    def check_call(self, method: str, args: Json) -> Verdict:
        """`args` as decoded from the wire, with JSON values where the API wants JSON."""
        name = "Args__" + method.replace(".", "__")
        if name not in self._definitions:
            return [f"no method {method} in @slack/web-api"], []
        # bolt gives its client a default `team_id`, which goes out with every call
        left_out = {"token", "team_id"} | EXTRA_ARGUMENTS.get(method, set())
        args = {key: value for key, value in args.items() if key not in left_out}
        if "metadata" in args:
            args["metadata"] = _no_nulls(args["metadata"])  # bolt sends Slack's own nulls back
        verdict: Verdict = ([], [])
        # blocks and views are checked one by one, for exact words; below only their presence counts
        if isinstance(args.get("blocks"), list):
            _add(verdict, self.check_blocks(args["blocks"]))
            args["blocks"] = []
        if "view" in args:
            _add(verdict, self.check_view(args["view"]))
            args["view"] = {"type": "home", "blocks": []}
        _add(verdict, self._validate(name, args))
        if len(str(args.get("text") or "")) > LONGEST_TEXT:
            verdict[0].append(f"$.text: longer than {LONGEST_TEXT} characters (msg_too_long)")
        return list(dict.fromkeys(verdict[0])), list(dict.fromkeys(verdict[1]))

    def check_blocks(
        self, blocks: Any, limit: int = MESSAGE_BLOCKS, where: str = "$.blocks"
    ) -> Verdict:
        """Each block on its own, picked by its type, so that the words are exact."""
        if not isinstance(blocks, list):
            return [f"{where} is not an array"], []
        verdict: Verdict = ([], [])
        if len(blocks) > limit:
            verdict[0].append(f"{where}: {len(blocks)} blocks, at most {limit} allowed")
        for index, block in enumerate(blocks):
            problems, warnings = self._check_block(block)
            place = f"{where}[{index}]"
            found = [p.replace("$", place, 1) for p in problems]
            _add(verdict, (found, [w.replace("$", place, 1) for w in warnings]))
        _add(verdict, (sdk_errors(blocks, where) + rules(blocks, where), []))
        return verdict

    def _check_block(self, block: Any) -> Verdict:
        kind = block.get("type") if isinstance(block, dict) else None
        names = self._blocks.get((kind, None), [])
        if not names:
            return [f"$: unknown block type {kind!r}"], []
        results = [self._validate(name, block) for name in names]
        return min(results, key=lambda result: (len(result[0]), len(result[1])))

    def check_view(self, view: Any) -> Verdict:
        if not isinstance(view, dict):
            return ["$.view is not an object"], []
        verdict = self._validate("Root__View", view | {"blocks": []})
        blocks = view.get("blocks")
        _add(verdict, self.check_blocks(blocks, VIEW_BLOCKS, "$.view.blocks"))
        inputs = any(isinstance(b, dict) and b.get("type") == "input" for b in blocks or [])
        if view.get("type") == "modal" and inputs and not view.get("submit"):
            verdict[0].append("$.view: a modal with input blocks needs `submit`")
        return verdict

    def check_response(self, method: str, body: Json) -> list[str]:
        """How our own answer differs from what Slack's types promise."""
        name = "Resp__" + method.replace(".", "__")
        if name not in self._definitions:
            return []
        return self._errors(OPEN, name, _without_rich_text(_no_nulls(body)))

    def check_event(self, event: Json) -> list[str]:
        """How an event we send differs from Slack's types."""
        kind = (event["type"], event.get("subtype"))
        names = self._events.get(kind, [])
        if not names:
            return [f"no event type {kind} in @slack/types"]
        # the messages inside message_changed and message_deleted are typed as whole events: they are not
        inner = ("message", "previous_message")
        outer = {key: value for key, value in event.items() if key not in inner}
        missing = [f"'{key}' is a required" for key in inner]
        results = [
            [
                error
                for error in self._errors(OPEN, n, outer)
                if not any(m in error for m in missing)
            ]
            for n in names
        ]
        return min(results, key=len)

    def _validate(self, name: str, value: Any) -> Verdict:
        """Wrong values are problems; unknown names are warnings."""
        problems = self._errors(OPEN, name, value)
        return problems, [] if problems else self._errors(STRICT, name, value)

    def _errors(self, uri: str, name: str, value: Any) -> list[str]:
        from jsonschema import Draft7Validator  # type: ignore[import-untyped]

        key = f"{uri}#/definitions/{name}"
        if key not in self._validators:
            self._validators[key] = Draft7Validator({"$ref": key}, registry=self._registry)
        return [explain(error) for error in self._validators[key].iter_errors(value)]

    def _by_type(self, name: str) -> dict[tuple[str | None, str | None], list[str]]:
        """Names of a union's members by the `type` and `subtype` they demand."""
        found: dict[tuple[str | None, str | None], list[str]] = {}
        for member in dict.fromkeys(self._members(name)):
            for kind in self._kinds(self._definitions[member]):
                found.setdefault(kind, []).append(member)
        return found

    def _members(self, name: str) -> Iterator[str]:
        yield name
        schema = self._definitions[name]
        for sub in [schema, *schema.get("anyOf", [])]:
            if "$ref" in sub:
                yield from self._members(sub["$ref"].rsplit("/", 1)[1])

    @staticmethod
    def _kinds(schema: Json) -> set[tuple[str, str | None]]:
        found = set()
        for shape in [schema, *schema.get("anyOf", [])]:
            fields = shape.get("properties", {})
            kind = fields.get("type", {}).get("const")
            subtype = fields.get("subtype", {}).get("const")
            if kind:
                found.add((kind, subtype))
        return found


def _add(verdict: Verdict, more: Verdict) -> None:
    verdict[0].extend(more[0])
    verdict[1].extend(more[1])


def _opened(document: Json) -> Json:
    """A copy that tolerates unknown properties, to tell wrong values from unknown names."""
    document = copy.deepcopy(document)

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if node.get("additionalProperties") is False:
                del node["additionalProperties"]
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(document)
    return document


def _no_nulls(value: Any) -> Any:
    """Slack answers with nulls (view.close, ...) that its types do not mention."""
    if isinstance(value, dict):
        return {key: _no_nulls(item) for key, item in value.items() if item is not None}
    return [_no_nulls(item) for item in value] if isinstance(value, list) else value


def _without_rich_text(body: Json) -> Json:
    """The types of answers do not know what stands inside the rich_text that every person's message is."""
    if not isinstance(body.get("messages"), list):
        return body
    messages = []
    for message in body["messages"]:
        blocks = [b for b in message.get("blocks", []) if b["type"] != "rich_text"]
        messages.append(message | {"blocks": blocks})
    return body | {"messages": messages}
