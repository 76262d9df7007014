"""Recording a live cluster into a snapshot folder.

Order: discovery, every list, the logs of every container. What is complete stays when the
recording is interrupted, and the next one goes on from there. What the API server refuses is
written down in snapshot.json and is no failure.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlencode

import anyio

from holmes.core.errors import SnapshotError
from holmes.core.messages import JsonObject, JsonValue
from holmes.kubernetes.target import KubeTarget
from holmes.snapshot import fields
from holmes.snapshot.folder import (
    INFO_FILE,
    Resource,
    SnapshotInfo,
    Unread,
    list_path,
    log_path,
    printable,
    read_object,
    resources_in,
)
from holmes.snapshot.reader import ClusterReader, Refused
from holmes.snapshot.secret_values import without_secret_values
from holmes.snapshot.writing import FinishedLists, begin, write_bytes, write_object

Job: TypeAlias = Callable[[], Awaitable[None]]

Progress: TypeAlias = Callable[[str, int, int], None]
"""Told what is being recorded ("API groups", "namespaces", "kinds", "logs"), done and in all."""

_MAX_LOG_BYTES = 4 * 1024 * 1024
"""Of the folder that one log takes, however long its lines are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SaveOptions:
    """What to record: all `namespaces` where empty, at most `tail` lines of each log."""

    folder: Path
    cluster: KubeTarget
    namespaces: tuple[str, ...] = ()
    tail: int = 1000
    force: bool = False


async def save(options: SaveOptions, progress: Progress) -> SnapshotInfo:
    """Record a cluster; SnapshotError where it can't be reached or the folder can't be used."""
    reader = ClusterReader(options.cluster)
    version = await _needed(reader, "/version")
    for namespace in options.namespaces:
        await _require_namespace(reader, namespace)
    info = SnapshotInfo(
        cluster=printable(await reader.cluster_name()),
        server_version=fields.text(version, "gitVersion"),
        recorded_at=datetime.now(UTC),
        namespaces=tuple(sorted(set(options.namespaces))) or None,
        complete=False,
    )
    finished = begin(options.folder, info, force=options.force)
    return await _Recording(reader, options, info, finished, progress).run(version)


async def _require_namespace(reader: ClusterReader, namespace: str) -> None:
    """Raise SnapshotError where the cluster says that it has no such namespace."""
    try:
        await reader.value(f"/api/v1/namespaces/{namespace}")
    except Refused as refused:
        # Who may not read namespaces may still read what is in one.
        if fields.whole(refused.status, "code") == 404:
            raise SnapshotError(
                f'There is no namespace "{namespace}" in the cluster.',
                hint="See `kubectl get namespaces`.",
            ) from refused


async def _needed(reader: ClusterReader, url: str) -> JsonObject:
    """An answer without which there is nothing to record."""
    try:
        return await reader.value(url)
    except Refused as refused:
        raise SnapshotError(
            f'The API server refuses "{url}": {str(refused).rstrip(".")}.',
            hint=f"Check it with `kubectl get --raw {url}`.",
        ) from refused


class _Recording:
    def __init__(
        self,
        reader: ClusterReader,
        options: SaveOptions,
        info: SnapshotInfo,
        finished: FinishedLists,
        progress: Progress,
    ) -> None:
        self._reader = reader
        self._options = options
        self._info = info
        self._finished = finished
        self._progress = progress
        self._unread = list(finished.unread)

    async def run(self, version: JsonObject) -> SnapshotInfo:
        """All three stages, and the finished snapshot.json."""
        folder = self._options.folder
        resources = await self._discover(version)
        first = [one for one in resources if one.full_name == "namespaces"]
        rest = [one for one in resources if one.full_name != "namespaces"]
        # Namespaces first: where listing over all of them is forbidden, each is asked for itself.
        await _run_all([partial(self._save_list, one) for one in first])
        if known := len(self._known_namespaces()):
            self._progress("namespaces", known, known)
        await self._stage("kinds", [partial(self._save_list, one) for one in rest])
        jobs = _log_jobs(self._reader, folder, self._options.tail, self._unread)
        await self._stage("logs", jobs)
        gaps = sorted(set(self._unread), key=lambda gap: (gap.resource, gap.namespace))
        info = replace(self._info, recorded_at=datetime.now(UTC), complete=True, unread=tuple(gaps))
        write_object(folder / INFO_FILE, info.to_json())
        self._finished.remove()
        return info

    async def _stage(self, name: str, jobs: Sequence[Job]) -> None:
        done = 0

        async def counted(job: Job) -> None:
            nonlocal done
            await job()
            done += 1
            self._progress(name, done, len(jobs))

        await _run_all([partial(counted, job) for job in jobs])

    async def _discover(self, version: JsonObject) -> Sequence[Resource]:
        """Save the discovery documents; the resources to list, each at one version."""
        documents = {"/version": version}
        for url in ("/api", "/apis"):
            documents[url] = await _needed(self._reader, url)
        groups = _group_versions(documents["/apis"])
        urls = ["/api/v1", *(f"/apis/{version}" for versions in groups for version in versions)]

        async def read(url: str) -> None:
            try:
                documents[url] = await self._reader.value(url)
            except Refused as refused:
                # An API whose own server is down (metrics.k8s.io, often) answers 503.
                group = url.removeprefix("/apis/").rpartition("/")[0]
                self._gap(f"*.{group}", refused)

        await self._stage("API groups", [partial(read, url) for url in urls])
        for url, answer in documents.items():
            write_object(self._options.folder / "discovery" / f"{url[1:]}.json", answer)
        # Dict order makes the preferred version of a group the one that is kept.
        ordered = {url: documents[url] for url in reversed(urls) if url in documents}
        chosen = {one.full_name: one for one in resources_in(ordered) if "list" in one.verbs}
        # The API server keeps events once and serves them under two groups.
        chosen.pop("events.events.k8s.io", None)
        return list(chosen.values())

    async def _save_list(self, resource: Resource) -> None:
        if resource.full_name in self._finished:
            return
        namespaces = self._info.namespaces
        try:
            if not resource.namespaced or namespaces is None:
                await self._save_everywhere(resource)
            else:
                await self._save_in(resource, namespaces)
        except Refused as refused:
            self._gap(resource.full_name, refused)
            return
        gaps = [gap for gap in self._unread if gap.resource == resource.full_name]
        self._finished.add(resource.full_name, gaps)

    async def _save_everywhere(self, resource: Resource) -> None:
        try:
            self._write(resource, await self._objects(resource, resource.url))
        except Refused as refused:
            known = self._known_namespaces()
            if not resource.namespaced or fields.whole(refused.status, "code") != 403 or not known:
                raise
            await self._save_in(resource, known)

    async def _save_in(self, resource: Resource, namespaces: Sequence[str]) -> None:
        """Namespace by namespace; one that is refused is a gap, all of them a refusal."""
        refusals: dict[str, Refused] = {}
        for namespace in namespaces:
            base, _, name = resource.url.rpartition("/")
            try:
                found = await self._objects(resource, f"{base}/namespaces/{namespace}/{name}")
            except Refused as refused:
                refusals[namespace] = refused
                continue
            self._write(resource, found)
        if len(refusals) == len(namespaces):
            raise next(iter(refusals.values()))
        for namespace, refusal in refusals.items():
            self._gap(resource.full_name, refusal, namespace)

    async def _objects(self, resource: Resource, url: str) -> Sequence[JsonObject]:
        found: list[JsonObject] = []
        async for page in self._reader.pages(url):
            found += (_stored(item, resource) for item in fields.objects(page, "items"))
        if resource.full_name == "namespaces" and self._info.namespaces is not None:
            found = [one for one in found if fields.name_of(one) in self._info.namespaces]
        return found

    def _write(self, resource: Resource, found: Iterable[JsonObject]) -> None:
        places: dict[str, list[JsonValue]] = {}
        for value in found:
            places.setdefault(fields.namespace_of(value), []).append(dict(value))
        for namespace, items in places.items():
            path = list_path(self._options.folder, resource.full_name, namespace)
            head: JsonObject = {
                "apiVersion": resource.group_version,
                "kind": f"{resource.kind}List",
            }
            write_object(path, {**head, "items": items})

    def _known_namespaces(self) -> Sequence[str]:
        path = list_path(self._options.folder, "namespaces")
        listed = fields.objects(read_object(path), "items") if path.exists() else []
        return [fields.name_of(one) for one in listed]

    def _gap(self, resource: str, refused: Refused, namespace: str = "") -> None:
        self._unread.append(Unread(resource=resource, namespace=namespace, reason=str(refused)))


async def _run_all(jobs: Iterable[Job]) -> None:
    """Run every job; a SnapshotError of one cancels the others and is raised as itself."""
    failures: list[SnapshotError] = []
    async with anyio.create_task_group() as group:

        async def guarded(job: Job) -> None:
            try:
                await job()
            except SnapshotError as error:
                failures.append(error)
                group.cancel_scope.cancel()

        for job in jobs:
            group.start_soon(guarded, job)
    if failures:
        raise failures[0]


def _group_versions(groups: JsonObject) -> Sequence[Sequence[str]]:
    """The versions of each group, the preferred one first."""
    return [
        sorted(
            (fields.text(one, "groupVersion") for one in fields.objects(group, "versions")),
            key=lambda version: version != fields.text(group, "preferredVersion", "groupVersion"),
        )
        for group in fields.objects(groups, "groups")
    ]


def _stored(item: JsonObject, resource: Resource) -> JsonObject:
    """An item of a list as it is kept: whole, without secret values and without field owners."""
    metadata = fields.mapping(item, "metadata")
    # Who set which field: half the size of many objects, hidden by kubectl unless asked for.
    metadata = {key: value for key, value in metadata.items() if key != "managedFields"}
    head: Mapping[str, JsonValue] = {"apiVersion": resource.group_version, "kind": resource.kind}
    return without_secret_values({**head, **item, "metadata": metadata})


def _log_jobs(
    reader: ClusterReader, folder: Path, tail: int, unread: list[Unread]
) -> Sequence[Job]:
    """A job for each log that the folder lacks; what is forbidden is added to `unread`."""
    jobs: list[Job] = []
    for path, url in _wanted(folder, tail):
        failure = _failure_path(path)
        if failure.exists():  # of a recording that was interrupted
            _note_forbidden(path, read_object(failure), unread)
        elif not path.exists():
            jobs.append(partial(_save_log, reader, path, url, unread))
    return jobs


async def _save_log(reader: ClusterReader, path: Path, url: str, unread: list[Unread]) -> None:
    try:
        log = await reader.text(url)
    except Refused as refused:
        _note_forbidden(path, refused.status, unread)
        write_object(_failure_path(path), refused.status)
        return
    write_bytes(path, log.encode())


def _note_forbidden(path: Path, status: JsonObject, unread: list[Unread]) -> None:
    if fields.whole(status, "code") == 403:
        reason = fields.text(status, "message")
        unread.append(Unread(resource="pods/log", namespace=path.parts[-4], reason=reason))


def _failure_path(path: Path) -> Path:
    return path.with_suffix(".failed.json")


def _wanted(folder: Path, tail: int) -> Iterator[tuple[Path, str]]:
    for file in sorted(folder.glob("namespaces/*/pods.json")):
        for pod in fields.objects(read_object(file), "items"):
            # A pod without a node has never run.
            if fields.text(pod, "spec", "nodeName"):
                yield from _logs_of(pod, folder, tail)


def _logs_of(pod: JsonObject, folder: Path, tail: int) -> Iterator[tuple[Path, str]]:
    namespace, name = fields.namespace_of(pod), fields.name_of(pod)
    for kind in ("initContainers", "containers", "ephemeralContainers"):
        singular = kind.removesuffix("s")
        ended = {
            fields.text(status, "name")
            for status in fields.objects(pod, "status", f"{singular}Statuses")
            if fields.mapping(status, "lastState", "terminated")
        }
        for container in fields.objects(pod, "spec", kind):
            called = fields.text(container, "name")
            for previous in (False, True) if called in ended else (False,):
                query = {
                    "container": called,
                    "timestamps": "true",
                    "tailLines": str(tail),
                    "limitBytes": str(_MAX_LOG_BYTES),
                }
                query |= {"previous": "true"} if previous else {}
                path = log_path(folder, namespace, name, called, previous=previous)
                url = f"/api/v1/namespaces/{namespace}/pods/{name}/log?{urlencode(query)}"
                yield path, url
