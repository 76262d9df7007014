"""What goes with a question: files named as @FILE, and long pastes."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from holmes.redaction.attached import attached

PASTED_LINES = 20
PASTED_CHARS = 2000
"""From here on a paste is an attachment rather than a part of the line."""

_FILE = re.compile(r"(?<!\S)@(\S+)")

ReadFile = Callable[[Path], str]


class Pastes:
    """Long pastes by the words that stand for them in the line."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def taken(self, text: str) -> str:
        """What is to stand in the line: the text, or words for it where it is long."""
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        lines = text.count("\n") + (not text.endswith("\n"))
        if lines < PASTED_LINES and len(text) < PASTED_CHARS:
            return text
        size = f"{lines:,} lines" if lines > 1 else f"{len(text):,} characters"
        name, count = f"[pasted {size}]", 1
        while self._texts.get(name, text) != text:
            count += 1
            name = f"[pasted {size}, {count}]"
        self._texts[name] = text
        return name

    def of(self, line: str) -> Mapping[str, str]:
        """Those that stand in a line."""
        return {name.strip("[]"): text for name, text in self._texts.items() if name in line}


def with_attachments(line: str, pastes: Mapping[str, str], read: ReadFile) -> str:
    """The question with its files and pastes; UsageError where a file can't be read."""
    named = {**{str(path): read(path) for path in files_in(line)}, **pastes}
    parts = [line, *(attached(name, text) for name, text in named.items())]
    return "\n\n".join(parts)


def files_in(line: str) -> Iterator[Path]:
    """The files that a line names; an @ before anything else is an @."""
    for name in dict.fromkeys(_FILE.findall(line)):
        for candidate in (name, name.rstrip(".,;:!?)")):
            path = Path(candidate).expanduser()
            if path.is_file():
                yield path
                break
