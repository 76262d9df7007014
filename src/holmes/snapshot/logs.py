"""Container logs, and what the API server and the kubelet say where there is none."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from holmes.core.messages import JsonObject
from holmes.snapshot import fields
from holmes.snapshot.clock import TIMESTAMP, parse_time
from holmes.snapshot.folder import Snapshot, log_path, read_file, read_object
from holmes.snapshot.replies import Reply, Request, bad_request, json_reply, number_in, text_reply

# How the kubelet words the two reasons that are not reasons a person would understand.
_WAITING = {
    "ErrImagePull": "image can't be pulled",
    "ImagePullBackOff": "trying and failing to pull image",
}

_LONGEST_SECONDS = 10**9
"""More is as good as everything, and at some point no date."""


def answer_log(snapshot: Snapshot, pod: JsonObject, request: Request) -> Reply:
    """GET of pods/NAME/log; `follow` ends at the end of what was recorded."""
    name, query = fields.name_of(pod), request.query
    container = query.get("container", "") or _only_container(pod)
    if container not in _containers(pod):
        raise bad_request(f"container {container} is not valid for pod {name}")
    if not fields.text(pod, "spec", "nodeName"):
        # As the API server: a pod that has no node has an empty log, not an error.
        return text_reply("")
    previous = query.get("previous") in {"true", "1"}
    path = log_path(snapshot.folder, fields.namespace_of(pod), name, container, previous=previous)
    if path.is_file():
        text = read_file(path, snapshot.folder).decode(errors="replace")
        return text_reply(_selected(text, request, snapshot.info.recorded_at))
    failed = path.with_suffix(".failed.json")
    if failed.is_file():
        status = read_object(failed, snapshot.folder)
        code = fields.whole(status, "code")
        return json_reply(status, status=code if 400 <= code < 600 else 500)
    raise bad_request(_why_absent(pod, container, previous=previous))


def _containers(pod: JsonObject) -> list[str]:
    kinds = ("containers", "initContainers", "ephemeralContainers")
    return [name for kind in kinds for name in _names(pod, kind)]


def _names(pod: JsonObject, kind: str) -> list[str]:
    return [fields.text(one, "name") for one in fields.objects(pod, "spec", kind)]


def _only_container(pod: JsonObject) -> str:
    names = _names(pod, "containers")
    if len(names) == 1:
        return names[0]
    message = f"a container name must be specified for pod {fields.name_of(pod)}"
    message += f", choose one of: [{' '.join(names)}]"
    if starting := _names(pod, "initContainers"):
        message += f" or one of the init containers: [{' '.join(starting)}]"
    raise bad_request(message)


def _why_absent(pod: JsonObject, container: str, *, previous: bool) -> str:
    who = f'container "{container}" in pod "{fields.name_of(pod)}"'
    kinds = ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses")
    statuses = {
        fields.text(status, "name"): status
        for kind in kinds
        for status in fields.objects(pod, "status", kind)
    }
    if container not in statuses:
        return f"{who} is not available"
    status = statuses[container]
    if previous and not fields.mapping(status, "lastState", "terminated"):
        return f"previous terminated {who} not found"
    if not previous and (reason := fields.text(status, "state", "waiting", "reason")):
        return f"{who} is waiting to start: {_WAITING.get(reason, reason)}"
    which = "previous log" if previous else "log"
    return f"the {which} of {who} is not in this recording"


def _selected(text: str, request: Request, now: datetime) -> str:
    query = request.query
    lines = text.splitlines(keepends=True)
    oldest = _oldest(request, now)
    if oldest is not None:
        lines = list(_since(lines, oldest))
    if tail := number_in(query.get("tailLines", "")):
        lines = lines[-tail:]
    elif query.get("tailLines") == "0":
        lines = []
    if query.get("timestamps") not in {"true", "1"}:
        lines = [_without_timestamp(line) for line in lines]
    shown = "".join(lines)
    if limit := number_in(query.get("limitBytes", "")):
        shown = shown.encode()[:limit].decode(errors="ignore")
    return shown


def _oldest(request: Request, now: datetime) -> datetime | None:
    if seconds := number_in(request.query.get("sinceSeconds", "")):
        return now - timedelta(seconds=min(seconds, _LONGEST_SECONDS))
    return parse_time(request.query.get("sinceTime", ""))


def _since(lines: list[str], oldest: datetime) -> Iterator[str]:
    for line in lines:
        moment = parse_time(line.partition(" ")[0])
        if moment is None or moment >= oldest:
            yield line


def _without_timestamp(line: str) -> str:
    # "unable to retrieve container logs for …" is written by the kubelet and has none.
    first, _, rest = line.partition(" ")
    return rest if TIMESTAMP.fullmatch(first.rstrip("\n")) else line
