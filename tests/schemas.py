"""Says what is wrong with a request by a vendor's published schema: more strictly than JSON schema alone.

A request is wrong where the schema says so, and where it has a field that no branch of the schema declares.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

Schema = dict[str, Any]


@cache
def _spec(name: str) -> Schema:
    return _plain(json.loads((Path(__file__).parent / "specs" / f"{name}.json").read_text()))


def faults(spec: str, schema: str, value: Any) -> list[str]:
    """What is wrong with the value, by `specs/<spec>.json`, for its `schemas.<schema>`; empty: nothing."""
    whole = _spec(spec)
    reference = {"$ref": f"#/components/schemas/{schema}"}
    validator = Draft202012Validator({**reference, "components": whole["components"]})
    wrong = [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:160]}" for e in validator.iter_errors(value)]
    return wrong + [f"unknown field: {name}" for name in _unknown(reference, value, whole)]


def _plain(node: Any) -> Any:
    """The schema in the words of JSON schema: published specs have ambiguous `oneOf` and the old `nullable`."""
    if isinstance(node, list):
        return [_plain(one) for one in node]
    if not isinstance(node, dict):
        return node
    node = {key: _plain(value) for key, value in node.items()}
    if "oneOf" in node:
        node["anyOf"] = node.get("anyOf", []) + node.pop("oneOf")
    if node.pop("nullable", False) and isinstance(node.get("type"), str):
        node["type"] = [node["type"], "null"]
    node.pop("discriminator", None)
    return node


def _resolved(schema: Schema, whole: Schema) -> Schema:
    while "$ref" in schema:
        target = whole
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        schema = {**{key: value for key, value in schema.items() if key != "$ref"}, **target}
    return schema


def _branches(schema: Schema, whole: Schema) -> list[Schema]:
    """The schema and every branch of it."""
    schema = _resolved(schema, whole)
    below = [*schema.get("anyOf", []), *schema.get("allOf", [])]
    return [schema, *(deep for branch in below for deep in _branches(branch, whole))]


def _is_open(schema: Schema) -> bool:
    """Whether it takes fields that it does not name."""
    if schema.get("additionalProperties") not in (None, False):
        return True
    says = {"properties", "anyOf", "allOf", "type", "enum", "const"} & set(schema)
    return not says or (schema.get("type") == "object" and not {"properties", "anyOf", "allOf"} & set(schema))


def _unknown(schema: Schema, value: Any, whole: Schema, at: str = "") -> list[str]:
    """Names in the value that no branch declares."""
    branches = _branches(schema, whole)
    if isinstance(value, list):
        items = [branch["items"] for branch in branches if "items" in branch]
        if not items:
            return []
        return [name for one in value for name in _unknown({"anyOf": items}, one, whole, at)]
    if not isinstance(value, dict):
        return []
    wrong: list[str] = []
    is_open = any(_is_open(branch) for branch in branches)
    for key, one in value.items():
        declared = [branch["properties"][key] for branch in branches if key in branch.get("properties", {})]
        if declared:
            wrong += _unknown({"anyOf": declared}, one, whole, f"{at}/{key}")
        elif not is_open:
            wrong.append(f"{at}/{key}")
    return wrong
