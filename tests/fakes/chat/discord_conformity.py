"""Compares Discord REST traffic with Discord's own OpenAPI 3.1 document.

Two levels: problems break the schema (type, limit, required, enum), name no operation of the API or have a wrong
content type; warnings are properties and query arguments the schema does not know, which Discord ignores silently.
In one respect the API is looser than the document, as its README says: ids may be sent as integers where the document
has a snowflake string (discord.py sends attachment ids so).
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from .calls import Call
from .schema_errors import explain
from .server import Json
from .specs import DISCORD, spec_file

METHODS = ("get", "post", "put", "patch", "delete")
OPEN, CLOSED = "urn:discord", "urn:discord-closed"
JSON_TYPE = "application/json"


@cache
def discord_spec() -> DiscordSpec | None:
    """The comparison, or None where the document is not on this machine."""
    path = spec_file(DISCORD)
    return DiscordSpec(path) if path else None


class DiscordSpec:
    def __init__(self, path: Path) -> None:
        from referencing import Registry
        from referencing.jsonschema import DRAFT202012

        document = json.loads(path.read_text(encoding="utf-8"))
        registry: Any = Registry()
        for uri, contents in ((OPEN, document), (CLOSED, _closed(document))):
            registry = registry.with_resource(uri, DRAFT202012.create_resource(contents))
        self._registry = registry
        self._validators: dict[str, Any] = {}
        self._operations = sorted(_operations(document), key=lambda o: o[2].count("{"))

    def check(self, call: Call) -> None:
        """Adds to the call's problems and warnings."""
        found = self._find(call.method, call.path)
        if not found:
            call.problems.append(f"no operation {call.method} {call.path} in the spec")
            return
        template, params, operation = found
        for name, value in params.items():
            if name.endswith("_id") and not re.fullmatch(r"0|[1-9]\d*", value):
                call.problems.append(f"path {name}={value!r} is not a snowflake")
        self._check_query(call, operation)
        self._check_body(call, template, operation)

    def check_response(self, call: Call) -> list[str]:
        """How the answer of the call breaks the schema: keeps the fake honest."""
        found = self._find(call.method, call.path)
        if not found or call.status >= 400:
            return []
        template, _, operation = found
        status = str(call.status)
        if status not in operation["responses"]:
            return [f"{call.method} {template} does not answer {status}"]
        if JSON_TYPE not in operation["responses"][status].get("content", {}):
            return [] if call.response is None else ["no body expected"]
        parts = ("responses", status, "content", JSON_TYPE, "schema")
        pointer = _pointer("paths", template, call.method.lower(), *parts)
        return self._errors(OPEN, pointer, call.response)

    def _find(self, method: str, path: str) -> tuple[str, dict[str, str], Json] | None:
        for verb, pattern, template, operation in self._operations:
            found = pattern.match(path) if verb == method else None
            if found:
                return template, found.groupdict(), operation
        return None

    def _check_query(self, call: Call, operation: Json) -> None:
        declared = {p["name"]: p.get("schema", {}) for p in operation["parameters"]}
        for name, value in call.query.items():
            if name not in declared:
                call.warnings.append(f"query argument {name!r} is not in the spec")
            else:
                errors = _query_errors(declared[name], value)
                call.problems += [f"query {name}: {error}" for error in errors]

    def _check_body(self, call: Call, template: str, operation: Json) -> None:
        contents = operation.get("requestBody", {}).get("content", {})
        if call.body is None and not call.files:
            if contents and operation["requestBody"].get("required"):
                call.problems.append("a request body is required")
            return
        if not contents:
            call.warnings.append(f"{call.method} {template} takes no body")
            return
        kind = call.content_type.split(";")[0].strip()
        if kind not in contents:
            call.problems.append(f"content type {kind!r} is not one of {sorted(contents)}")
        # a multipart body's payload_json has the schema of application/json
        wanted = JSON_TYPE if JSON_TYPE in contents else kind
        if wanted in contents:
            parts = ("requestBody", "content", wanted, "schema")
            pointer = _pointer("paths", template, call.method.lower(), *parts)
            errors = self._errors(OPEN, pointer, call.body)
            call.problems += errors
            call.warnings += [] if errors else self._errors(CLOSED, pointer, call.body)
        call.problems += _file_errors(call)

    def _errors(self, uri: str, pointer: str, value: Any) -> list[str]:
        key = uri + "#" + pointer
        if key not in self._validators:
            self._validators[key] = _validator(key, self._registry)
        return [explain(error) for error in self._validators[key].iter_errors(value)]


def _validator(reference: str, registry: Any) -> Any:
    from jsonschema import (  # type: ignore[import-untyped]
        Draft202012Validator,
        FormatChecker,
        validators,
    )

    usual: Any = Draft202012Validator.VALIDATORS["type"]

    def kind(validator: Any, types: Any, instance: Any, schema: Json) -> Iterator[Any]:
        whole = isinstance(instance, int) and not isinstance(instance, bool)
        if not (whole and schema.get("format") == "snowflake"):
            yield from usual(validator, types, instance, schema)

    formats = FormatChecker(formats=["date-time", "uri"])
    lenient: Any = validators.extend(Draft202012Validator, {"type": kind})
    return lenient({"$ref": reference}, registry=registry, format_checker=formats)


def _operations(document: Json) -> Iterator[tuple[str, re.Pattern[str], str, Json]]:
    for template, methods in document["paths"].items():
        pattern = template_pattern(template)
        for method in METHODS:
            if method in methods:
                shared = methods.get("parameters", [])
                own = methods[method].get("parameters", [])
                operation = methods[method] | {"parameters": shared + own}
                yield method.upper(), pattern, template, operation


def template_pattern(template: str) -> re.Pattern[str]:
    """Matches paths like /channels/{channel_id}, with the parts as named groups."""
    return re.compile("^" + re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template)) + "$")


def _pointer(*parts: str) -> str:
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def _closed(document: Json) -> Json:
    """A copy in which plain object schemas refuse unknown properties."""
    document = copy.deepcopy(document)

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            plain = "additionalProperties" not in node and "allOf" not in node
            if isinstance(node.get("properties"), dict) and plain:
                node["additionalProperties"] = False
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(document["components"]["schemas"])
    return document


def _query_errors(schema: Json, value: str) -> list[str]:
    kinds = schema.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if "boolean" in kinds:
        fine = value.lower() in ("0", "1", "true", "false")
        return [] if fine else [f"{value!r} is not a boolean"]
    if "integer" in kinds:
        if not re.fullmatch(r"-?\d+", value):
            return [f"{value!r} is not an integer"]
        number = int(value)
        if not schema.get("minimum", number) <= number <= schema.get("maximum", number):
            return [f"{value} is out of range"]
    return []


def _file_errors(call: Call) -> list[str]:
    """files[n] parts and the attachments array have to agree."""
    problems, numbers = [], set()
    for name in call.files:
        found = re.fullmatch(r"files\[(\d+)\]", name)
        if found:
            numbers.add(int(found.group(1)))
        else:
            problems.append(f"file part {name!r} is not named files[n]")
    for raw in _attachment_ids(call.body):
        if raw.isdigit() and int(raw) < 1000 and int(raw) not in numbers:
            problems.append(f"attachment id {raw} has no files[{raw}] part")
    return problems


def _attachment_ids(body: Any) -> Iterator[str]:
    data = body if isinstance(body, dict) else {}
    for holder in (data, data.get("data"), data.get("message")):
        items = holder.get("attachments") if isinstance(holder, dict) else None
        for item in items or []:
            if isinstance(item, dict):
                yield str(item.get("id"))
