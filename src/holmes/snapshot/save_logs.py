"""Recording the logs of every container, current and previous."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlencode

from holmes.core.messages import JsonObject
from holmes.snapshot import fields
from holmes.snapshot.folder import Unread, log_path, read_object
from holmes.snapshot.reader import ClusterReader, Refused
from holmes.snapshot.writing import write_bytes, write_object

Job: TypeAlias = Callable[[], Awaitable[None]]

# One log never takes more of the folder than this, however long its lines are.
_MAX_BYTES = 4 * 1024 * 1024


def log_jobs(reader: ClusterReader, folder: Path, tail: int, unread: list[Unread]) -> Sequence[Job]:
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
                    "limitBytes": str(_MAX_BYTES),
                }
                query |= {"previous": "true"} if previous else {}
                path = log_path(folder, namespace, name, called, previous=previous)
                url = f"/api/v1/namespaces/{namespace}/pods/{name}/log?{urlencode(query)}"
                yield path, url
