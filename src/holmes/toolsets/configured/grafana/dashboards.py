"""The tools of one Grafana: which dashboards there are, and what their panels ask."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from holmes.core.messages import JsonObject
from holmes.core.tool_output import Table, ToolOutput
from holmes.tools.base import Tool
from holmes.tools.data import rendered
from holmes.tools.function_tool import FunctionTool, definition
from holmes.tools.http import HttpServer

_LIMIT = 50
_QUERIES = ("expr", "query", "rawSql", "target", "expression")
"""Where data sources keep a panel's query: Prometheus and Loki, most others, SQL, Graphite."""

_TEXT: JsonObject = {"type": "string"}
SEARCH = definition("grafana_search_dashboards", "Find dashboards.", {"query": _TEXT, "tag": _TEXT})
DASHBOARD = definition(
    "grafana_get_dashboard_by_uid",
    "Panels of a dashboard, with their queries.",
    {"uid": _TEXT},
    required=("uid",),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Dashboards:
    """What the tools do."""

    server: HttpServer

    def tools(self) -> tuple[Tool, ...]:
        """All of them."""
        return (
            FunctionTool(definition=SEARCH, call=self.search, show=self._show_search),
            FunctionTool(definition=DASHBOARD, call=self.dashboard, show=self._show_dashboard),
        )

    async def health(self) -> str:
        """The version; that it can be asked is tried first."""
        await self.server.json("api/search", {"limit": 1})
        version = (await self.server.json("api/health")).get("version", "")
        return f"Grafana {version}".strip() + f" at {self.server.base}"

    async def search(self, arguments: JsonObject) -> ToolOutput:
        """The dashboards that fit."""
        found = await self.server.json("api/search", _search(arguments))
        rows = tuple(
            (str(each.get("uid")), str(each.get("title")), str(each.get("folderTitle") or ""),
             ", ".join(each.get("tags") or ()))
            for each in found
        )  # fmt: skip
        command = self._show_search(arguments)
        if not rows:
            return ToolOutput(status="no_data", command=command, note="no dashboard fits")
        note = f"The first {_LIMIT}; there may be more." if len(rows) >= _LIMIT else ""
        table = Table(columns=("UID", "TITLE", "FOLDER", "TAGS"), rows=rows, of="dashboards")
        text = rendered(table)
        return ToolOutput(status="ok", text=text, command=command, note=note, data=table)

    async def dashboard(self, arguments: JsonObject) -> ToolOutput:
        """Each query of each panel, as a row, and the variables in them."""
        reply = await self.server.json(_path(arguments))
        board = reply.get("dashboard") or {}
        rows = tuple(_rows(board))
        command = self._show_dashboard(arguments)
        if not rows:
            return ToolOutput(status="no_data", command=command, note="it has no panels")
        table = Table(
            columns=("PANEL", "TYPE", "DATASOURCE", "QUERY"), rows=rows, of="queries of panels"
        )
        variables = ", ".join(
            f"${each.get('name')}={_current(each)}"
            for each in (board.get("templating") or {}).get("list") or ()
        )
        head = f'dashboard "{board.get("title")}"' + (
            f", variables {variables}" if variables else ""
        )
        text = f"{head}\n{rendered(table)}"
        return ToolOutput(status="ok", text=text, command=command, data=table)

    def _show_search(self, arguments: JsonObject) -> str:
        return f"GET {self.server.url('api/search', _search(arguments))}"

    def _show_dashboard(self, arguments: JsonObject) -> str:
        return f"GET {self.server.url(_path(arguments))}"


def _search(arguments: JsonObject) -> dict[str, str | int]:
    said = {key: str(arguments[key]) for key in ("query", "tag") if arguments.get(key)}
    return {"type": "dash-db", **said, "limit": _LIMIT}


def _path(arguments: JsonObject) -> str:
    return f"api/dashboards/uid/{quote(str(arguments.get('uid')), safe='')}"


def _rows(board: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for panel in board.get("panels") or ():
        yield from _rows(panel)  # a row that is folded holds its panels
        for target in panel.get("targets") or ():
            query = next((str(target[key]) for key in _QUERIES if target.get(key)), "")
            source = target.get("datasource") or panel.get("datasource") or {}
            name = (
                source.get("type") or source.get("uid") if isinstance(source, Mapping) else source
            )
            title = str(panel.get("title") or panel.get("id") or "")
            yield title, str(panel.get("type") or ""), str(name or ""), " ".join(query.split())


def _current(variable: Mapping[str, Any]) -> str:
    value = (variable.get("current") or {}).get("value", "")
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
