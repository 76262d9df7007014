"""The cluster that one question is asked of: a snapshot, a part of it, with objects laid over it.

A view is an ordinary snapshot folder, written to a scratch directory.
"""

import json
import shutil
from collections.abc import Collection
from pathlib import Path

from holmes.core.messages import JsonObject
from holmes.evals.scenario import OVERLAY, Case, Part
from holmes.snapshot import fields
from holmes.snapshot.folder import INFO_FILE, read_object

# What every cluster has stays in every part of it.
SYSTEM_NAMESPACES = frozenset({"default", "kube-system", "kube-public", "kube-node-lease"})


def view_of(case: Case, scratch: Path) -> Path:
    """The folder to serve for a case; written below `scratch` where it is not a cluster as is."""
    scenario = case.scenario
    overlay = scenario.folder / OVERLAY
    has_overlay = overlay.is_dir()
    if not case.question.part and not has_overlay:
        return scenario.cluster
    name = scenario.cluster.resolve().name
    target = scratch / f"{scenario.name}-{'part' if case.question.part else 'whole'}" / name
    if not target.exists():
        write(
            scenario.cluster,
            target,
            part=scenario.part if case.question.part else None,
            overlay=overlay if has_overlay else None,
        )
    return target


def elsewhere(case: Case) -> list[str]:
    """The namespaces of the cluster that the question is not about."""
    here = SYSTEM_NAMESPACES | set(case.scenario.part.namespaces)
    folders = (case.scenario.cluster / "namespaces").iterdir()
    return sorted(path.name for path in folders if path.name not in here)


def write(source: Path, target: Path, *, part: Part | None, overlay: Path | None) -> None:
    """Write a snapshot's part, or the whole where `part` is None, with `overlay` over it.

    Objects of the overlay replace those of the same namespace and name; logs are files.
    """
    shutil.copytree(source / "discovery", target / "discovery")
    shutil.copy(source / INFO_FILE, target / INFO_FILE)
    kept = None if part is None else SYSTEM_NAMESPACES | set(part.namespaces)
    away = frozenset() if part is None else frozenset(part.without_nodes)
    for root in (source, *([overlay] if overlay else [])):
        for path in (*root.glob("cluster/*.json"), *root.glob("namespaces/*/*.json")):
            _lay(path, target / path.relative_to(root), kept, away)
        for path in root.glob("namespaces/*/logs/*/*"):
            if kept is None or path.parts[-4] in kept:
                _copy_log(path, target / path.relative_to(root), away)


def _lay(path: Path, target: Path, kept: Collection[str] | None, away: Collection[str]) -> None:
    """Add the objects of one list to the view's own list of that resource."""
    document = read_object(path)
    items = {
        _key(item): item
        for source in ([target] if target.is_file() else []) + [path]
        for item in fields.objects(read_object(source), "items")
        if _stays(item, kept, away)
    }
    if not items:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({**document, "items": list(items.values())}, separators=(",", ":"))
    target.write_text(text, encoding="utf-8")


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


def _copy_log(path: Path, target: Path, away: Collection[str]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not any(node in line for node in away)]
    target.write_text("".join(kept), encoding="utf-8")
