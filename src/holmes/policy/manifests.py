"""Kubernetes objects as a reader needs them: no bookkeeping, and nothing of a Secret's values."""

import base64
import binascii
import json
from collections.abc import Iterator
from typing import Any, TypeAlias

KubeObject: TypeAlias = dict[str, Any]

COPIES = frozenset(
    {
        "kubectl.kubernetes.io/last-applied-configuration",
        "kapp.k14s.io/original",
        "objectset.rio.cattle.io/applied",
        "banzaicloud.com/last-applied",
    }
)
"""Annotations with a copy of the whole object: noise, and of a Secret its values."""

_BOOKKEEPING = ("managedFields", "resourceVersion", "selfLink", "generation", "uid")


def objects_in(text: str) -> Iterator[KubeObject]:
    """The objects of `kubectl get -o json`, one or a list, without bookkeeping and secret values.

    Raises ValueError where the text is no such JSON.
    """
    try:
        document = json.loads(text)
    except RecursionError as error:
        raise ValueError("JSON nested too deeply") from error
    if not isinstance(document, dict) or not document.get("kind"):
        raise ValueError("it is no Kubernetes object")
    kind = str(document["kind"])
    if not isinstance(document.get("items"), list):
        yield readable(document)
        return
    for item in document["items"]:
        # Inside a PodList or SecretList the items don't name their kind.
        yield readable({"kind": kind.removesuffix("List"), **item})


def without_secrets(value: Any) -> Any:  # noqa: ANN401  (a document is anything)
    """The same document, each Secret in it without values, however deep it lies.

    Other objects carry whole Secrets as well: a ManifestWork, an OpenShift Template. What only
    refers to a Secret stays as it is. Raises RecursionError for a document without an end.
    """
    if isinstance(value, list):
        return [without_secrets(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("kind") == "Secret" and ("data" in value or "stringData" in value):
        return _secret(value)
    return {key: without_secrets(item) for key, item in value.items()}


def readable(value: KubeObject) -> KubeObject:
    """One object without what only machines read; of a Secret, names, types, keys and sizes.

    Raises ValueError for an object that has no end.
    """
    if value.get("kind") == "Secret":
        return _secret(value)
    try:
        shown: KubeObject = {key: without_secrets(item) for key, item in value.items()}
    except RecursionError as error:
        raise ValueError("an object nested too deeply") from error
    metadata = {k: v for k, v in (value.get("metadata") or {}).items() if k not in _BOOKKEEPING}
    annotations = metadata.pop("annotations", None) or {}
    if kept := {key: text for key, text in annotations.items() if key not in COPIES}:
        metadata["annotations"] = kept
    if metadata:
        shown["metadata"] = metadata
    return shown


def _secret(value: KubeObject) -> KubeObject:
    metadata = value.get("metadata") or {}
    shown: KubeObject = {
        "apiVersion": value.get("apiVersion", "v1"),
        "kind": "Secret",
        "metadata": {
            key: metadata[key]
            for key in ("name", "namespace", "labels", "creationTimestamp", "deletionTimestamp")
            if key in metadata
        },
        "type": value.get("type", "Opaque"),
        "data": {
            key: f"{_size(encoded)} bytes, value not shown"
            for part in ("data", "stringData")
            for key, encoded in (value.get(part) or {}).items()
        },
    }
    # Annotations may hold copies of the values under names that nobody can list.
    if names := sorted(metadata.get("annotations") or {}):
        shown["metadata"]["annotations"] = dict.fromkeys(names, "not shown")
    return shown


def _size(encoded: object) -> int:
    try:
        return len(base64.b64decode(str(encoded), validate=True))
    except binascii.Error:
        return len(str(encoded))
