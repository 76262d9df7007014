"""A short investigation as a person starts it: one call, then three at once, then the answer."""

import json
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.holmes_process import Finished, holmes
from servers.scripted_server import Reply, ScriptedServer, text, tool_calls

DYING = Path(__file__).parent / "dying"

TOOLSET = """
toolsets:
  counting:
    description: "Tools that leave a line behind each time they run"
    tools:
      - name: look
        description: "Look at something"
        command: "echo {{ what }} >> $HOME/ran; echo saw {{ what }}; seq 1 {{ lines }}"
        parameters:
          what: {type: string, required: true}
          lines: {type: integer, required: true}
      - name: fail
        description: "Fails"
        command: "echo fail >> $HOME/ran; echo no such thing >&2; exit 3"
        parameters: {}
"""

LINES = 24
"""run, window; three times waiting, request, reply and replied, after the first a call with its
result, after the second three calls and three results; answer, exit"""
REPLIES = 3
ANSWER = "Seen [1], long [2], coerced [3], failed [4]."


def model(body: dict[str, Any]) -> Reply:
    """Replies by what is in the conversation: a resumed run asks another process's questions."""
    results = sum(message["role"] == "tool" for message in body["messages"])
    if results == 0:
        return tool_calls(("look", {"what": "first", "lines": 2}))
    if results == 1:
        return tool_calls(
            ("look", {"what": "long", "lines": 9000}),
            ("look", {"what": "coerced", "lines": "3"}),
            ("fail", {}),
            content="Looking further.",
        )
    return text(ANSWER)


@dataclass
class Desk:
    """A home folder, a toolset and a model server."""

    home: Path
    server: ScriptedServer

    @property
    def ran(self) -> Counter[str]:
        """How often each tool really ran."""
        path = self.home / "ran"
        return Counter(path.read_text(encoding="utf-8").split()) if path.exists() else Counter()

    @property
    def transcript(self) -> Path:
        [path] = (self.home / ".local/state/holmesgpt/sessions").iterdir()
        return path

    def lines(self) -> list[dict[str, Any]]:
        """What is on record; a torn line is none."""
        found = []
        for line in self.transcript.read_bytes().splitlines():
            with suppress(ValueError):
                found.append(json.loads(line))
        return found

    def ask(self, *extra: str, env: dict[str, str] | None = None) -> Finished:
        tools = self.home / "tools.yaml"
        tools.write_text(TOOLSET, encoding="utf-8")
        return holmes(
            *("ask", "what", "is", "there?", "--json", "--model", "scripted"),
            *("--api-base", self.server.base_url, "-t", str(tools), *extra),
            home=self.home,
            env=env,
        )

    def killed(self, **when: int) -> None:
        """Ask, and die at a line."""
        assert self.ask(env=dying(**when)).code == -signal.SIGKILL

    def resume(self, *extra: str, env: dict[str, str] | None = None) -> Finished:
        tools = ("-t", str(self.home / "tools.yaml"))
        return holmes("ask", "--resume", "last", "--json", *tools, *extra, home=self.home, env=env)


def dying(**when: int) -> dict[str, str]:
    """The environment of a process that dies `after=` or `within=` a line."""
    return {"PYTHONPATH": str(DYING)} | {f"DIE_{key.upper()}": str(n) for key, n in when.items()}


def desk(home: Path) -> Iterator[Desk]:
    with ScriptedServer([model], repeat_last=True) as server:
        yield Desk(home=home, server=server)


def told(done: Finished) -> dict[str, Any]:
    """What of the JSON document must be the same however often the run was killed."""
    document = json.loads(done.out)
    keys = ("number", "tool", "arguments", "command", "status", "exit_code", "note", "output")
    calls = [{key: call[key] for key in keys} for call in document["tool_calls"]]
    return {
        "calls": calls,
        **{key: document[key] for key in ("question", "answer", "state", "reason", "citations")},
    }
