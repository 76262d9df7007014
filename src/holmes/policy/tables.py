"""The form of a program's table, and the reading of one command against it.

A table names the commands of a program that read, each with the flags that are known to be
harmless. Whatever it does not name is refused, so that a program's next version brings nothing
in unseen.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias

Refusal: TypeAlias = str
"""Why a command may not run, as a part of a sentence; empty where it may."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/,@+=-]*", re.ASCII)
"""An operand that names something: an object, a kind, a release, a container."""

_NEGATIVE = re.compile(r"-[0-9]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Flag:
    """One flag by its canonical name; `takes` counts the words of its value.

    `glued` flags take a value in the same word or none at all: `-Iseconds`.
    """

    name: str
    takes: int
    glued: bool = False


Flags: TypeAlias = Mapping[str, Flag]


@dataclass(frozen=True, kw_only=True, slots=True)
class Invocation:
    """One command as it was understood: which command of the program, with what.

    `operands` are the words that are no flags, `flags` the values of each flag in their order; a
    switch has the value "true" unless it said `=false`.
    """

    program: str
    command: str
    operands: tuple[str, ...] = ()
    flags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """The value of a flag, the last one where it was given twice; empty where it was not."""
        values = self.flags.get(name, ())
        return values[-1] if values else ""


Check: TypeAlias = Callable[[Invocation], Refusal]
Scrub: TypeAlias = Callable[[str], str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """One reading command.

    operands  how many words that are no flags it takes at most; None for any number
    operand   what they look like, where that is another form than the program's
    check     what else must hold
    scrub     gives the function that takes secret values out of the output, or None
    ends      exit codes that are an answer, not a failure
    """

    flags: Flags = field(default_factory=dict)
    operands: int | None = None
    operand: re.Pattern[str] | None = None
    check: Check | None = None
    scrub: Callable[[Invocation], Scrub | None] | None = None
    ends: frozenset[int] = frozenset({0})


@dataclass(frozen=True, kw_only=True, slots=True)
class Program:
    """One program's table.

    commands     by the words that choose them ("get", "rollout status"); "" for a program
                 without commands
    common       flags that every command takes, before its words as well as after
    gnu          whether values of short flags are written `-nVALUE` only, and `--` ends the flags
    operand      what an operand looks like; None for any text
    files_from   the operands from this one on are files that it reads; None where it reads none
    number       the flag that `-5` means
    default      the command that flags alone stand for; empty where they stand for none
    environment  `cluster` aims it at the chosen cluster, `bare` gives it nothing to give away
    granted      flags that a command outside the table may have where a person allows it; None
                 where nothing of this program can be allowed
    changes      commands that a person can allow; what is not known may be a door, such as a
                 plug-in (`kubectl node-shell`) or a way into a container
    change       what else must hold of a command that a person allowed
    """

    name: str
    commands: Mapping[str, Command]
    common: Flags = field(default_factory=dict)
    gnu: bool = False
    operand: re.Pattern[str] | None = NAME
    files_from: Callable[[Invocation], int] | None = None
    number: str = ""
    default: str = ""
    environment: Literal["cluster", "host", "bare"] = "host"
    granted: Flags | None = None
    changes: frozenset[str] = frozenset()
    change: Check | None = None

    @property
    def groups(self) -> frozenset[str]:
        """The words that are followed by the command's own: "rollout", "container"."""
        return frozenset(path.split()[0] for path in {*self.commands, *self.changes} if " " in path)


def flags(text: str) -> Flags:
    """Flags from their short notation: `all/A output/o= arg==`.

    One letter is written with one dash, more with two; `=` after it is a value of one word, `==`
    of two, `?` one that is glued to it or missing; `a/b` are two spellings of one flag.
    """
    found: dict[str, Flag] = {}
    for item in text.split():
        spellings = item.rstrip("=?")
        names = spellings.split("/")
        flag = Flag(name=names[0], takes=item.count("="), glued=item.endswith("?"))
        found.update(dict.fromkeys(names, flag))
    return MappingProxyType(found)


def names(text: str) -> frozenset[str]:
    """Words as a set."""
    return frozenset(text.split())


def read(program: Program, words: Sequence[str]) -> Invocation | Refusal:
    """Understand the words after a program's name, or say what is not allowed about them."""
    reader = _Reader(program, words)
    refused = reader.find_command() or reader.read_rest()
    if refused:
        return refused
    found = reader.invocation()
    command = program.commands[found.command]
    if command.operands is not None and len(found.operands) > command.operands:
        extra = found.operands[command.operands]
        return f'"{extra}" is not understood in a {_titled(program, found.command)} command'
    return (command.check(found) if command.check else "") or found


def read_granted(program: Program, command: str, words: Sequence[str]) -> Invocation | Refusal:
    """Understand a command outside the table: its words, operands and the flags of `granted`."""
    table = Program(
        name=program.name,
        commands={command: Command()},
        common=program.granted or {},
        gnu=program.gnu,
    )
    return read(table, words)


def _titled(program: Program, command: str) -> str:
    return f"{program.name} {command}".strip()


class _Reader:
    """One pass over the words of one command."""

    def __init__(self, program: Program, words: Sequence[str]) -> None:
        self._program = program
        self._words = list(words)
        self._next = 0
        self._command = ""
        self._operands: list[str] = []
        self._flags: dict[str, list[str]] = {}
        self._known: Flags = program.common

    def invocation(self) -> Invocation:
        return Invocation(
            program=self._program.name,
            command=self._command,
            operands=tuple(self._operands),
            flags={name: tuple(values) for name, values in self._flags.items()},
        )

    def find_command(self) -> Refusal:
        """Read the words that choose the command, and common flags before and between them."""
        commands = self._program.commands
        if "" in commands:
            self._known = {**self._known, **commands[""].flags}
            return ""
        default = self._program.default
        if default and self._words and all(word.startswith("-") for word in self._words):
            self._choose(default)
            return ""
        path = ""
        while self._next < len(self._words):
            word = self._words[self._next]
            if word.startswith("-"):
                if path in commands:
                    break
                if refused := self._flag():
                    return refused
                continue
            longer = f"{path} {word}".strip()
            if not word or not any(f"{name} ".startswith(f"{longer} ") for name in commands):
                break
            path = longer
            self._next += 1
        if path not in commands:
            return self._unknown(path)
        self._choose(path)
        return ""

    def _choose(self, command: str) -> None:
        self._command = command
        self._known = {**self._known, **self._program.commands[command].flags}

    def _unknown(self, path: str) -> Refusal:
        rest = self._words[self._next : self._next + 1]
        title = " ".join((self._program.name, *path.split(), *rest))
        if not rest:
            return f'"{title}" is not a whole command'
        return f'"{title}" is not allowed: only known reading commands are'

    def read_rest(self) -> Refusal:
        """Read flags and operands in any order."""
        pattern = self._program.commands[self._command].operand or self._program.operand
        only_operands = False
        while self._next < len(self._words):
            word = self._words[self._next]
            if word == "--" and self._program.gnu and not only_operands:
                only_operands = True
                self._next += 1
            elif only_operands or not word.startswith("-"):
                if pattern is not None and not pattern.fullmatch(word):
                    return f'"{word}" is not understood as a name'
                self._operands.append(word)
                self._next += 1
            elif word in {"-", "--"}:
                return f'"{word}" is not understood in a {self._program.name} command'
            elif refused := self._flag():
                return refused
        return ""

    def _flag(self) -> Refusal:
        """Read one word of flags and the words of its value."""
        word = self._words[self._next]
        self._next += 1
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            if len(name) < 2:
                return f'the flag "{word}" is not allowed'
            return self._keep(word, name, value if equals else None)
        if self._program.number and _NEGATIVE.fullmatch(word):
            return self._keep(word, self._program.number, word[1:])
        return self._cluster(word)

    def _cluster(self, word: str) -> Refusal:
        """Short flags in one word: `-n`, `-nshop`, `-Ao`, `-A=false`."""
        letters = word[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            flag = self._known.get(letter)
            if flag is None:
                return f'the flag "{word}" is not allowed'
            glued = letters.startswith("=") and not self._program.gnu
            if flag.takes or glued:
                value = letters.removeprefix("=") if glued else letters or None
                return self._keep(word, letter, value)
            if flag.glued and letters:
                return self._keep(word, letter, letters)
            self._flags.setdefault(flag.name, []).append("true")
        return ""

    def _keep(self, word: str, name: str, value: str | None) -> Refusal:
        flag = self._known.get(name)
        if flag is None:
            return f'the flag "{word}" is not allowed'
        values = [] if value is None else [value]
        if not flag.takes:
            self._flags.setdefault(flag.name, []).append(values[0] if values else "true")
            return ""
        while len(values) < flag.takes:
            if self._next >= len(self._words):
                return f'the flag "{word}" has no value'
            following = self._words[self._next]
            if following.startswith("-") and not _NEGATIVE.fullmatch(following):
                return f'"{following}" is not understood as the value of "{word}"'
            values.append(following)
            self._next += 1
        self._flags.setdefault(flag.name, []).extend(values)
        return ""
