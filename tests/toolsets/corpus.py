"""The corpora of commands under policy_corpus, and programs that write down that they were run."""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "policy_corpus"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One call as a model makes it; `technique` is the group that it stands in."""

    technique: str
    tool: str
    arguments: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.technique}: {self.tool} {json.dumps(self.arguments)}"


def cases(name: str) -> list[Case]:
    return list(_read((FOLDER / name).read_text(encoding="utf-8")))


def _read(text: str) -> Iterator[Case]:
    technique = ""
    for line in text.splitlines():
        if line.startswith("## "):
            technique = line.removeprefix("## ")
        elif line.startswith("@"):
            tool, _, arguments = line[1:].partition(" ")
            yield Case(technique=technique, tool=tool, arguments=json.loads(arguments))
        elif line.strip() and not line.startswith("#"):
            command = json.loads(line) if line.startswith('"') else line
            yield Case(technique=technique, tool="run_command", arguments={"command": command})


class Diary:
    """A PATH in which each program writes its words down before the real one runs.

    A program that this machine lacks is there too, and does nothing else.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "bin"
        self._log = folder / "log"
        self.path.mkdir()

    def add(self, *names: str) -> None:
        for name in names:
            real = shutil.which(name)
            then = f'exec {real} "$@"' if real else "exit 0"
            program = self.path / name
            program.write_text(f'#!/bin/sh\necho "{name} $*" >>{self._log}\n{then}\n')
            program.chmod(0o755)

    def search_path(self) -> str:
        return os.pathsep.join((str(self.path), os.environ["PATH"]))

    def entries(self) -> list[str]:
        return self._log.read_text().splitlines() if self._log.exists() else []
