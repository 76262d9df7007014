"""Secrets without their values: what is stored keeps keys and sizes only."""

import base64
import json
from collections.abc import Iterator

from holmes.core.messages import JsonObject, JsonValue
from holmes.policy.manifests import COPIES
from holmes.snapshot import fields

_LEAST = 4
"""Characters of a value that is looked for in annotations; a shorter one stands in any text."""


def without_secret_values(value: JsonObject) -> JsonObject:
    """The object itself, or, for a Secret, one with each value replaced by asterisks.

    Every value keeps its decoded size, so that `kubectl describe secret` prints what it would
    print on the cluster. Annotations that copy the object are left out, others that hold a value
    say so in its place.
    """
    if fields.text(value, "kind") != "Secret" or fields.text(value, "apiVersion") != "v1":
        return value
    metadata = fields.mapping(value, "metadata")
    if annotations := fields.mapping(metadata, "annotations"):
        values = list(_values(value))
        kept = {
            key: "not recorded: it holds a value" if _holds(text, values) else text
            for key, text in annotations.items()
            if key not in COPIES
        }
        metadata = {**metadata, "annotations": kept}
    hidden: dict[str, JsonValue] = {**value, "metadata": metadata}
    for key in ("data", "stringData"):
        if key in value:
            hidden[key] = {name: _hidden(text) for name, text in fields.mapping(value, key).items()}
    return hidden


def _values(value: JsonObject) -> Iterator[str]:
    """Each value in the forms in which a copy may hold it: encoded, plain, plain within JSON."""
    for key in ("data", "stringData"):
        for given in fields.labels(value, key).values():
            plain = _decoded(given).decode(errors="replace")
            yield from (given, plain, json.dumps(plain)[1:-1])


def _holds(annotation: JsonValue, values: list[str]) -> bool:
    text = str(annotation)
    return any(len(value) >= _LEAST and value in text for value in values)


def _hidden(encoded: JsonValue) -> str:
    size = len(_decoded(encoded if isinstance(encoded, str) else ""))
    return base64.b64encode(b"*" * size).decode()


def _decoded(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded)
    except ValueError:
        # stringData is plain text; the API server never returns it, a hand-made folder might.
        return encoded.encode()
