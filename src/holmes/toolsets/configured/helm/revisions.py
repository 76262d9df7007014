"""Revisions of Helm releases: what differs between two, and when each came."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import anyio

from holmes.core.finding import Change, ObjectRef
from holmes.core.messages import JsonObject
from holmes.core.tool_output import Table, ToolOutput
from holmes.tools.changes import Told, Window
from holmes.tools.function_tool import FunctionTool, ToolFailure, definition
from holmes.tools.program import Program
from holmes.tools.toolset_file import load_yaml_documents
from holmes.triage.differences import object_changes

_MOST_RELEASES = 50
_MOST_DIFFERENCES = 100
_PARALLEL = 4
_SHOWN_STATES = ("--deployed", "--failed", "--pending", "--uninstalling")


@dataclass(frozen=True, kw_only=True, slots=True)
class Helm:
    """The helm of this machine, which reads releases from the cluster that was chosen."""

    program: Program

    async def version(self) -> str:
        """Product and version, and that the cluster lets releases be read."""
        version = await self.program.output("version", "--short")
        await self.program.output("list", "--all-namespaces", "--max=1", "--short")
        return f"helm {version.strip()}"

    def shown(self, window: Window) -> str:
        """The command that lists what `changes` begins with."""
        return self.program.show("list", *_SHOWN_STATES, *_where(window.namespace))

    async def changes(self, window: Window) -> Told:
        """The revisions of releases within the time; of a workload all of its namespace."""
        start, end = window.span()
        words = ("list", *_SHOWN_STATES, *_where(window.namespace), "--date", "--reverse")
        listed = await self._json(*words, "--output=json")
        recent = [each for each in listed if _moment(each["updated"]) >= start]
        found: list[Change] = []

        async def one(release: Mapping[str, Any], limit: anyio.CapacityLimiter) -> None:
            name, namespace = str(release["name"]), str(release["namespace"])
            async with limit:
                history = await self.history(name, namespace)
            before = ""
            for each in history:
                if start <= _moment(each["updated"]) <= end:
                    found.append(_change(name, namespace, each, before))
                before = str(each["chart"])

        limit = anyio.CapacityLimiter(_PARALLEL)
        async with anyio.create_task_group() as group:
            for release in recent[:_MOST_RELEASES]:
                group.start_soon(one, release, limit)
        left = len(recent) - _MOST_RELEASES
        return Told(
            changes=tuple(found),
            note=f"{left} releases that changed earlier are left out." if left > 0 else "",
        )

    async def history(self, release: str, namespace: str) -> Sequence[Mapping[str, Any]]:
        """The revisions that are kept, the oldest first."""
        words = ("history", f"--namespace={namespace}", "--output=json", "--", release)
        return sorted(await self._json(*words), key=lambda each: int(each["revision"]))

    async def diff(self, arguments: JsonObject) -> ToolOutput:
        """What differs between two revisions, by default the last two, in values and objects."""
        release, namespace = str(arguments["release_name"]), str(arguments["namespace"])
        old, new = arguments.get("old_revision"), arguments.get("new_revision")
        if old is None or new is None:
            kept = [int(each["revision"]) for each in await self.history(release, namespace)]
            new = new or kept[-1]
            old = old or max((each for each in kept if each < int(str(new))), default=None)
        if old is None:
            note = f"Revision {new} of {release} is the only one that is kept."
            return ToolOutput(status="no_data", command=self.show_diff(arguments), note=note)
        before, after = [await self._parts(release, namespace, each) for each in (old, new)]
        found = [
            (where, said)
            for where in dict.fromkeys((*before, *after))
            for said in object_changes(before.get(where), after.get(where))
        ]
        rows = tuple(found[:_MOST_DIFFERENCES])
        left = len(found) - len(rows)
        text = "".join(f"{where}: {said}\n" for where, said in rows)
        note = f"Revision {old} to {new}." if found else f"Revisions {old} and {new} are alike."
        return ToolOutput(
            status="ok" if found else "no_data",
            text=text,
            command=self.show_diff({**arguments, "old_revision": old, "new_revision": new}),
            note=f"{note} {left} more differences are left out." if left else note,
            data=Table(columns=("OBJECT", "CHANGE"), rows=rows, of="differences") if rows else None,
        )

    def show_diff(self, arguments: JsonObject) -> str:
        """A diff of the manifests, as a person would make it."""
        words = [f"--namespace={arguments.get('namespace', '')}"]
        release = str(arguments.get("release_name", ""))
        given = (arguments.get("old_revision"), arguments.get("new_revision"))
        made = (
            self.program.show("get", "manifest", *words, f"--revision={each or 0}", "--", release)
            for each in given
        )
        return "diff {}".format(" ".join(f"<({each})" for each in made))

    async def _parts(self, release: str, namespace: str, revision: object) -> dict[str, Any]:
        """The values and the objects of a revision, by what they are."""
        words = (f"--namespace={namespace}", f"--revision={revision}", "--", release)
        values = await self._json("get", "values", "--output=json", *words)
        manifest = await self.program.output("get", "manifest", *words)
        objects = (each for each in load_yaml_documents(manifest) if isinstance(each, dict))
        return {"values": values or {}, **{_named(each): each for each in objects}}

    async def _json(self, *words: str) -> Any:  # noqa: ANN401  (any JSON)
        said = await self.program.output(*words)
        try:
            return json.loads(said)
        except ValueError as error:
            raise ToolFailure(
                f"helm {words[0]} printed no JSON: {shlex.quote(said[:80])}"
            ) from error


def diff_tool(helm: Helm) -> FunctionTool:
    """`helm_diff`."""
    revision: JsonObject = {"type": "integer", "minimum": 1}
    return FunctionTool(
        definition=definition(
            "helm_diff",
            "What differs between two revisions of a release; the last two if not said.",
            {
                "release_name": {"type": "string"},
                "namespace": {"type": "string"},
                "old_revision": revision,
                "new_revision": revision,
            },
            required=("release_name", "namespace"),
        ),
        call=helm.diff,
        show=helm.show_diff,
    )


def _where(namespace: str) -> tuple[str, ...]:
    return (f"--namespace={namespace}" if namespace else "--all-namespaces",)


def _moment(written: str) -> float:
    """Seconds of a time of Helm: RFC 3339, or as Go prints it (seen with `helm list` 4.2.3)."""
    day, time, *zone = written.replace("T", " ", 1).split(" ")
    if zone:
        time = time.partition(".")[0] + zone[0]
    return datetime.fromisoformat(f"{day}T{time}").timestamp()


def _change(release: str, namespace: str, kept: Mapping[str, Any], before: str) -> Change:
    revision, chart = kept["revision"], str(kept["chart"])
    charts = f"chart {before} → {chart}" if before not in {"", chart} else f"chart {chart}"
    return Change(
        what="release",
        ref=ObjectRef(kind="Release", namespace=namespace, name=f"{release}.v{revision}"),
        at=datetime.fromtimestamp(_moment(kept["updated"])).astimezone().isoformat(),
        said=f"revision {revision}: {charts}, {kept['status']} ({kept['description']})",
    )


def _named(obj: Mapping[str, Any]) -> str:
    metadata = obj.get("metadata") or {}
    return f"{obj.get('kind', '')} {metadata.get('name', '')}"
