"""The snapshot folder: a cluster's API answers as files, at one moment.

    snapshot.json                               what this is; see `SnapshotInfo`
    discovery/version.json, api.json, apis.json, api/v1.json, apis/GROUP/VERSION.json
                                                each answer at its own URL path
    cluster/RESOURCE[.GROUP].json               cluster-scoped lists
    namespaces/NS/RESOURCE[.GROUP].json         namespaced lists; no file is an empty list
    namespaces/NS/logs/POD/CONTAINER[.previous].log
                                                each line begins with its RFC 3339 timestamp
    namespaces/NS/logs/POD/CONTAINER[.previous].failed.json
                                                the Status the API server gave instead of a log

Lists hold whole objects, `apiVersion` and `kind` in each. Metrics are lists like any other:
`cluster/nodes.metrics.k8s.io.json`, `namespaces/NS/pods.metrics.k8s.io.json`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from holmes.core.errors import SnapshotError
from holmes.core.messages import JsonObject, JsonValue
from holmes.files import read_bounded
from holmes.snapshot import fields
from holmes.snapshot.clock import format_time, parse_time

FORMAT = 1
INFO_FILE = "snapshot.json"
_MOST_BYTES = 256_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Unread:
    """A list (plural.group) that could not be read, in one namespace or (empty) all, and why."""

    resource: str
    namespace: str = ""
    reason: str

    def to_json(self) -> dict[str, JsonValue]:
        """The object that `unread_in` reads."""
        return {"resource": self.resource, "namespace": self.namespace, "reason": self.reason}


@dataclass(frozen=True, kw_only=True, slots=True)
class SnapshotInfo:
    """The contents of snapshot.json; `namespaces` None is all, else the only ones recorded."""

    cluster: str
    server_version: str
    recorded_at: datetime
    namespaces: tuple[str, ...] | None = None
    unread: tuple[Unread, ...] = ()
    complete: bool = True

    def to_json(self) -> JsonObject:
        """The object that `read_info` reads."""
        return {
            "format": FORMAT,
            "cluster": self.cluster,
            "server_version": self.server_version,
            "recorded_at": format_time(self.recorded_at),
            "namespaces": None if self.namespaces is None else list(self.namespaces),
            "complete": self.complete,
            "unread": [gap.to_json() for gap in self.unread],
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Resource:
    """One resource as discovery describes it."""

    group: str
    version: str
    name: str
    kind: str
    namespaced: bool
    verbs: tuple[str, ...]

    @property
    def full_name(self) -> str:
        """`pods`, `deployments.apps`: the name kubectl, errors and files use."""
        return f"{self.name}.{self.group}" if self.group else self.name

    @property
    def group_version(self) -> str:
        """`v1`, `apps/v1`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def url(self) -> str:
        """The URL path of the list over all namespaces."""
        return f"/{'apis' if self.group else 'api'}/{self.group_version}/{self.name}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """A snapshot folder, read: discovery by URL path, objects by resource in the API's order."""

    folder: Path
    info: SnapshotInfo
    discovery: Mapping[str, JsonObject]
    resources: tuple[Resource, ...]
    objects: Mapping[str, tuple[JsonObject, ...]]
    unread: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path) -> "Snapshot":
        """Read a folder; SnapshotError where it isn't a complete snapshot of this format."""
        info = read_info(folder)
        if not info.complete:
            raise SnapshotError(
                f'The snapshot in "{folder}" is not complete.',
                hint=f"Finish it with `holmes snapshot save {folder}`.",
            )
        root = folder / "discovery"
        discovery = {
            f"/{path.relative_to(root).with_suffix('').as_posix()}": read_object(path, folder)
            for path in root.rglob("*.json")
        }
        objects: dict[str, list[JsonObject]] = {}
        for path in list_files(folder):
            _check_names(path.stem, path.parent.name)
            for value in fields.objects(read_object(path, folder), "items"):
                _check_object(value, path)
                objects.setdefault(path.stem, []).append(value)
        return cls(
            folder=folder,
            info=info,
            discovery=discovery,
            resources=tuple(resources_in(discovery)),
            objects={name: tuple(sorted(found, key=_key)) for name, found in objects.items()},
            unread={(gap.resource, gap.namespace): gap.reason for gap in info.unread},
        )


def resources_in(discovery: Mapping[str, JsonObject]) -> Iterator[Resource]:
    """The resources that discovery answers list, without subresources."""
    for path, answer in discovery.items():
        group, _, version = path.removeprefix("/apis/").removeprefix("/api/").rpartition("/")
        for item in fields.objects(answer, "resources"):
            if "/" in fields.text(item, "name"):
                continue
            yield Resource(
                group=group,
                version=version,
                name=fields.text(item, "name"),
                kind=fields.text(item, "kind"),
                namespaced=item.get("namespaced") is True,
                verbs=tuple(fields.texts(item, "verbs")),
            )


# What names a file is a DNS name in Kubernetes; anything else has no business in a path.
_SAFE = re.compile(r"[a-zA-Z0-9]([-a-zA-Z0-9._]*[a-zA-Z0-9])?")
_LONGEST_NAME = 253


def list_path(folder: Path, resource: str, namespace: str = "") -> Path:
    """Where the list of `resource` (plural.group) is kept; SnapshotError for an unsafe name."""
    _check_names(resource, *filter(None, (namespace,)))
    place = folder / "namespaces" / namespace if namespace else folder / "cluster"
    return place / f"{resource}.json"


def log_path(
    folder: Path, namespace: str, pod: str, container: str, *, previous: bool = False
) -> Path:
    """Where a container's log is kept; SnapshotError for an unsafe name."""
    _check_names(namespace, pod, container)
    name = f"{container}.previous.log" if previous else f"{container}.log"
    return folder / "namespaces" / namespace / "logs" / pod / name


def _check_names(*names: str) -> None:
    for name in names:
        if not _SAFE.fullmatch(name):
            raise SnapshotError(f"{name!a} is no name of a Kubernetes object.")


def _check_object(value: JsonObject, path: Path) -> None:
    """Refuse a name that no API server stores: names go into paths, messages and terminals."""
    name, namespace = fields.name_of(value), fields.namespace_of(value)
    if not name.isprintable() or "/" in name or name in {".", ".."}:
        raise SnapshotError(f'"{path}" holds {name!a}, which is no name of a Kubernetes object.')
    if namespace:
        _check_names(namespace)


def printable(name: str) -> str:
    """A cluster's name or version without what a terminal would obey, cut to a name's length."""
    return "".join(filter(str.isprintable, name))[:_LONGEST_NAME]


def read_info(folder: Path) -> SnapshotInfo:
    """Read snapshot.json; SnapshotError says what is wrong with it."""
    path = folder / INFO_FILE
    if not path.is_file():
        raise SnapshotError(
            f'"{folder}" is not a snapshot: it has no {INFO_FILE}.',
            hint="Record one with `holmes snapshot save DIR`.",
        )
    raw = read_object(path)
    if raw.get("format") != FORMAT:
        raise SnapshotError(
            f'"{path}" has format {raw.get("format")!r}; this version reads format {FORMAT}.',
            hint="Record the cluster again, or use the version that wrote it.",
        )
    recorded_at = parse_time(fields.text(raw, "recorded_at"))
    if recorded_at is None:
        raise SnapshotError(f'"{path}" has no RFC 3339 UTC time in "recorded_at".')
    namespaces = None if raw.get("namespaces") is None else tuple(fields.texts(raw, "namespaces"))
    unread = unread_in(raw)
    _check_names(*namespaces or (), *(gap.namespace for gap in unread if gap.namespace))
    return SnapshotInfo(
        cluster=printable(fields.text(raw, "cluster")),
        server_version=printable(fields.text(raw, "server_version")),
        recorded_at=recorded_at,
        namespaces=namespaces,
        complete=raw.get("complete") is True,
        unread=unread,
    )


def unread_in(raw: JsonObject) -> tuple[Unread, ...]:
    """The lists that a file says could not be read."""
    return tuple(
        Unread(
            resource=fields.text(gap, "resource"),
            namespace=fields.text(gap, "namespace"),
            reason=fields.text(gap, "reason"),
        )
        for gap in fields.objects(raw, "unread")
    )


def read_file(path: Path, folder: Path) -> bytes:
    """The contents of a file of the snapshot in `folder`.

    SnapshotError for a link that leads out of it, and for what is no file: a folder that came from
    elsewhere must not make this machine's own files, or a device that never ends, part of it.
    """
    try:
        real = path.resolve(strict=True)
        if not real.is_relative_to(folder.resolve()) or not real.is_file():
            raise SnapshotError(f'"{path}" is not a file of this snapshot.')
        return read_bounded(real, _MOST_BYTES)
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle, before Python 3.13
        reason = getattr(error, "strerror", None) or error
        raise SnapshotError(f'"{path}" can\'t be read: {reason}.') from error


def read_object(path: Path, folder: Path | None = None) -> JsonObject:
    """The JSON object in a file of a snapshot (default: of its own folder); see `read_file`."""
    try:
        value = json.loads(read_file(path, folder or path.parent))
    except ValueError as error:
        raise SnapshotError(f'"{path}" can\'t be read: {error}.') from error
    except RecursionError as error:
        raise SnapshotError(f'"{path}" can\'t be read: it is nested too deep.') from error
    if not isinstance(value, dict):
        raise SnapshotError(f'"{path}" does not hold a JSON object.')
    return value


def list_files(folder: Path) -> Iterator[Path]:
    """The files of all lists."""
    yield from folder.glob("cluster/*.json")
    yield from folder.glob("namespaces/*/*.json")


def _key(value: JsonObject) -> str:
    # The API server lists in the order of its storage keys, "namespace/name" compared bytewise.
    return f"{fields.namespace_of(value)}/{fields.name_of(value)}"
