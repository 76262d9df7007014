"""Names to complete: commands, files after @, and what is in the cluster."""

import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from holmes.core.evidence import Evidence
from holmes.core.tool_output import Findings, Table
from holmes.kubernetes.kubectl import aim
from holmes.kubernetes.target import KubeTarget
from holmes.tools.process import run_process

_FRESH_SECONDS = 120.0
"""How long names from the cluster are used before they are listed again."""

_LISTED = "namespaces,deployments,statefulsets,daemonsets,cronjobs,services,nodes"
_SECONDS = 5.0
_MOST_FILES = 50
_COLUMNS = ("NAME", "NAMESPACE")
_WORD = re.compile(r"\S*$")


class Names:
    """What was seen in results, and short lists that kubectl gives, asked for now and then."""

    def __init__(self) -> None:
        self._listed: frozenset[str] = frozenset()
        self._asked = -_FRESH_SECONDS
        self._target: KubeTarget | None = None

    async def refresh(self, target: KubeTarget) -> None:
        """List the cluster's names, where that was not done lately."""
        if target == self._target and time.monotonic() - self._asked < _FRESH_SECONDS:
            return
        self._target, self._asked = target, time.monotonic()
        kinds = ("kubectl", "api-resources", "--no-headers", "-o", "name")
        objects: tuple[str, ...] = (
            "kubectl",
            "get",
            _LISTED,
            "-A",
            "--ignore-not-found",
            "-o",
            "name",
        )
        if target.namespace:
            objects = tuple(word for word in objects if word != "-A")
        listed: set[str] = set()
        for argv in (kinds, objects):
            try:
                result = await run_process(aim(argv, target).argv, timeout=_SECONDS)
            except OSError:
                return  # no kubectl: what results hold is completed all the same
            listed |= {_plain(line) for line in result.stdout.splitlines()}
        self._listed = frozenset(filter(None, listed))

    def known(self, found: Iterable[Evidence]) -> frozenset[str]:
        """All of them."""
        return self._listed | {name for entry in found for name in _seen(entry)}


def _plain(line: str) -> str:
    """`deployment.apps/web` and `deployments.apps` as people write them."""
    before, slash, name = line.strip().partition("/")
    return name if slash else before.partition(".")[0]


def _seen(entry: Evidence) -> Iterator[str]:
    match entry.output.data:
        case Findings(findings=findings, healthy=healthy):
            for finding in findings:
                yield from (finding.name, finding.namespace)
                yield from (each.name for each in finding.affected)
            for path in healthy:
                yield from path.split("/")
        case Table(columns=columns, rows=rows):
            places = [place for place, name in enumerate(columns) if name in _COLUMNS]
            for row in rows:
                yield from (row[place] for place in places if place < len(row))
        case _:
            pass


def word_before(text: str) -> str:
    """The word that is being written."""
    match = _WORD.search(text)
    return match[0] if match else ""


def files(beginning: str) -> list[str]:
    """Files and folders whose paths begin so."""
    path = Path(beginning).expanduser()
    folder, start = (path, "") if beginning.endswith("/") else (path.parent, path.name)
    if not beginning:
        folder, start = Path(), ""
    stem = beginning[: len(beginning) - len(start)]
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return []
    shown = (each for each in entries if each.name.startswith(start))
    visible = (each for each in shown if start.startswith(".") or not each.name.startswith("."))
    return [f"{stem}{each.name}{'/' * each.is_dir()}" for each in visible][:_MOST_FILES]
