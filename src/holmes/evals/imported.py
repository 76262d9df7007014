"""Scenarios of other benchmarks as scenario folders of ours: what was read, and what is missing.

Their answers are prose for a judge, so that such a question passes by a judge model's mark.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from shutil import copytree, rmtree

import yaml

from holmes.core.errors import UsageError
from holmes.core.messages import JsonObject
from holmes.demo import CLUSTER
from holmes.evals import scenario
from holmes.snapshot import fields
from holmes.snapshot.clock import format_time
from holmes.snapshot.folder import (
    INFO_FILE,
    Resource,
    SnapshotInfo,
    list_path,
    read_info,
    read_object,
    resources_in,
)
from holmes.snapshot.secret_values import without_secret_values
from holmes.snapshot.writing import write_object

# Of manifests alone nobody knows more.
_NEVER = "pods, their state, events and logs"


@dataclass(frozen=True, kw_only=True, slots=True)
class Foreign:
    """One scenario as another benchmark has it.

    truth    what a right answer says, in prose
    objects  the objects of its manifests
    missing  what a run would need that was not read
    """

    name: str
    questions: tuple[str, ...]
    truth: str
    objects: tuple[JsonObject, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """A scenario that was written as ours, and what can't run of it."""

    cases: tuple[scenario.Case, ...]
    missing: tuple[str, ...]


def import_from(format_: str, path: Path, into: Path) -> list[Imported]:
    """Write every scenario of a folder as one of ours below `into`; UsageError for none."""
    from holmes.evals import formats  # noqa: PLC0415  # its modules import this one

    known = [module.name for module in iter_modules(formats.__path__)]
    if format_ not in known:
        raise UsageError(f'There is no format "{format_}".', hint=f"Known: {', '.join(known)}.")
    read = import_module(f"{formats.__name__}.{format_}").read
    found = [_import(each, into) for each in read(path)]
    if not found:
        raise UsageError(f'"{path}" holds no scenario of {format_}.')
    return found


def _import(foreign: Foreign, into: Path) -> Imported:
    folder = into / foreign.name
    if folder.exists():
        rmtree(folder)
    unknown = _write_cluster(foreign, folder / "cluster")
    namespaces = {fields.namespace_of(each) for each in foreign.objects} - {""}
    document = {
        "about": foreign.name,
        "set": "imported",
        "cluster": "cluster",
        "part": {"namespaces": sorted(namespaces)},
        "questions": [
            {"kind": f"asked-{number}", "ask": question}
            for number, question in enumerate(foreign.questions, 1)
        ],
        "truth": foreign.truth,
        "expect": {"verdict": "judged"},
    }
    (folder / scenario.FILE).write_text(yaml.safe_dump(document), encoding="utf-8")
    read = scenario.load(folder)
    return Imported(
        cases=tuple(scenario.Case(scenario=read, question=each) for each in read.questions),
        missing=(_NEVER, *foreign.missing, *unknown),
    )


def _write_cluster(foreign: Foreign, folder: Path) -> list[str]:
    """Write the objects as a snapshot; the kinds that its API does not have."""
    copytree(CLUSTER / "discovery", folder / "discovery")
    known = {(each.group_version, each.kind): each for each in _resources()}
    unknown: dict[str, None] = {}
    lists: dict[tuple[Resource, str], list[JsonObject]] = defaultdict(list)
    recorded = read_info(CLUSTER)
    for obj in foreign.objects:
        resource = known.get((fields.text(obj, "apiVersion"), fields.text(obj, "kind")))
        if resource is None:
            unknown[f"objects of kind {fields.text(obj, 'kind')}"] = None
            continue
        place = fields.namespace_of(obj) if resource.namespaced else ""
        metadata = {**fields.mapping(obj, "metadata"),
                    "creationTimestamp": format_time(recorded.recorded_at)}  # fmt: skip
        if not place:
            metadata.pop("namespace", None)
        lists[resource, place].append(without_secret_values({**obj, "metadata": metadata}))
    for (resource, place), items in lists.items():
        whole: JsonObject = {
            "apiVersion": resource.group_version,
            "kind": f"{resource.kind}List",
            "items": [dict(each) for each in items],
        }
        write_object(list_path(folder, resource.full_name, place), whole)
    info = SnapshotInfo(
        cluster=foreign.name, server_version=recorded.server_version,
        recorded_at=recorded.recorded_at,
    )  # fmt: skip
    write_object(folder / INFO_FILE, info.to_json())
    (folder / "namespaces").mkdir(exist_ok=True)
    return list(unknown)


def _resources() -> Iterator[Resource]:
    root = CLUSTER / "discovery"
    return resources_in({
        f"/{path.relative_to(root).with_suffix('').as_posix()}": read_object(path)
        for path in root.rglob("*.json")
    })  # fmt: skip
