"""Builds JSON schemas that every strict mode takes: all fields required, none beside them, no bounds.

OpenAI's and Groq's strict modes share a small part of JSON schema. What it cannot say (lengths, ranges) stands
in the descriptions, and our own code checks it. What may be missing is null.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Schema = dict[str, Any]


def thing(**fields: Schema) -> Schema:
    """An object with exactly these fields."""
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def text(about: str = "") -> Schema:
    """A string."""
    return _told({"type": "string"}, about)


def number(about: str = "") -> Schema:
    """A number."""
    return _told({"type": "number"}, about)


def whole(about: str = "") -> Schema:
    """A whole number."""
    return _told({"type": "integer"}, about)


def truth(about: str = "") -> Schema:
    """True or false."""
    return _told({"type": "boolean"}, about)


def one_of(values: Sequence[str], about: str = "") -> Schema:
    """One of these words."""
    return _told({"type": "string", "enum": list(values)}, about)


def many(items: Schema, about: str = "") -> Schema:
    """A list."""
    return _told({"type": "array", "items": items}, about)


def maybe(schema: Schema) -> Schema:
    """The same, or null."""
    changed = {**schema, "type": [schema["type"], "null"]}
    if "enum" in schema:
        changed["enum"] = [*schema["enum"], None]
    return changed


def _told(schema: Schema, about: str) -> Schema:
    return {**schema, "description": about} if about else schema
