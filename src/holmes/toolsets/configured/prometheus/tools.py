"""The tools of one Prometheus."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import anyio

from holmes.core.errors import HolmesError
from holmes.core.finding import Finding
from holmes.core.messages import JsonObject, JsonValue, ToolDefinition
from holmes.core.tool_output import Series, Table, TimeSeries, ToolOutput, ToolStatus
from holmes.kubernetes.kubectl import kubectl_status
from holmes.kubernetes.target import KubeTarget
from holmes.tools.base import Tool
from holmes.tools.function_tool import FunctionTool, ToolFailure, definition
from holmes.tools.http import Parameters
from holmes.tools.times import moment, span
from holmes.toolsets.configured.prometheus import changes, describe, explain, place, report, search
from holmes.toolsets.configured.prometheus.api import Api, QueryError
from holmes.toolsets.configured.prometheus.rules import rules, rules_path
from holmes.toolsets.configured.prometheus.times import Range, fitted, said

_TEXT: JsonObject = {"type": "string"}
_TRIAGE_SECONDS = 120.0
_SCAN_SECONDS = 30.0
_MOST_VALUES = 100
_MOST_SERIES = 50  # kept as data of one result, and so in the transcript
_ALERT = "alertname"

FIND = definition(
    "find_metrics",
    "Find metrics by words, with their labels. Use before a query.",
    {"about": {**_TEXT, "description": "e.g. memory container"}},
    required=("about",),
)
VALUES = definition(
    "get_label_values",
    "Values of a label; without one, the labels.",
    {"label": _TEXT, "match": {**_TEXT, "description": "selector"}},
)
INSTANT = definition(
    "execute_prometheus_instant_query",
    "PromQL now or at a time.",
    {"query": _TEXT, "time": _TEXT},
    required=("query",),
)
RANGE = definition(
    "execute_prometheus_range_query",
    "PromQL over time: what happened to each series.",
    {
        "query": _TEXT,
        "start": {**_TEXT, "description": "RFC3339, or -3600 (default)"},
        "end": _TEXT,
        "step": _TEXT,
    },
    required=("query",),
)
RULES = definition(
    "list_prometheus_rules",
    "Alerts that fire, rules, or scrape targets that are down.",
    {
        "show": {"type": "string", "enum": ["alerts", "rules", "targets"]},
        "match": {**_TEXT, "description": "part of the name"},
    },
)
CHANGES = definition(
    "metric_changes",
    "Which metrics changed most around a time: CPU, memory, errors, latency, queues. Call first.",
    {
        "namespace": _TEXT,
        "workload": _TEXT,
        "alert": {**_TEXT, "description": "name of a firing alert"},
        "start": {**_TEXT, "description": "RFC3339, or -1800 (default)"},
    },
)


def with_tenant(given: ToolDefinition, label: str) -> ToolDefinition:
    """A definition with the required argument `tenant`."""
    schema = dict(given.parameters)
    properties, required = schema["properties"], schema.get("required")
    schema["properties"] = {
        "tenant": {"type": "string", "description": label},
        **(properties if isinstance(properties, dict) else {}),
    }
    schema["required"] = ["tenant", *(required if isinstance(required, list) else ())]
    return ToolDefinition(name=given.name, description=given.description, parameters=schema)


@dataclass(frozen=True, kw_only=True, slots=True)
class Metrics:
    """What the tools do; `api` gives the server for the tenant that the arguments name.

    discover_seconds  how far back names are looked for
    longest           seconds that a range may have; 0 is any
    """

    api: Callable[[JsonObject], Api]
    target: KubeTarget
    discover_seconds: float = 3600.0
    longest: float = 0.0
    tenant_label: str = ""
    now: Callable[[], float] = time.time

    def tools(self) -> tuple[Tool, ...]:
        """All of them."""
        made = (
            (CHANGES, self.changes, self._show_changes),
            (FIND, self.find, self._show_names),
            (VALUES, self.values, self._show_values),
            (INSTANT, self.instant, self._show_instant),
            (RANGE, self.range, self._show_range),
            (RULES, self.rules, self._show_rules),
        )
        label = self.tenant_label
        return tuple(
            FunctionTool(
                definition=with_tenant(given, label) if label else given,
                call=call,
                show=show,
                timeout=_TRIAGE_SECONDS if given is CHANGES else 200.0,
            )
            for given, call, show in made
        )

    async def find(self, arguments: JsonObject) -> ToolOutput:
        """The metrics that fit some words."""
        api, (since, until) = self.api(arguments), self._recent()
        names = await api.names(since, until)
        found = search.ranked(str(arguments["about"]), names, await api.metadata())
        if not found:
            note = (
                f"none of {len(names):,} metrics fits these words: say its unit or what it counts"
            )
            return ToolOutput(status="no_data", note=note, command=self._show_names(arguments))
        table = await search.table(api, found, since, until)
        lines = [
            "  ".join(filter(None, (name, kind, told, f"labels: {labels}")))
            for name, kind, told, labels in table.rows
        ]
        return ToolOutput(
            status="ok", text="\n".join(lines), command=self._show_names(arguments), data=table,
            note=f"the best of {len(names):,} metrics",
        )  # fmt: skip

    async def values(self, arguments: JsonObject) -> ToolOutput:
        """The values of a label, or the names of labels."""
        api, (since, until) = self.api(arguments), self._recent()
        label, match = str(arguments.get("label") or ""), _matches(arguments)
        if label and not label.isidentifier():  # it is a part of the path
            raise ToolFailure(f'"{label}" is no name of a label', status="invalid_arguments")
        if label:
            found = await api.label_values(label, match, since, until)
        else:
            found = await api.labels(match, since, until)
        if not found:
            note = await explain.of_nothing(api, match[0], since, until) if match else ""
            note = note or f'no series has the label "{label}"'
            return ToolOutput(status="no_data", note=note, command=self._show_values(arguments))
        left = len(found) - _MOST_VALUES
        return ToolOutput(
            status="ok",
            text="\n".join(found[:_MOST_VALUES]),
            command=self._show_values(arguments),
            note=f"{left} more are left out: narrow it with match" if left > 0 else "",
            data=Table(columns=(label or "label",), rows=tuple((each,) for each in found)),
        )

    async def instant(self, arguments: JsonObject) -> ToolOutput:
        """The values of a query at one time."""
        api, query = self.api(arguments), str(arguments["query"])
        at = self._at(arguments.get("time"), name="time")
        try:
            found = await api.instant(query, at)
        except QueryError as error:
            raise ToolFailure(
                await explain.of_error(api, error, query, at - self.discover_seconds, at),
                status=error.status,
            ) from error
        command = self._show_instant(arguments)
        if not found:
            return await self._nothing(api, query, at - self.discover_seconds, at, command)
        text, table, note = describe.of_instant(found)
        return ToolOutput(status="ok", text=text, command=command, note=note, data=table)

    async def range(self, arguments: JsonObject) -> ToolOutput:
        """What happened to the series of a query."""
        api, query, over = self.api(arguments), str(arguments["query"]), self._over(arguments)
        try:
            found = await api.range(query, over)
        except QueryError as error:
            raise ToolFailure(
                await explain.of_error(api, error, query, over.start, over.end), status=error.status
            ) from error
        command = self._show_range(arguments)
        if not found:
            return await self._nothing(api, query, over.start, over.end, command)
        text, ordered, note = describe.of_range(found, over)
        return ToolOutput(
            status="ok", text=text, command=command, note=note,
            data=TimeSeries(series=ordered[:_MOST_SERIES]),
        )  # fmt: skip

    async def rules(self, arguments: JsonObject) -> ToolOutput:
        """Alerts, rules or targets."""
        table, note = await rules(
            self.api(arguments), _show(arguments), str(arguments.get("match") or "")
        )
        lines = ["  ".join(filter(None, row)) for row in table.rows]
        return ToolOutput(
            status="ok" if lines else "no_data",
            text="\n".join(lines),
            command=self._show_rules(arguments),
            note=note,
            data=table if lines else None,
        )

    async def changes(self, arguments: JsonObject) -> ToolOutput:
        """Which series changed most around a time, with what is wrong with the same objects."""
        api, now = self.api(arguments), self.now()
        namespace, workload = (str(arguments.get(key) or "") for key in ("namespace", "workload"))
        start = arguments.get("start")
        if alert := str(arguments.get("alert") or ""):
            labels, since = await _firing(api, alert)
            namespace = namespace or labels.get("namespace", "")
            workload = workload or labels.get("deployment", labels.get("statefulset", ""))
            start = start or since
        began = self._at(start or "-1800", name="start")
        over = (began - changes.BEFORE_SECONDS, min(now, began + changes.AFTER_SECONDS))
        where = await place.find(api, namespace, workload, *over)
        command = self._show_changes({**arguments, "namespace": namespace, "start": f"{began:.0f}"})
        if not where.probes:
            return await self._nowhere(api, namespace, over, command)
        found = await changes.triage(api, where, began, now)
        findings, unseen = await self._findings(namespace)
        shown = found.changed[: report.MOST_SHOWN]
        notes = [unseen] if unseen else []
        if found.failed:
            notes.append(f"{len(found.failed)} queries failed, {found.failed[0]}")
        elif not found.series:
            notes.append("no series has values then: check the time")
        # Where something could not be read, that nothing was found is not that all is well.
        nothing: ToolStatus = "failed" if found.failed else "no_data"
        return ToolOutput(
            status="ok" if shown or findings else nothing,
            text=report.render(found, where, began, findings),
            command=command,
            note="; ".join(notes),
            data=TimeSeries(series=tuple(_named(each) for each in shown)) if shown else None,
        )

    async def _nowhere(
        self, api: Api, namespace: str, over: tuple[float, float], command: str
    ) -> ToolOutput:
        known = await api.label_values("namespace", (), *over)
        near = explain.nearest(namespace, known) or known[:5]
        note = f'no metric has the namespace "{namespace}" in that time'
        return ToolOutput(
            status="no_data", command=command, note=f"{note}; there are: {', '.join(near)}"
        )

    async def _findings(self, namespace: str) -> tuple[Sequence[Finding], str]:
        """What is wrong with the objects of the namespace, and why they could not be looked at.

        Neither where no cluster is configured.
        """
        if not namespace or kubectl_status(self.target).state != "enabled":
            return (), ""
        from holmes.triage.collect import scan  # noqa: PLC0415  # loaded with the first call

        with anyio.move_on_after(_SCAN_SECONDS):
            try:
                looked = await scan(replace(self.target, namespace=namespace))
            except (HolmesError, OSError) as error:
                return (), f"objects were not looked at: {error}"
            return [each for each in looked.findings if each.severity != "info"], ""
        return (), f"objects were not looked at: no answer within {_SCAN_SECONDS:.0f} s"

    async def _nothing(
        self, api: Api, query: str, since: float, until: float, command: str
    ) -> ToolOutput:
        why = await explain.of_nothing(api, query, since, until)
        note = why or "each selector matches, and nothing is left after the operations on them"
        when = f"{said(since, day=True)} to {said(until, day=True)} UTC"
        return ToolOutput(status="no_data", command=command, note=f"{note} ({when})")

    def _recent(self) -> tuple[float, float]:
        now = self.now()
        return now - self.discover_seconds, now

    def _at(self, value: JsonValue, *, name: str) -> float:
        return self.now() if value in {None, ""} else moment(value, base=self.now(), name=name)

    def _over(self, arguments: JsonObject) -> Range:
        since, until = span(arguments.get("start"), arguments.get("end"), now=self.now())
        if self.longest and until - since > self.longest:
            since = until - self.longest
        return fitted(since, until, arguments.get("step"), arguments.get("max_points"))

    def _show_names(self, arguments: JsonObject) -> str:
        return self.api(arguments).shown("api/v1/label/__name__/values", {})

    def _show_values(self, arguments: JsonObject) -> str:
        label = arguments.get("label")
        path = f"api/v1/label/{label}/values" if label else "api/v1/labels"
        return self.api(arguments).shown(path, {"match[]": _matches(arguments)})

    def _show_instant(self, arguments: JsonObject) -> str:
        query: Parameters = {"query": str(arguments["query"])}
        with suppress(ToolFailure):  # the call itself says what is wrong with it
            query = {**query, "time": f"{self._at(arguments.get('time'), name='time'):.0f}"}
        return self.api(arguments).shown("api/v1/query", query)

    def _show_range(self, arguments: JsonObject) -> str:
        query: Parameters = {"query": str(arguments["query"])}
        try:
            over = self._over(arguments)
        except ToolFailure:
            return self.api(arguments).shown("api/v1/query_range", query)
        times = {"start": f"{over.start:.0f}", "end": f"{over.end:.0f}", "step": f"{over.step:g}"}
        return self.api(arguments).shown("api/v1/query_range", {**query, **times})

    def _show_rules(self, arguments: JsonObject) -> str:
        return self.api(arguments).shown(rules_path(_show(arguments)), {})

    def _show_changes(self, arguments: JsonObject) -> str:
        flags = (("-n", "namespace"), ("--workload", "workload"), ("--alert", "alert"))
        parts = [
            "holmes metrics",
            *(f"{f} {arguments[key]}" for f, key in flags if arguments.get(key)),
        ]
        if start := arguments.get("start"):
            parts.append(f"--start={start}")
        return " ".join(parts)


def _show(arguments: JsonObject) -> str:
    return str(arguments.get("show") or "alerts")


def _matches(arguments: JsonObject) -> list[str]:
    match = arguments.get("match")
    return [str(match)] if match else []


def _named(each: changes.Changed) -> Series:
    """A series under what it shows, for a picture and for checks of the answer."""
    return Series(
        labels={"__name__": each.probe.metrics[0], "shows": each.kind.name, **each.series.labels},
        points=each.series.points,
    )


async def _firing(api: Api, name: str) -> tuple[dict[str, str], str]:
    """The labels of an alert and since when it is active."""
    found = (await api.get("api/v1/alerts", {})).get("alerts", [])
    names = sorted({str(each.get("labels", {}).get(_ALERT, "")) for each in found})
    for each in found:
        if each.get("labels", {}).get(_ALERT) == name:
            return dict(each["labels"]), str(each.get("activeAt", ""))
    near = explain.nearest(name, names) or names[:5]
    raise ToolFailure(
        f'no alert "{name}" is active; active: {", ".join(near) or "none"}', status="no_data"
    )
