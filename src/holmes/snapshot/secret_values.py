"""Secrets without their values: what is stored keeps keys and sizes only."""

import base64
import binascii

from holmes.messages import JsonObject, JsonValue
from holmes.snapshot import fields

# `kubectl apply` keeps a copy of the whole object, values included, in this annotation.
_COPY = "kubectl.kubernetes.io/last-applied-configuration"


def without_secret_values(value: JsonObject) -> JsonObject:
    """The object itself, or, for a Secret, one with each value replaced by asterisks.

    Every value keeps its decoded size, so that `kubectl describe secret` prints what it would
    print on the cluster.
    """
    if fields.text(value, "kind") != "Secret" or fields.text(value, "apiVersion") != "v1":
        return value
    metadata = fields.mapping(value, "metadata")
    annotations = fields.mapping(metadata, "annotations")
    if _COPY in annotations:
        kept = {key: text for key, text in annotations.items() if key != _COPY}
        metadata = {**metadata, "annotations": kept}
    hidden: dict[str, JsonValue] = {**value, "metadata": metadata}
    for key in ("data", "stringData"):
        if key in value:
            hidden[key] = {name: _hidden(text) for name, text in fields.mapping(value, key).items()}
    return hidden


def _hidden(encoded: JsonValue) -> str:
    try:
        size = len(base64.b64decode(encoded if isinstance(encoded, str) else ""))
    except binascii.Error:
        # stringData is plain text; the API server never returns it, a hand-made folder might.
        size = len(str(encoded))
    return base64.b64encode(b"*" * size).decode()
