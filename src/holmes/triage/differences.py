"""What differs between two states of an object, leaf by leaf."""

import json
from itertools import zip_longest

from holmes.redaction.keys import kind_of
from holmes.triage.fields import Obj, items, mapping, quantity, text
from holmes.triage.logs import cut
from holmes.triage.resources import RESOURCES

_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
# An applied manifest of another version has other fields; pods get some from admission.
_SERVED = frozenset(
    (each.api.removeprefix("/apis/").removeprefix("/api/"), each.kind)
    for each in RESOURCES
    if each.kind != "Pod"
)
_BESIDE = frozenset({"apiVersion", "kind", "metadata", "status"})
_HOLDERS = frozenset({"spec", "data"})


def take_drift(obj: Obj) -> list[str]:
    """What differs from the manifest that was last applied, which is taken off the object.

    Only what the manifest names counts: the rest are defaults and what controllers add.
    """
    said = mapping(obj, "metadata", "annotations").pop(_LAST_APPLIED, "")
    try:
        applied = json.loads(said) if isinstance(said, str) and said else {}
    except (ValueError, RecursionError):
        return []
    if (text(applied, "apiVersion"), text(obj, "kind")) not in _SERVED:
        return []
    return [
        change
        for key, asked in applied.items()
        if key not in _BESIDE
        for change in changed(asked, _within(asked, obj.get(key)), "" if key in _HOLDERS else key)
    ]


def _within(asked: object, live: object) -> object:
    """The part of a live value that a manifest asks for, and what was put into its lists."""
    if isinstance(asked, dict):
        there = live if isinstance(live, dict) else {}
        return {key: _within(value, there.get(key)) for key, value in asked.items()}
    if isinstance(asked, list) and isinstance(live, list):
        if not items({"all": asked}, "all"):
            return live
        names = [each.get("name") if isinstance(each, dict) else None for each in asked]
        if all(names) and len(set(names)) == len(names):
            by_name = dict(zip(names, asked, strict=True))
            return [_within(by_name.get(text(each, "name"), each), each) for each in live]
        pairs = zip_longest(asked[: len(live)], live)
        return [_within(wanted, each) if wanted else each for wanted, each in pairs]
    # An empty value may be left out, and a quantity is written the server's way: 1000m is 1.
    same = (not asked and live is None) or (quantity(asked) and quantity(asked) == quantity(live))
    return asked if same else live


def changed(old: object, new: object, path: str = "") -> list[str]:
    """The leaves in which two values differ, as `path: old → new`; lists match by name."""
    if old == new or path.endswith("labels.pod-template-hash"):
        return []
    if isinstance(old, dict) or isinstance(new, dict):
        before, after = _keyed(old), _keyed(new)
    elif isinstance(old, list) or isinstance(new, list):
        before, after = _named(old), _named(new)
    else:
        path = path.removeprefix("template.").removeprefix("containers.").removesuffix(".value")
        # Behind an arrow nothing tells that a value belongs to a password.
        secret = kind_of(path.rpartition(".")[2])
        said = "value changed, not shown" if secret else " → ".join(_lines(old, new))
        return [f"{path.replace('.', ' ')}: {said}"]
    keys = [*after, *(key for key in before if key not in after)]
    return [
        change
        for key in keys
        for change in changed(before.get(key), after.get(key), f"{path}.{key}".removeprefix("."))
        if key != "metadata" or ".labels." not in change or "pod-template-hash" not in change
    ]


def object_changes(old: Obj | None, new: Obj | None) -> list[str]:
    """The leaves in which two states of an object differ; of a Secret only the keys."""
    if not old or not new:
        return [] if old == new else ["gone" if old else "new"]
    told = []
    if text(new, "kind") == "Secret":
        for held in ("data", "stringData"):
            before, after = mapping(old, held), mapping(new, held)
            keys = (key for key in {**before, **after} if before.get(key) != after.get(key))
            told += [f"{held} {key}: value changed, not shown" for key in keys]
        # Annotations may hold a copy of the values.
        old, new = ({"type": each.get("type")} for each in (old, new))
    return [*told, *changed(old, new)]


def _keyed(value: object) -> Obj:
    """A mapping without the levels that only make paths long."""
    if not isinstance(value, dict):
        return {}
    if "value" in value and set(value) <= {"name", "value"}:
        return {"value": value["value"]}
    if "spec" in value and "metadata" in value:
        return {**value["spec"], "labels": mapping(value, "metadata", "labels")}
    return value


def _named(value: object) -> Obj:
    if not isinstance(value, list):
        return {}
    return {
        str(each.get("name", number_)) if isinstance(each, dict) else str(number_): each
        for number_, each in enumerate(value)
    }


def _lines(old: object, new: object) -> tuple[str, str]:
    """Two values for one line; of files the first lines in which they differ."""
    before, after = str(old), str(new)
    if "\n" in before and "\n" in after:
        pairs = zip_longest(before.splitlines(), after.splitlines())
        differing = (pair for pair in pairs if pair[0] != pair[1])
        old, new = next(differing, (old, new))
    return _shown(old), _shown(new)


def _shown(value: object) -> str:
    return "(none)" if value is None else cut(str(value).strip(), 60)
