"""What the chat sessions talk to: a scripted model over HTTP, and tools that really run."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from chat.screen import ChatScreen
from servers.scripted_server import Reply, ScriptedServer, text

TOOLSET = """
toolsets:
  notes:
    description: "Notes of the team"
    tools:
      - name: read_note
        description: "Read a note"
        command: "cat notes/{{ title }}"
      - name: slow_note
        description: "Takes its time"
        command: "sleep {{ seconds }}; echo slow note {{ seconds }}"
      - name: close_note
        description: "Close a note"
        command: "echo closed {{ title }} >> closed"
    approval_required_tools: ["close_*"]
"""


class Desk:
    """A home with notes; `files` by name."""

    def __init__(self, home: Path) -> None:
        self.home = home
        (home / "tools.yaml").write_text(TOOLSET, encoding="utf-8")
        (home / "notes").mkdir()

    def note(self, title: str, text: str) -> None:
        """Write a note."""
        (self.home / "notes" / title).write_text(text, encoding="utf-8")

    def chat(
        self, server: ScriptedServer, *more: str, columns: int = 100, rows: int = 50
    ) -> ChatScreen:
        """A conversation with that model."""
        flags = ("--model", "m", "--api-base", server.base_url, "-t", "tools.yaml")
        return ChatScreen(["chat", *flags, *more], home=self.home, columns=columns, rows=rows)

    def lines(self) -> list[dict[str, Any]]:
        """The lines of the last transcript."""
        [*_, last] = sorted((self.home / ".local/state/holmesgpt/sessions").glob("*.jsonl"))
        return [json.loads(line) for line in last.read_text(encoding="utf-8").splitlines()]


def says(content: str, tokens: int = 900) -> Reply:
    """An answer in words from a server that has counted the tools, too."""
    return replace(text(content), prompt_tokens=tokens)


def said_to(server: ScriptedServer, request: int = -1) -> str:
    """Everything that stands in a request."""
    return "\n".join(str(m.get("content")) for m in server.requests[request]["messages"])
