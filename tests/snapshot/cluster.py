"""A small hand-made snapshot: the kinds and the cases that the recording lacks."""

import base64
import json
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from holmes.core.messages import JsonObject, JsonValue
from holmes.snapshot.folder import INFO_FILE, SnapshotInfo, Unread, list_path
from support.recording import recording

NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
CREATED = "2026-11-24T10:30:00Z"
SECRET_VALUE = "correct horse battery staple"  # noqa: S105  # the value that must never be stored


def thing(
    *, kind: str, name: str, version: str = "v1", namespace: str = "web", **parts: JsonValue
) -> JsonObject:
    """An object; `namespace` empty for cluster-scoped ones."""
    metadata: dict[str, JsonValue] = {"name": name, "creationTimestamp": CREATED, "uid": name}
    if namespace:
        metadata["namespace"] = namespace
    given = parts.pop("metadata", {})
    assert isinstance(given, dict)
    return {"apiVersion": version, "kind": kind, "metadata": {**metadata, **given}, **parts}


def secret() -> JsonObject:
    encoded = base64.b64encode(SECRET_VALUE.encode()).decode()
    applied = "kubectl.kubernetes.io/last-applied-configuration"
    copy = json.dumps({"data": {"password": encoded}})
    copies = {applied: copy, "kapp.k14s.io/original": copy, "note": f"it is {SECRET_VALUE}"}
    return thing(
        kind="Secret",
        name="db",
        type="Opaque",
        data={"password": encoded},
        metadata={"annotations": {**copies, "team": "x"}},
    )


def write_cluster(
    folder: Path,
    objects: Mapping[str, Sequence[JsonObject]],
    *,
    unread: tuple[Unread, ...] = (),
    discovery: Mapping[str, JsonObject] | None = None,
    namespaces: tuple[str, ...] | None = None,
) -> Path:
    """A snapshot of `objects` (by plural.group), by default with the recording's discovery."""
    if discovery is None:
        shutil.copytree(recording() / "discovery", folder / "discovery")
    for url, answer in (discovery or {}).items():
        write(folder / "discovery" / f"{url[1:]}.json", answer)
    lists: dict[Path, list[JsonValue]] = {}
    for name, found in objects.items():
        for one in found:
            metadata = one["metadata"]
            assert isinstance(metadata, dict)
            namespace = metadata.get("namespace", "")
            assert isinstance(namespace, str)
            lists.setdefault(list_path(folder, name, namespace), []).append(dict(one))
    for path, items in lists.items():
        write(path, {"kind": "List", "apiVersion": "v1", "items": items})
    info = SnapshotInfo(
        cluster="small",
        server_version="v1.36.2",
        recorded_at=NOW,
        unread=unread,
        namespaces=namespaces,
    )
    write(folder / INFO_FILE, info.to_json())
    return folder


def write(path: Path, value: JsonObject) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))
