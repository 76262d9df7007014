"""What a person allows beyond reading: `--allow "kubectl rollout undo"`, one command at a time."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from holmes.policy.programs import find, known
from holmes.policy.tables import Refusal, read_granted

_WORD = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9.-]+)?", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """The words that a command must begin with, program first."""

    words: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join(self.words)

    def covers(self, argv: Sequence[str]) -> bool:
        """Whether a command begins with exactly these words; no flag may stand among them."""
        return tuple(argv[: len(self.words)]) == self.words

    def refusal(self, argv: Sequence[str]) -> Refusal:
        """Why a command that is covered may not even be asked for."""
        program = find(self.words[0])
        if program is None:
            return f'"{self.words[0]}" is not known'
        command = " ".join(self.words[1:])
        if not any(_begins(" ".join(argv[1:]), change) for change in program.changes):
            return f'"{" ".join(argv[:3])}" is not known to be a change and no door'
        found = read_granted(program, command, argv[1:])
        if isinstance(found, Refusal):
            return found
        return program.change(found) if program.change else ""


def read_grant(text: str) -> Grant | Refusal:
    """One value of `--allow`, or what is wrong with it."""
    words = tuple(text.split())
    program = find(words[0]) if words else None
    if not words or any(not _WORD.fullmatch(word) for word in words):
        return 'name a program and its command in plain words, as in "kubectl rollout undo"'
    if program is None or program.granted is None:
        names = ", ".join(sorted(name for name, item in known().items() if item.granted))
        return f'nothing of "{words[0]}" can be allowed; of these something can: {names}'
    if len(words) == 1:
        return f'it is too wide: name the command, as in "{_example(words[0])}"'
    path = " ".join(words[1:])
    if any(_begins(path, name) for name in program.commands):
        return f'"{words[0]} {path}" only reads, which needs no permission'
    if not any(_begins(path, change) or _begins(change, path) for change in program.changes):
        listed = ", ".join(sorted(program.changes))
        return (
            f'"{words[0]} {path}" opens a door rather than change a thing, or is not known as a '
            f"change; of {words[0]} these are: {listed}"
        )
    return Grant(words=words)


def _begins(command: str, words: str) -> bool:
    return f"{command} ".startswith(f"{words} ")


def _example(program: str) -> str:
    return {"kubectl": "kubectl rollout undo", "helm": "helm rollback"}.get(
        program, f"{program} restart"
    )
