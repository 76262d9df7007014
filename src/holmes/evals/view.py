"""The snapshot that one question is asked of: a cluster, a part of it, with objects laid over."""

import json
from collections.abc import Collection
from pathlib import Path

from holmes.core.messages import JsonObject
from holmes.evals.scenario import OVERLAY, Case, Part
from holmes.snapshot import fields
from holmes.snapshot.folder import INFO_FILE, list_files, read_file, read_object

# What every cluster has stays in every part of it.
SYSTEM_NAMESPACES = frozenset({"default", "kube-system", "kube-public", "kube-node-lease"})


def view_of(case: Case, scratch: Path) -> Path:
    """The folder to serve for a case; written below `scratch` where it is not a cluster as is."""
    scenario, part = case.scenario, case.question.part
    overlay = scenario.folder / OVERLAY
    has_overlay = overlay.is_dir()
    if not part and not has_overlay:
        return scenario.cluster
    name = scenario.cluster.resolve().name
    target = scratch / f"{scenario.name}-{'part' if part else 'whole'}" / name
    if not target.exists():
        write(
            scenario.cluster,
            target,
            part=scenario.part if part else None,
            overlay=overlay if has_overlay else None,
        )
    return target


def elsewhere(case: Case) -> list[str]:
    """The namespaces of the cluster that the question is not about."""
    here = SYSTEM_NAMESPACES | set(case.scenario.part.namespaces)
    folders = (case.scenario.cluster / "namespaces").iterdir()
    return sorted(path.name for path in folders if path.name not in here)


def write(source: Path, target: Path, *, part: Part | None, overlay: Path | None) -> None:
    """Write a snapshot's part, or the whole, with `overlay` over it; its logs are files."""
    for path in (source / INFO_FILE, *source.glob("discovery/**/*.json")):
        _put(target / path.relative_to(source), read_file(path, source))
    kept = None if part is None else SYSTEM_NAMESPACES | set(part.namespaces)
    away = frozenset() if part is None else frozenset(part.without_nodes)
    for root in (source, *([overlay] if overlay else [])):
        for path in list_files(root):
            _lay(read_object(path, root), target / path.relative_to(root), kept, away)
        for path in root.glob("namespaces/*/logs/*/*"):
            if kept is None or path.parts[-4] in kept:
                lines = read_file(path, root).decode(errors="replace").splitlines(keepends=True)
                kept_lines = (line for line in lines if not any(node in line for node in away))
                _put(target / path.relative_to(root), "".join(kept_lines).encode())


def _put(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)


def _lay(
    document: JsonObject, target: Path, kept: Collection[str] | None, away: Collection[str]
) -> None:
    """Add the objects of one list to the view's own list of that resource."""
    items = {
        _key(item): item
        for listed in ([read_object(target)] if target.is_file() else []) + [document]
        for item in fields.objects(listed, "items")
        if _stays(item, kept, away)
    }
    if items:
        whole = {**document, "items": list(items.values())}
        _put(target, json.dumps(whole, separators=(",", ":")).encode())


def _key(item: JsonObject) -> str:
    return f"{fields.namespace_of(item)}/{fields.name_of(item)}"


def _stays(item: JsonObject, kept: Collection[str] | None, away: Collection[str]) -> bool:
    kind, name = fields.text(item, "kind"), fields.name_of(item)
    place = name if kind == "Namespace" else fields.namespace_of(item)
    if kept is not None and place and place not in kept:
        return False
    target = fields.mapping(item, "involvedObject")
    if fields.text(target, "kind") == "Node" and fields.text(target, "name") in away:
        return False
    return not (kind in {"Node", "Lease", "NodeMetrics"} and name in away)
