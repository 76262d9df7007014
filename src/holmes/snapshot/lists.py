"""Lists, single objects and their tables: the reading half of the API."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from holmes.core.messages import JsonObject, JsonValue
from holmes.snapshot import clock, fields, replies
from holmes.snapshot.folder import Resource, Snapshot
from holmes.snapshot.replies import Reply, Request
from holmes.snapshot.selectors import SelectorError, field_matcher, label_matcher
from holmes.snapshot.tables import table
from holmes.snapshot.tables.events import NEW_NAMES


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """What a path names: a resource, in a namespace or in all, and one object or all."""

    resource: Resource
    namespace: str = ""
    name: str = ""
    subresource: str = ""


def find(snapshot: Snapshot, target: Target) -> JsonObject:
    """The one object that `target` names; a Refusal where it isn't there."""
    _refuse_unread(snapshot, target)
    for value in _recorded(snapshot, target.resource):
        same_place = fields.namespace_of(value) == target.namespace
        if same_place and fields.name_of(value) == target.name:
            return value
    raise replies.object_not_found(target.resource, target.name)


def answer_object(snapshot: Snapshot, target: Target, request: Request, now: datetime) -> Reply:
    """GET of one object, as JSON or as a Table of one row."""
    value = _moved(find(snapshot, target), target, request, now - snapshot.info.recorded_at)
    if _wants_table(request):
        return replies.json_reply(
            _table(snapshot, target, request, [value], _list_metadata([value]))
        )
    return replies.json_reply(value)


def answer_list(snapshot: Snapshot, target: Target, request: Request, now: datetime) -> Reply:
    """GET of a list: selected, paged, as JSON or as a Table."""
    _refuse_unread(snapshot, target)
    try:
        by_label = label_matcher(request.query.get("labelSelector", ""))
        by_field = field_matcher(request.query.get("fieldSelector", ""), target.resource.full_name)
    except SelectorError as error:
        raise replies.bad_request(str(error)) from error
    found = [
        value
        for value in _recorded(snapshot, target.resource)
        if (not target.namespace or fields.namespace_of(value) == target.namespace)
        and by_label(value)
        and by_field(value)
    ]
    metadata = _list_metadata(found)
    selected, paging = _page(found, request)
    behind = now - snapshot.info.recorded_at
    page = [_moved(value, target, request, behind) for value in selected]
    warning = "" if target.namespace else _missing(snapshot, target.resource)
    if _wants_table(request):
        rows = _table(snapshot, target, request, page, {**metadata, **paging})
        return replies.json_reply(rows, warning=warning)
    items: list[JsonValue] = [dict(value) for value in page]
    whole: JsonObject = {
        "kind": f"{target.resource.kind}List",
        "apiVersion": target.resource.group_version,
        "metadata": {**metadata, **paging},
        "items": items,
    }
    return replies.json_reply(whole, warning=warning)


def _recorded(snapshot: Snapshot, resource: Resource) -> Sequence[JsonObject]:
    if resource.full_name == "events.events.k8s.io":
        # One store, two APIs: the API server serves every Event under both groups.
        return [_new_style(event) for event in snapshot.objects.get("events", ())]
    found = snapshot.objects.get(resource.full_name, ())
    if found and fields.text(found[0], "apiVersion") != resource.group_version:
        # The real server would convert (autoscaling/v1 from v2, say); the recording has one.
        raise replies.path_not_found()
    return found


def _new_style(event: JsonObject) -> JsonObject:
    """An events.k8s.io/v1 Event made of a core/v1 one, by the API server's own mapping."""
    converted = {NEW_NAMES.get(key, key): value for key, value in event.items()}
    return {**converted, "apiVersion": "events.k8s.io/v1"}


def _refuse_unread(snapshot: Snapshot, target: Target) -> None:
    name = target.resource.full_name
    for namespace in ("", target.namespace):
        if reason := snapshot.unread.get((name, namespace)):
            raise replies.not_recorded(name, reason)
    known = snapshot.info.namespaces
    if target.namespace and known is not None and target.namespace not in known:
        raise replies.not_recorded(
            name,
            f'namespace "{target.namespace}" is not in this recording, '
            f"which holds {', '.join(known)}",
        )


def _missing(snapshot: Snapshot, resource: Resource) -> str:
    """What a list over all namespaces lacks, in one sentence."""
    if not resource.namespaced:
        return ""
    if snapshot.info.namespaces is not None:
        return f"this recording holds the namespaces {', '.join(snapshot.info.namespaces)} only"
    gaps = [place for name, place in snapshot.unread if name == resource.full_name and place]
    return f"{resource.full_name} were not recorded in {', '.join(gaps)}" if gaps else ""


def _moved(value: JsonObject, target: Target, request: Request, by: timedelta) -> JsonObject:
    """The object with the times that kubectl turns into ages moved to kubectl's clock.

    kubectl counts these from its own clock, where a recording is hours or months old. Absolute
    times (Start Time, Started, Finished) stay, so that they agree with logs and `-o yaml`.
    `kubectl events -o yaml` sends the same header as `kubectl events` and gets moved times too.
    """
    command = request.headers.get("kubectl-command", "")
    if command not in {"kubectl describe", "kubectl events", "kubectl top pods", "kubectl top pod"}:
        return value
    if target.resource.name == "events":
        return clock.event_moved(value, by)
    # "Terminating (lasts 3m)" in describe.
    value = clock.metadata_moved(value, "deletionTimestamp", by)
    ages_only = command != "kubectl describe" or "spec.nodeName" in request.query.get(
        "fieldSelector", ""
    )
    if target.resource.full_name == "pods" and ages_only:
        # `top` says how old a pod without metrics is; `describe node` lists its pods' ages.
        value = clock.metadata_moved(value, "creationTimestamp", by)
    return value


def _wants_table(request: Request) -> bool:
    accept = request.headers.get("accept", "")
    return "as=Table" in accept and "g=meta.k8s.io" in accept


def _table(
    snapshot: Snapshot,
    target: Target,
    request: Request,
    values: Sequence[JsonObject],
    metadata: JsonObject,
) -> JsonObject:
    columns = table(target.resource, snapshot)
    include = request.query.get("includeObject", "Metadata")
    rows: list[JsonValue] = []
    for value in values:
        row: dict[str, JsonValue] = {
            "cells": [each.cell(value, snapshot.info.recorded_at) for each in columns]
        }
        if include == "Object":
            row["object"] = dict(value)
        elif include == "Metadata":
            row["object"] = {
                "kind": "PartialObjectMetadata",
                "apiVersion": "meta.k8s.io/v1",
                "metadata": fields.mapping(value, "metadata"),
            }
        rows.append(row)
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": dict(metadata),
        "columnDefinitions": [dict(each.to_json()) for each in columns],
        "rows": rows,
    }


def _list_metadata(values: Sequence[JsonObject]) -> dict[str, JsonValue]:
    versions = [fields.text(value, "metadata", "resourceVersion") for value in values]
    newest = max((int(each) for each in versions if re.fullmatch("[0-9]{1,20}", each)), default=1)
    return {"resourceVersion": str(newest)}


def _page(
    values: list[JsonObject], request: Request
) -> tuple[list[JsonObject], dict[str, JsonValue]]:
    limit = replies.number_in(request.query.get("limit", ""))
    start = _start(request.query.get("continue", ""), len(values))
    end = start + limit if limit else len(values)
    if end >= len(values):
        return values[start:], {}
    token = base64.urlsafe_b64encode(str(end).encode()).decode()
    return values[start:end], {"continue": token, "remainingItemCount": len(values) - end}


def _start(token: str, total: int) -> int:
    try:
        start = replies.number_in(base64.urlsafe_b64decode(token).decode())
    except ValueError as error:
        raise replies.bad_request("continue key is not valid") from error
    if start > total:
        raise replies.bad_request("continue key is not valid")
    return start
