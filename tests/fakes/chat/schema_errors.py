"""What is wrong with a value, in the words of a JSON Schema."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError  # type: ignore[import-untyped]

COUNTED = ("maxLength", "minLength", "maxItems", "minItems")


def explain(error: ValidationError) -> str:
    """The deepest useful reason, with its JSON path: "$.components[0].label: maxLength 80, got 81"."""
    from jsonschema.exceptions import best_match

    while error.context:
        branch = _likeliest_branch(error.context)
        error = best_match(iter(branch)) or branch[0]
    where = "$" + "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in error.absolute_path)
    if error.validator in COUNTED:
        return f"{where}: {error.validator} {error.validator_value}, got {_length(error.instance)}"
    return f"{where}: {error.message[:300]}"


def _likeliest_branch(context: Iterable[ValidationError]) -> list[ValidationError]:
    """Of the alternatives of a oneOf or anyOf, the errors of the one that was probably meant."""
    branches: dict[Any, list[ValidationError]] = {}
    for sub in context:
        branches.setdefault(sub.schema_path[0], []).append(sub)
    return min(branches.values(), key=_strangeness)


def _strangeness(errors: list[ValidationError]) -> tuple[bool, bool, int]:
    # a branch meant for another `type` of object explains nothing
    other_kind = any(
        list(e.relative_path) == ["type"] and e.validator in ("enum", "const") for e in errors
    )
    null = any(e.validator == "type" and e.validator_value == "null" for e in errors)
    return other_kind, null, len(errors)


def _length(instance: Any) -> int:
    return len(instance)
