"""What happened to the containers of a host, as the daemon remembers it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from holmes.core.finding import Change, ObjectRef
from holmes.tools.changes import Told, Window
from holmes.tools.program import Program

# Starts, ends and their reasons; an exec of a health check comes every few seconds.
_ACTIONS = ("create", "start", "die", "oom", "kill", "restart", "stop", "update", "destroy")
_KEPT = 256  # events; a daemon remembers no more, whatever their age (moby's events buffer)


@dataclass(frozen=True, kw_only=True, slots=True)
class Events:
    """The docker of this machine."""

    program: Program

    async def version(self) -> str:
        """Product and version of the daemon."""
        version = await self.program.output("version", "--format={{.Server.Version}}")
        return f"Docker {version.strip()}"

    def shown(self, window: Window) -> str:
        """The command that `changes` runs."""
        return self.program.show(*_words(window))

    async def changes(self, window: Window) -> Told:
        """Starts and ends of containers within the time; of a workload those named like it."""
        said = await self.program.output(*_words(window), "--format={{json .}}")
        found = tuple(_read(said, window.workload))
        full = len(said.splitlines()) >= _KEPT
        return Told(changes=found, note="Docker remembers no earlier events." if full else "")


def _words(window: Window) -> tuple[str, ...]:
    start, end = window.span()
    times = (f"--since={start:.0f}", f"--until={end:.0f}", "--filter=type=container")
    return ("events", *times, *(f"--filter=event={each}" for each in _ACTIONS))


def _read(said: str, workload: str) -> Iterator[Change]:
    for line in said.splitlines():
        event = json.loads(line)
        attributes = event["Actor"]["Attributes"]
        name = str(attributes.get("name", event["Actor"]["ID"][:12]))
        if workload not in name:
            continue
        code = f" with exit code {attributes['exitCode']}" if "exitCode" in attributes else ""
        at = datetime.fromtimestamp(event["timeNano"] / 1e9, UTC)
        yield Change(
            what="container",
            ref=ObjectRef(kind="Container", namespace="", name=name),
            at=at.isoformat(),
            said=f"{event['Action']}{code} (image {attributes.get('image', '')})",
        )
