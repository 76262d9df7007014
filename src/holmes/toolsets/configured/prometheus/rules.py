"""Alerts that fire, rules, and targets of a Prometheus, as tables."""

from collections.abc import Iterator
from typing import Any

from holmes.core.tool_output import Table
from holmes.toolsets.configured.prometheus.api import Api
from holmes.toolsets.configured.prometheus.describe import labelled

_MOST = 50
_SAID = 200
_PATHS = {"alerts": "api/v1/alerts", "rules": "api/v1/rules", "targets": "api/v1/targets"}
_COLUMNS = {
    "alerts": ("alert", "state", "since", "labels", "says"),
    "rules": ("rule", "kind", "state", "query", "error"),
    "targets": ("target", "health", "job", "error"),
}


def rules_path(show: str) -> str:
    """The path of the request."""
    return _PATHS[show]


async def rules(api: Api, show: str, match: str) -> tuple[Table, str]:
    """The table, those that need attention first, and what was left out."""
    data = await api.get(_PATHS[show], {"state": "active"} if show == "targets" else {})
    found = list({"alerts": _alerts, "rules": _rules, "targets": _targets}[show](data))
    wanted = [row for row in found if match.lower() in row[0].lower() + " " + row[2].lower()]
    wanted.sort(key=lambda row: row[1] in {"up", "recording"} or row[2] == "inactive")
    note = ""
    if not wanted:
        note = (
            f'none of {len(found)} has "{match}" in its name' if match and found else f"no {show}"
        )
    elif len(wanted) > _MOST:
        note = f"{len(wanted) - _MOST} more are left out: narrow it with match"
    return Table(columns=_COLUMNS[show], rows=tuple(wanted[:_MOST]), of=show), note


def _alerts(data: Any) -> Iterator[tuple[str, ...]]:  # noqa: ANN401  (JSON)
    for each in data.get("alerts", []):
        labels = dict(each.get("labels", {}))
        name = labels.pop("alertname", "")
        notes = each.get("annotations", {})
        says = notes.get("summary") or notes.get("description") or notes.get("message") or ""
        since = str(each.get("activeAt", ""))[:16]
        yield name, str(each.get("state", "")), since, labelled(labels), _short(says)


def _rules(data: Any) -> Iterator[tuple[str, ...]]:  # noqa: ANN401
    for group in data.get("groups", []):
        for each in group.get("rules", []):
            yield (
                str(each.get("name", "")),
                str(each.get("type", "")),
                str(each.get("state", "")),
                _short(str(each.get("query", ""))),
                _short(str(each.get("lastError", ""))),
            )


def _targets(data: Any) -> Iterator[tuple[str, ...]]:  # noqa: ANN401
    for each in data.get("activeTargets", []):
        job = str(each.get("labels", {}).get("job", ""))
        error = _short(str(each.get("lastError", "")))
        yield str(each.get("scrapeUrl", "")), str(each.get("health", "")), job, error


def _short(text: str) -> str:
    said = " ".join(text.split())
    return said if len(said) <= _SAID else said[: _SAID - 1] + "…"
