"""The shared recording of a real cluster as a snapshot folder of this project.

Run as a program it writes the subset that is packaged for `holmes demo`, or all of it for
`holmes eval`:

    python tests/support/recording.py src/holmes/demo/cluster
    python tests/support/recording.py --all evals/clusters/acme
"""

import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path

from holmes.core.messages import JsonObject, JsonValue
from holmes.snapshot import fields, secret_values
from holmes.snapshot.clock import TIMESTAMP, parse_time
from holmes.snapshot.folder import (
    INFO_FILE,
    SnapshotInfo,
    Unread,
    list_path,
    log_path,
    read_object,
    resources_in,
)
from holmes.snapshot.server_errors import status_in

SOURCE = (Path(__file__).parents[2] / "../shared/cluster").resolve()

# Three incidents, a healthy namespace, and what every cluster has.
DEMO_NAMESPACES = frozenset(
    {"shop-checkout", "catalog", "data-reports", "fraud", "default"}
    | {"kube-system", "kube-public", "kube-node-lease"}
)
# node-2 is down: an incident that is not among the three.
DEMO_WITHOUT_NODE = "node-2"

# Every StatefulSet has some and the recording has no file of them: not empty, but not recorded.
_NOT_RECORDED = frozenset({"controllerrevisions.apps"})


def recording() -> Path:
    """The whole recording, converted once and kept in the temporary directory."""
    key = hashlib.sha256()
    for path in (Path(__file__), Path(secret_values.__file__)):
        key.update(path.read_bytes())
    for path in sorted(SOURCE.rglob("*")):
        key.update(f"{path} {path.stat().st_size}".encode())
    folder = Path(tempfile.gettempdir()) / f"holmes-recording-{os.getuid()}-{key.hexdigest()[:16]}"
    if not folder.exists():
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            made = Path(scratch) / "snapshot"
            convert(made)
            try:
                made.rename(folder)
            except OSError:
                # Another test process was faster, and its folder is the same.
                assert folder.exists()
    return folder


def convert_demo(target: Path) -> None:
    """Write the subset that is packaged."""
    convert(target, namespaces=DEMO_NAMESPACES, without_node=DEMO_WITHOUT_NODE)


def convert(
    target: Path, *, namespaces: Collection[str] | None = None, without_node: str = ""
) -> None:
    """Write the recording, or some namespaces of it, as a snapshot folder."""
    discovery = dict(_discovery())
    for url, answer in discovery.items():
        _write(target / "discovery" / f"{url[1:]}.json", answer)
    lists: dict[Path, list[JsonValue]] = {}
    for name, value in _objects():
        namespace = fields.namespace_of(value)
        place = fields.name_of(value) if name == "namespaces" else namespace
        if namespaces is not None and place and place not in namespaces:
            continue
        if without_node and _is_about(value, without_node):
            continue
        hidden = dict(secret_values.without_secret_values(value))
        lists.setdefault(list_path(target, name, namespace), []).append(hidden)
    for path, items in lists.items():
        first = items[0]
        group_version, kind = fields.text(first, "apiVersion"), fields.text(first, "kind")
        _write(path, {"apiVersion": group_version, "kind": f"{kind}List", "items": items})
    for path in SOURCE.glob("namespaces/*/logs/*.log"):
        if namespaces is None or path.parts[-3] in namespaces:
            _write_log(target, path, without_node=without_node)
    _write(target / INFO_FILE, _info(target, discovery).to_json())


def _discovery() -> Iterator[tuple[str, JsonObject]]:
    for path in sorted((SOURCE / "discovery").glob("*.json")):
        yield "/" + path.stem.replace("_", "/"), read_object(path)


def _objects() -> Iterator[tuple[str, JsonObject]]:
    """Every object under its resource's full name."""
    for path in sorted(
        (*SOURCE.glob("cluster/*.json"), *SOURCE.glob("namespaces/*/*.json"), *_metrics())
    ):
        whole = read_object(path)
        for item in fields.objects(whole, "items"):
            kind = fields.text(whole, "kind").removesuffix("List")
            # Lists of metrics name the kind once, at the top.
            value = {"apiVersion": whole["apiVersion"], "kind": kind, **item}
            group = fields.text(value, "apiVersion").rpartition("/")[0]
            name = path.stem.partition(".")[0]
            yield (f"{name}.{group}" if group else name), value


def _metrics() -> Iterator[Path]:
    return SOURCE.glob("metrics/*.json")


def _is_about(value: JsonObject, node: str) -> bool:
    kind, name = fields.text(value, "kind"), fields.name_of(value)
    target = fields.mapping(value, "involvedObject")
    about = fields.text(target, "kind") == "Node" and fields.text(target, "name") == node
    return about or (kind in {"Node", "Lease", "NodeMetrics"} and name == node)


def _write_log(target: Path, source: Path, *, without_node: str) -> None:
    pod, _, rest = source.name.removesuffix(".log").partition("_")
    container, _, previous = rest.partition(".")
    path = log_path(target, source.parts[-3], pod, container, previous=bool(previous))
    text = source.read_text()
    if text.startswith("# stderr: "):
        status = status_in(text)
        assert status is not None, source
        _write(path.with_suffix(".failed.json"), status)
        return
    if without_node:
        lines = text.splitlines(keepends=True)
        text = "".join(line for line in lines if without_node not in line)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _info(target: Path, discovery: dict[str, JsonObject]) -> SnapshotInfo:
    # The recording took four minutes; its latest moment is the one at which all of it was true.
    texts = (path.read_text() for path in target.rglob("*") if path.is_file())
    recorded_at = parse_time(max(moment for text in texts for moment in TIMESTAMP.findall(text)))
    assert recorded_at is not None
    read = {path.stem for path in SOURCE.glob("cluster/*.json")}
    gaps = [
        Unread(resource=resource.full_name, reason=f"{resource.full_name} were not recorded")
        for resource in resources_in(discovery)
        if "list" in resource.verbs
        and resource.group != "metrics.k8s.io"
        and (
            resource.full_name in _NOT_RECORDED
            or not (resource.namespaced or {resource.name, resource.full_name} & read)
        )
    ]
    return SnapshotInfo(
        cluster="acme",
        server_version=fields.text(discovery["/version"], "gitVersion"),
        recorded_at=recorded_at.replace(microsecond=0),
        unread=tuple(gaps),
    )


def _write(path: Path, value: JsonObject) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # One object a line: small, and a change shows in a diff as the objects it touches.
    text = json.dumps(value, separators=(",", ":"), sort_keys=True)
    path.write_text(re.sub(r'(?<=[\[,])(?=\{"apiVersion")', "\n", text) + "\n")


if __name__ == "__main__":
    shutil.rmtree(sys.argv[-1], ignore_errors=True)
    (convert if "--all" in sys.argv else convert_demo)(Path(sys.argv[-1]))
