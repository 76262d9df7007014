"""What a model may run: reading commands, by one table a program; everything else is refused.

What is not named is not known, and what is not known is refused: a program, a command of it, a
flag, a form of output. `judge` decides about one command, `split` takes a pipeline apart, and
`Grant` is what a person allows beyond reading. Commands are judged before the target's own flags
(`--context` and so on) are added.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from holmes.policy import tables
from holmes.policy.programs import kubectl
from holmes.policy.secrets import names_secrets
from holmes.policy.tables import (
    Command,
    Invocation,
    Program,
    Refusal,
    Scrub,
)

__all__ = ["Refusal", "Verdict", "judge", "names_secrets", "refusal", "verb_positions"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What is decided about one command.

    refusal  why it may not run, as a part of a sentence; empty where it may
    scrub    takes secret values out of what it prints; nobody may see the output without it
    ends     exit codes that are an answer, not a failure
    """

    refusal: Refusal = ""
    program: Program | None = None
    scrub: Scrub | None = None
    ends: frozenset[int] = frozenset({0})


def judge(argv: Sequence[str], files: Collection[Path] = ()) -> Verdict:
    """Decide about one command, `argv[0]` being the bare name of its program.

    `files` are the files, resolved, that the user gave: the only ones that may be read.
    """
    from holmes.policy.programs import find, known  # noqa: PLC0415  (many small files)

    program = find(argv[0])
    if program is None:
        return Verdict(refusal=f'"{argv[0]}" is not among the programs: {", ".join(known())}')
    found = tables.read(program, argv[1:])
    if isinstance(found, Refusal):
        return Verdict(refusal=found)
    if refused := _refused_files(program, found, files):
        return Verdict(refusal=refused)
    command: Command = program.commands[found.command]
    scrub = command.scrub(found) if command.scrub else None
    return Verdict(program=program, scrub=scrub, ends=command.ends)


def refusal(argv: Sequence[str], *, values_removed: bool = False) -> Refusal:
    """Why this kubectl command may not run; empty where it may.

    `values_removed` says that the caller takes the values out of Secrets before anybody sees the
    output.
    """
    found = tables.read(kubectl.PROGRAM, argv[1:])
    if isinstance(found, Refusal):
        return found
    command = kubectl.COMMANDS[found.command]
    if values_removed or command.scrub is None or command.scrub(found) is None:
        return ""
    if found.command == "config view":
        return "the kubeconfig is not shown"
    if any(names_secrets(operand) for operand in found.operands):
        return "the values of Secrets are not shown: get them as a table, or with kubectl_get_yaml"
    return ""


def verb_positions(argv: Sequence[str]) -> frozenset[int]:
    """The words of argv that choose what a known program does; empty for an unknown program.

    Where flags stand before the command, every word up to it counts: which of them is a value is
    not known for sure.
    """
    from holmes.policy.programs import find  # noqa: PLC0415  (see above)

    program = find(Path(argv[0]).name)
    if program is None or "" in program.commands:
        return frozenset()
    at = 1
    while at < len(argv) and argv[at].startswith("-"):
        at += 1 if "=" in argv[at] else 2
    last = at + 1 if at < len(argv) and argv[at] in program.groups else at
    return frozenset(range(1, last + 1))


def reads_only(line: str) -> bool:
    """Whether a text is a whole command line, more than a program's name, that only reads."""
    from holmes.policy.line import split  # noqa: PLC0415

    stages = split(line)
    if isinstance(stages, str) or not any(len(argv) > 1 for argv in stages):
        return False
    return not any(judge(argv).refusal for argv in stages)


def _refused_files(program: Program, found: Invocation, files: Collection[Path]) -> Refusal:
    if program.files_from is None:
        return ""
    for name in found.operands[program.files_from(found) :]:
        if not _is_given(name, files):
            return f'the file "{name}" is not one that was given with the question'
    return ""


def _is_given(name: str, files: Collection[Path]) -> bool:
    try:
        return Path(name).resolve(strict=True) in files
    except (OSError, RuntimeError, ValueError):
        return False
