"""Where a script of a toolset file would make code of a model's value; each is refused.

A value is one argument, or a part of one. Some programs read an argument as a program of their
own, and the shell reads one so in arithmetic: there a value could do whatever that language can.
"""

import re
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from types import MappingProxyType

from holmes.policy import verb_positions
from holmes.policy.programs import known
from holmes.policy.tables import names
from holmes.tools.shell import Script, Word

_ASSIGNED = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<index>\[[^\]]*\])?\+?=")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Words that are the shell's own, where no program of that name is meant.
_SHELL_WORDS = """
    ! . : [ [[ { alias bg case cd command declare do done elif else esac eval exec exit export
    fg fi for function if local read return select set shift shopt source test then time
    times trap type ulimit umask unset until while
"""
_SPECIAL_BARE = frozenset("|&;<>()$`\\\n*?[]{}~#!")
_SPECIAL_IN_DOUBLE = frozenset("$`\\!")
_TYPED = "or declare the parameter as `type: integer` or with an `enum`"


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """A value that would be code: on which line, what reads it so, and how to write it."""

    line: int
    what: str
    instead: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _Language:
    """A program that runs a program it is given: as the value of an option, or as an operand.

    `takes` are options with values, and how many; `skips` are commands before the program.
    """

    program: re.Pattern[str]
    takes: Mapping[str, int] = field(default_factory=dict)
    skips: frozenset[str] = frozenset()
    instead: str = _TYPED.removeprefix("or ")


_AWK = _Language(
    program=re.compile(r"-[feEil]|--(file|source|exec|include|load)"),
    takes=MappingProxyType({"-F": 1, "-v": 1, "--assign": 1, "--field-separator": 1}),
    instead=f"write awk -v x={{{{ x }}}} '… x …', {_TYPED}",
)
_SED = _Language(program=re.compile(r"-[nErsuz]*[ef]|--(expression|file)"))
_JQ = _Language(
    program=re.compile(r"-[A-Za-z]*[fL]|--from-file"),
    takes=MappingProxyType(
        {"--arg": 2, "--argjson": 2, "--slurpfile": 2, "--rawfile": 2, "--indent": 1}
        | dict.fromkeys(("-o", "-p", "--output-format", "--input-format"), 1)
    ),
    skips=frozenset({"e", "ea", "eval", "eval-all"}),
    instead=f"write jq --arg x {{{{ x }}}} '… $x …', {_TYPED}",
)
_SHELL = _Language(
    program=re.compile(r"[-+][A-Za-z]*c[A-Za-z]*|--(init-file|rcfile|command)"),
    takes=MappingProxyType({"-o": 1, "+o": 1, "-O": 1, "+O": 1}),
    instead=f"""write sh -c '… "$1" …' sh {{{{ x }}}}, {_TYPED}""",
)
_OTHER = _Language(program=re.compile(r"-[A-Za-z0-9]*[ceEmpr]|--(eval|print|run|require)"))
_LANGUAGES: Mapping[str, _Language] = MappingProxyType(
    dict.fromkeys(("awk", "gawk", "mawk", "nawk"), _AWK)
    | dict.fromkeys(("sed", "gsed"), _SED)
    | dict.fromkeys(("jq", "gojq", "jaq", "yq"), _JQ)
    | dict.fromkeys(("sh", "bash", "dash", "ash", "zsh", "ksh", "fish"), _SHELL)
    | dict.fromkeys(("python", "python3", "perl", "ruby", "node", "php", "lua"), _OTHER)
)
# Programs that start the one that their words name; `timeout` has a word of its own before it.
_STARTERS: Mapping[str, int] = MappingProxyType(
    dict.fromkeys(
        names(
            "builtin busybox command doas env exec ionice k3s microk8s minikube nice nohup setsid "
            "stdbuf strace sudo time unbuffer xargs"
        ),
        0,
    )
    | {"timeout": 1, "chroot": 1, "flock": 1}
)
_STARTER_VALUES = names("-u -g -n -I -P -L -d -s -k -c -a -C -p -o --user --signal")
# Programs whose words may end in a whole command for somewhere else.
_CARRIERS = names("docker podman nerdctl kubectl oc crictl find nsenter parallel su")
_JOINING = frozenset({"eval", "let", "source", ".", "trap", "alias", "bind", "complete", "watch"})
_DECLARING = frozenset({"declare", "export", "local", "readonly", "typeset"})
_NAMING = frozenset({"read", "unset", "mapfile", "readarray", "getopts"})
_COMPARING = frozenset({"-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-v", "-R"})
_FORMATS = re.compile(r"(-o|--output|--template|--format|--go-template)(=|$)|-o.")
_FORMATTERS = frozenset({"kubectl", "oc", "docker", "podman", "nerdctl", "crictl"})
_WRITE_IT = "write it yourself, or declare the parameter with an `enum`"


def needs_shell(line: str) -> bool:
    """Whether a line is more than a program and its arguments.

    Pipes, redirects, expansions, globs, `;`, several lines, assignments and the shell's own words
    need a shell. A line that can't be read (an open quote) is left to the shell to complain about.
    """
    quote = ""
    for char in line:
        if quote:
            if char == quote:
                quote = ""
            elif quote == '"' and char in _SPECIAL_IN_DOUBLE:
                return True
        elif char in "'\"":
            quote = char
        elif char in _SPECIAL_BARE:
            return True
    if quote:
        return True
    words = shlex.split(line)
    return not words or words[0] in _SHELL_WORDS.split() or bool(_ASSIGNED.match(words[0]))


class CodePlaces:
    """The places of one script; `free` are the markers whose values are the model's to choose."""

    def __init__(self, script: Script, free: Collection[str]) -> None:
        self.script, self._free = script, frozenset(free)
        self._plain = not needs_shell(script.text)
        self.from_values = self._variables()

    def _variables(self) -> Mapping[str, frozenset[str]]:
        """The variables that hold such values, with the markers of these."""
        found: dict[str, frozenset[str]] = {}
        self.from_values = found
        before = -1
        while before != sum(map(len, found.values())):
            before = sum(map(len, found.values()))
            piped: frozenset[str] = frozenset()
            for command in self.script.commands:
                held = frozenset().union(*map(self.free_in, command))
                for name, markers in self._assigned(command, held, piped):
                    if markers:
                        found[name] = found.get(name, frozenset()) | markers
                piped = held
        return found

    def _assigned(
        self, command: Sequence[Word], held: frozenset[str], piped: frozenset[str]
    ) -> Iterator[tuple[str, frozenset[str]]]:
        texts = [word.text for word in command]
        for word in command:
            if match := _ASSIGNED.match(word.text):
                yield match["name"], self.free_in(word)
            elif texts[0] not in _DECLARING:
                break
        if texts[0] in {"for", "select"} and len(texts) > 1:
            yield texts[1], held
        elif texts[0] in {"read", "mapfile", "readarray"}:
            for name in texts[1:]:
                yield name, held | piped
        elif texts[:2] == ["printf", "-v"] and len(texts) > 2:
            yield texts[2], held

    def free_in(self, word: Word) -> frozenset[str]:
        """The markers of the model's values in a word, also those that a variable brings."""
        found: set[str] = set()
        for kind, part in word.pieces:
            if kind == "value":
                found |= {part} & self._free
            elif kind != "text":
                found |= self.from_values.get(part, frozenset())
        return frozenset(found)

    def problems(self) -> Iterator[Problem]:
        """Every place where a value would be code."""
        for place in self.script.code:
            if self._free & {*place.values} or place.names & self.from_values.keys():
                yield Problem(line=place.line, what=place.what, instead=_TYPED.removeprefix("or "))
        before: Sequence[Word] = ()
        for command in self.script.commands:
            at = 0
            while at < len(command) and _ASSIGNED.match(command[at].text):
                at += 1
            if words := command[at:]:
                yield from self._in_command(words, before)
            before = command

    def in_paths(self) -> Iterator[str]:
        """The markers of values inside a path of the Kubernetes API (`--raw`)."""
        for command in self.script.commands:
            for before, word in zip([None, *command], command, strict=False):
                if word.text.startswith("--raw=") or (before and before.text == "--raw"):
                    yield from self.free_in(word)

    def _in_command(self, words: Sequence[Word], before: Sequence[Word]) -> Iterator[Problem]:
        first, texts = words[0].text, [word.text for word in words]
        held = [bool(self.free_in(word)) for word in words]
        if first in {"for", "case", "select", "function"}:
            return
        if held[0]:
            yield self._problem(words[0], "the name of the program", _WRITE_IT)
        if first in {"[[", "[", "test"}:
            reads = _COMPARING & {*texts} if first == "[[" else {"-v"} & {*texts}
            if reads and (any(held) or (first == "[[" and self._named_in(texts))):
                instead = _TYPED.removeprefix("or ") + ', or write [ "$x" -gt 3 ]'
                yield self._problem(words[0], f"a comparison in {first}", instead)
        elif self._reads_names(texts, held):
            yield self._problem(words[0], first, _TYPED.removeprefix("or "))
        for at in self._starts(texts):
            yield from self._started(words[at:], held[at:], before)

    def _reads_names(self, texts: Sequence[str], held: Sequence[bool]) -> bool:
        """Whether a command of the shell itself reads a value as code or as a name."""
        first = texts[0]
        if first in _JOINING:
            return any(held) or (first == "let" and self._named_in(texts))
        if first in _NAMING:
            end = texts.index("<<<") if "<<<" in texts else len(texts)
            return any(held[:end])
        if first in _DECLARING:
            evaluates = any(re.match(r"-[A-Za-z]*[in]", text) for text in texts)
            named = [bool(_ASSIGNED.match(text)) for text in texts]
            return any(h and (evaluates or not n) for h, n in zip(held, named, strict=True))
        if first == "ssh":
            operands = [at for at, text in enumerate(texts) if at and not text.startswith("-")]
            return any(held[at] for at in operands[1:])
        return texts[:2] == ["printf", "-v"] and any(held[2:3])

    def _named_in(self, texts: Sequence[str]) -> bool:
        """Whether arithmetic in these words reads a variable that a value fills."""
        return any(self.from_values.keys() & _IDENTIFIER.findall(text) for text in texts)

    def _starts(self, texts: Sequence[str]) -> Iterator[int]:
        """Where in a command a program is named: its first word, and behind env, sudo, `--`."""
        yield 0
        name = PurePath(texts[0]).name
        if name in _STARTERS:
            at, skipped = 1, _STARTERS[name]
            while at < len(texts):
                own = texts[at].startswith("-") or texts[at - 1] in _STARTER_VALUES
                if not own and not _ASSIGNED.match(texts[at]):
                    if not skipped:
                        yield from (at + inner for inner in self._starts(texts[at:]))
                        return
                    skipped -= 1
                at += 1
        elif name in _CARRIERS:
            for at, text in enumerate(texts[1:], 1):
                # kubectl has what runs in a pod behind `--`; "describe node" names a kind.
                named = PurePath(text).name in _LANGUAGES and name not in {"kubectl", "oc"}
                if named or texts[at - 1] in {"--", "-exec", "-execdir", "-ok"}:
                    yield at
                    return

    def _started(
        self, words: Sequence[Word], held: Sequence[bool], before: Sequence[Word]
    ) -> Iterator[Problem]:
        texts = [word.text for word in words]
        name = PurePath(texts[0]).name
        if held[0]:
            yield self._problem(words[0], "the name of the program", _WRITE_IT)
        language = _LANGUAGES.get(name)
        if language is not None:
            at = _program_in(language, texts)
            read = {at} if at is not None else set(range(len(texts)))
            if any(held[each] for each in read) or (
                at is None and language is _SHELL and any(map(self.free_in, before))
            ):
                what = f"a program for {name}"
                yield self._problem(words[at or 0], what, language.instead)
            for each, text in enumerate(texts[1:], 1):
                if held[each] and each != at and language.program.match(text):
                    yield self._problem(words[each], f"a program for {name}", language.instead)
        elif name in _FORMATTERS:
            yield from self._formats(name, words, texts, held)
        if (program := known().get(name)) is not None and "" not in program.commands:
            for at in sorted(verb_positions(texts)):
                # A whole word of a plain command is judged when it is known.
                judged = self._plain and len(words[at : at + 1]) == 1 == len(words[at].pieces)
                if at < len(held) and held[at] and not judged:
                    yield self._problem(words[at], f"what {name} does", _WRITE_IT)

    def _formats(
        self, name: str, words: Sequence[Word], texts: Sequence[str], held: Sequence[bool]
    ) -> Iterator[Problem]:
        for at, text in enumerate(texts[1:], 1):
            if text == "--":
                return
            short = text == "-f" and "inspect" in texts
            if not short and not _FORMATS.match(text):
                continue
            whole = short or text in {"-o", "--output", "--template", "--format", "--go-template"}
            value = at + 1 if whole else at
            if value < len(held) and held[value]:
                yield self._problem(words[value], f"an output format of {name}", _WRITE_IT)

    def _problem(self, word: Word, what: str, instead: str) -> Problem:
        return Problem(line=word.line, what=what, instead=instead)


def _program_in(language: _Language, texts: Sequence[str]) -> int | None:
    """The word that holds the program; None where it comes by standard input."""
    at = 1
    while at < len(texts):
        text = texts[at]
        if text in {"<<<", "<<"} or text.startswith("<<"):
            return None
        if text in language.takes:
            at += 1 + language.takes[text]
        elif language.program.fullmatch(text) or text == "--":
            return at + 1 if at + 1 < len(texts) else None
        elif text.startswith(("-", "+")) or text in language.skips:
            at += 1
        else:
            return at
    return None
