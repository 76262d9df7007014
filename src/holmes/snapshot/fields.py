"""Reading fields of Kubernetes objects: what is absent or of another shape reads as empty."""

from typing import TypeAlias

from holmes.core.messages import JsonObject, JsonValue

Readable: TypeAlias = "JsonValue | JsonObject"


def at(value: Readable, *path: str) -> Readable:
    """What stands at `path`, or None."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def text(value: Readable, *path: str) -> str:
    """The scalar at `path` as the API writes it in text, or an empty string."""
    found = at(value, *path)
    if isinstance(found, bool):
        return "true" if found else "false"
    return str(found) if isinstance(found, str | int | float) else ""


def whole(value: Readable, *path: str) -> int:
    """The whole number at `path`, or 0: the API leaves out counters that are 0."""
    found = at(value, *path)
    return found if isinstance(found, int) else 0


def mapping(value: Readable, *path: str) -> dict[str, JsonValue]:
    """The object at `path`, or an empty one."""
    found = at(value, *path)
    return found if isinstance(found, dict) else {}


def labels(value: Readable, *path: str) -> dict[str, str]:
    """The string-to-string map at `path`, or an empty one."""
    return {key: item for key, item in mapping(value, *path).items() if isinstance(item, str)}


def objects(value: Readable, *path: str) -> list[dict[str, JsonValue]]:
    """The objects of the list at `path`, or an empty list."""
    found = at(value, *path)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def texts(value: Readable, *path: str) -> list[str]:
    """The strings of the list at `path`, or an empty list."""
    found = at(value, *path)
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []


def name_of(value: JsonObject) -> str:
    """`metadata.name`."""
    return text(value, "metadata", "name")


def namespace_of(value: JsonObject) -> str:
    """`metadata.namespace`, empty for cluster-scoped objects."""
    return text(value, "metadata", "namespace")
