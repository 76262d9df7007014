"""Applications of Argo CD: their state, when they were synced, and what differs from Git."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from holmes.core.finding import Change, ObjectRef
from holmes.core.messages import JsonObject
from holmes.core.tool_output import ToolOutput
from holmes.tools.base import Tool
from holmes.tools.changes import Told, Window
from holmes.tools.data import listed
from holmes.tools.function_tool import FunctionTool, definition
from holmes.tools.http import HttpServer
from holmes.triage.differences import object_changes
from holmes.triage.fields import Obj, items, mapping, text, words

_ALL = "api/v1/applications"
_REVISION = 12  # characters of a commit
# What of each application is needed; the whole list of a large installation is tens of MB.
_FIELDS = ",".join(
    f"items.{each}"
    for each in (
        "metadata.name", "metadata.namespace", "spec.project", "spec.destination",
        "status.sync.status", "status.health.status", "status.history", "status.operationState",
    )
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Applications:
    """One Argo CD; every request is a GET, and none of them asks for a refresh."""

    server: HttpServer

    async def version(self) -> str:
        """Product and version; that the key may list applications is asked for as well."""
        found = await self.server.json("api/version")
        await self.server.json(_ALL, {"fields": "items.metadata.name"})
        return f"Argo CD {text(found, 'Version')}"

    async def table(self, arguments: JsonObject) -> ToolOutput:
        """Every application with its state, those that are unwell first."""
        found = await self._listed(str(arguments.get("project") or ""))
        rows = [
            (text(each, "status", "sync", "status"), text(each, "status", "health", "status"),
             text(each, "metadata", "name"), text(each, "spec", "destination", "namespace"),
             _last(each))
            for each in found
        ]  # fmt: skip
        rows.sort(key=lambda row: (row[:2] == ("Synced", "Healthy"), row))
        columns = ("SYNC", "HEALTH", "NAME", "NAMESPACE", "LAST SYNC")
        return listed("applications", columns, rows, self.show_list(arguments))

    def show_list(self, arguments: JsonObject) -> str:
        """The request for the list."""
        project = str(arguments.get("project") or "") or None
        return f"GET {self.server.url(_ALL, {'projects': project})}"

    async def get(self, arguments: JsonObject) -> ToolOutput:
        """State, source, last operation and conditions of one, and what of it is not well."""
        app = await self.server.json(_path(arguments))
        rows = [*_state(app), *_parts(app)]
        return listed("facts", ("WHAT", "IS"), rows, self.show(arguments))

    async def history(self, arguments: JsonObject) -> ToolOutput:
        """When an application was synced, to which revision, by whom."""
        app = await self.server.json(_path(arguments))
        rows = [
            (text(each, "id"), text(each, "deployedAt"), _revision(each), _by(each))
            for each in items(app, "status", "history")
        ]
        return listed("syncs", ("ID", "DEPLOYED", "REVISION", "BY"), rows, self.show(arguments))

    async def diff(self, arguments: JsonObject) -> ToolOutput:
        """What is otherwise in the cluster than in Git."""
        found = await self.server.json(f"{_path(arguments)}/managed-resources")
        rows = [
            (f"{text(each, 'kind')} {text(each, 'namespace')}/{text(each, 'name')}", said)
            for each in items(found, "items")
            for said in object_changes(
                _document(each, "normalizedLiveState") or _document(each, "liveState"),
                _document(each, "predictedLiveState") or _document(each, "targetState"),
            )
        ]
        command = f"{self.show(arguments)}/managed-resources"
        return listed("differences", ("OBJECT", "CLUSTER → GIT"), rows, command)

    def show(self, arguments: JsonObject) -> str:
        """The request for one application."""
        return f"GET {self.server.url(_path(arguments))}"

    def shown(self, _window: Window) -> str:
        """The request that `changes` makes."""
        return f"GET {self.server.url(_ALL)}"

    async def changes(self, window: Window) -> Told:
        """The syncs within the time, of applications that deploy into the namespace."""
        start, end = window.span()
        found = [
            _change(app, each)
            for app in await self._listed("")
            if window.namespace in {"", text(app, "spec", "destination", "namespace")}
            for each in items(app, "status", "history")
            if start <= _moment(text(each, "deployedAt")) <= end
        ]
        return Told(changes=tuple(found))

    async def _listed(self, project: str) -> list[Obj]:
        found = await self.server.json(_ALL, {"projects": project or None, "fields": _FIELDS})
        return items(found, "items")


def tools(applications: Applications) -> tuple[Tool, ...]:
    """The four tools; names as argocd's own commands."""
    named: Mapping[str, JsonObject] = {"app_name": {"type": "string"}}
    described = {
        "get": ("State of an application, and what of it is unwell.", applications.get),
        "history": ("When an application was synced, to which revision.", applications.history),
        "diff": ("What is otherwise in the cluster than in Git.", applications.diff),
    }
    listed = definition(
        "argocd_app_list",
        "Argo CD applications with sync and health state.",
        {"project": {"type": "string"}},
    )
    return (
        FunctionTool(definition=listed, call=applications.table, show=applications.show_list),
        *(
            FunctionTool(
                definition=definition(f"argocd_app_{name}", said, named, required=("app_name",)),
                call=call,
                show=applications.show,
            )
            for name, (said, call) in described.items()
        ),
    )


def _path(arguments: JsonObject) -> str:
    return f"{_ALL}/{quote(str(arguments.get('app_name', '')), safe='')}"


def _state(app: Obj) -> Iterator[tuple[str, str]]:
    source = mapping(app, "spec", "source") or (items(app, "spec", "sources") or [{}])[0]
    yield "sync", text(app, "status", "sync", "status")
    yield "health", text(app, "status", "health", "status")
    where = text(source, "path") or text(source, "chart")
    yield "source", f"{text(source, 'repoURL')} {where} at {text(source, 'targetRevision')}"
    yield "revision", text(app, "status", "sync", "revision")[:_REVISION]
    last = mapping(app, "status", "operationState")
    if last:
        said = f"{text(last, 'phase')} at {text(last, 'finishedAt')}: {text(last, 'message')}"
        yield "last operation", said
    for each in items(app, "status", "conditions"):
        yield f"condition {text(each, 'type')}", text(each, "message")


def _parts(app: Obj) -> Iterator[tuple[str, str]]:
    for each in items(app, "status", "resources"):
        sync, health = text(each, "status"), text(each, "health", "status")
        if sync != "Synced" or health not in {"", "Healthy"}:
            said = " ".join(filter(None, (sync, health, text(each, "health", "message"))))
            yield f"{text(each, 'kind')} {text(each, 'namespace')}/{text(each, 'name')}", said


def _revision(sync: Obj) -> str:
    revisions = words(sync, "revisions") or [text(sync, "revision")]
    return ", ".join(each[:_REVISION] for each in revisions)


def _by(sync: Obj) -> str:
    automated = dict(mapping(sync, "initiatedBy")).get("automated")
    return "automated" if automated else text(sync, "initiatedBy", "username")


def _last(app: Obj) -> str:
    return max((text(each, "deployedAt") for each in items(app, "status", "history")), default="")


def _document(resource: Obj, field: str) -> Obj | None:
    """The object that a field holds as JSON; None where it holds none."""
    found: Any = json.loads(text(resource, field) or "null")
    return found if isinstance(found, dict) else None


def _moment(written: str) -> float:
    return datetime.fromisoformat(written).timestamp()


def _change(app: Obj, sync: Obj) -> Change:
    name, project = text(app, "metadata", "name"), text(app, "spec", "project")
    by = f" ({_by(sync)})" if _by(sync) else ""
    return Change(
        what="sync",
        ref=ObjectRef(kind="Application", namespace=project, name=name),
        at=text(sync, "deployedAt"),
        said=f"synced to {_revision(sync)}{by}",
    )
