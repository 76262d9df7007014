"""The tools of `git`: commits within a time, and what they changed."""

import re
from collections.abc import Callable

from holmes.core.messages import JsonObject
from holmes.core.tool_output import Table, ToolOutput
from holmes.tools.base import Tool
from holmes.tools.data import rendered
from holmes.tools.function_tool import FunctionTool, ToolFailure, definition
from holmes.tools.times import span
from holmes.toolsets.configured.git.clones import MOST_COMMITS, Clones, files_said

_DAY = 24 * 3600.0
_REVISION = re.compile(r"[0-9A-Za-z_][0-9A-Za-z_./@{}~^+-]*")
_COLUMNS = ("TIME", "COMMIT", "AUTHOR", "SUBJECT", "FILES")


def tools(clones: Clones, now: Callable[[], float]) -> tuple[Tool, ...]:
    """`git_log` and `git_diff`; which repository is asked for only where there are several."""
    which: dict[str, JsonObject] = {}
    if len(clones.clones) > 1:
        which["repository"] = {"type": "string", "enum": list(clones.clones)}
    path: JsonObject = {"type": "string", "description": "a file or folder"}
    log = definition(
        "git_log",
        "Commits that came into the deployed branch, with their files.",
        {
            **which,
            "since": {"type": "string", "description": "RFC3339 or -2h; 24h if left out"},
            "until": {"type": "string"},
            "path": path,
        },
        required=tuple(which),
    )
    diff = definition(
        "git_diff",
        "What one commit changed, or what differs between two.",
        {**which, "revision": {"type": "string"}, "to": {"type": "string"}, "path": path},
        required=(*which, "revision"),
    )
    asked = _Asked(clones, now)
    return (
        FunctionTool(definition=log, call=asked.log, show=asked.show_log),
        FunctionTool(definition=diff, call=asked.diff, show=asked.show_diff),
    )


class _Asked:
    def __init__(self, clones: Clones, now: Callable[[], float]) -> None:
        self._clones = clones
        self._now = now

    async def log(self, arguments: JsonObject) -> ToolOutput:
        """The commits as a table, the latest first."""
        clone, command = (
            self._clones.named(_text(arguments, "repository")),
            self.show_log(arguments),
        )
        commits = await clone.log(*self._times(arguments), _text(arguments, "path"))
        rows = tuple(
            (each.at, each.id[:10], each.author, each.subject, files_said(each.files))
            for each in commits[:MOST_COMMITS]
        )
        if not rows:
            note = f"No commit came into {clone.branch} of {clone.name} within that time."
            return ToolOutput(status="no_data", command=command, note=note)
        table = Table(columns=_COLUMNS, rows=rows, of="commits")
        note = f"Only the last {MOST_COMMITS}." if len(commits) > MOST_COMMITS else ""
        return ToolOutput(status="ok", text=rendered(table), command=command, note=note, data=table)

    def show_log(self, arguments: JsonObject) -> str:
        """The command, without what keeps a repository from running things."""
        clone = self._clones.named(_text(arguments, "repository"))
        given = (
            f"--{name}={value}" for name in ("since", "until") if (value := _text(arguments, name))
        )
        path = _text(arguments, "path")
        words = ("log", *given, "--first-parent", "--name-only", clone.branch)
        return clone.git.show(*words, *(("--", path) if path else ()))

    async def diff(self, arguments: JsonObject) -> ToolOutput:
        """The diff as text."""
        clone = self._clones.named(_text(arguments, "repository"))
        revisions = _revisions(arguments)
        for each in revisions:
            if not _REVISION.fullmatch(each) or ".." in each:
                raise ToolFailure(f'"{each}" names no commit', status="invalid_arguments")
        text, cut = await clone.diff(revisions, _text(arguments, "path"))
        return ToolOutput(
            status="ok" if text.strip() else "no_data",
            text=text,
            command=self.show_diff(arguments),
            note="Cut: name a path to see the rest." if cut else "",
        )

    def show_diff(self, arguments: JsonObject) -> str:
        """The command, without what keeps a repository from running things."""
        clone = self._clones.named(_text(arguments, "repository"))
        revisions, path = _revisions(arguments), _text(arguments, "path")
        words = ("diff" if len(revisions) > 1 else "show", "--stat", "--patch", *revisions)
        return clone.git.show(*words, *(("--", path) if path else ()))

    def _times(self, arguments: JsonObject) -> tuple[float, float]:
        since, until = _text(arguments, "since"), _text(arguments, "until")
        return span(since, until, now=self._now(), ago=_DAY)


def _text(arguments: JsonObject, name: str) -> str:
    return str(arguments.get(name) or "")


def _revisions(arguments: JsonObject) -> list[str]:
    return [each for name in ("revision", "to") if (each := _text(arguments, name))]
