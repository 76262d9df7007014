"""Where a script of a toolset file would make code of a model's value; each is refused.

A value is one argument, or a part of one. In a script that has values, a variable is trusted only
if nothing but literal texts and numbers is ever assigned to it: whatever else is filled in
(another variable, an argument of a function, the output of a command) counts as a value. Such a
text may stand only where it is known to be data.
"""

import re
import shlex
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from holmes.tools.code_call import ASSIGNED, OWN_FILE, TYPED, Call, Problem
from holmes.tools.code_programs import assigned, problems
from holmes.tools.shell import Script
from holmes.tools.shell_words import OUTPUT, Piece, Word

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FUNCTION = re.compile(r"([A-Za-z_][\w-]*)[ \t]*\([ \t]*\)|\bfunction[ \t]+([\w-]+)")
_NO_MARKER = re.compile(r"(?!)()")
# Words that are the shell's own, where no program of that name is meant.
_SHELL_WORDS = """
    ! . : [ [[ { alias bg case cd command declare do done elif else esac eval exec exit export
    fg fi for function if local read return select set shift shopt source test then time
    times trap type ulimit umask unset until while
"""
_SPECIAL_BARE = frozenset("|&;<>()$`\\\n*?[]{}~#!")
_SPECIAL_IN_DOUBLE = frozenset("$`\\!")
_DECLARING = frozenset({"declare", "export", "local", "readonly", "typeset"})
_READING = frozenset({"read", "mapfile", "readarray"})
_COMPARING = frozenset({"-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-v", "-R"})
# What the shell itself fills with texts.
_FILLED = frozenset({OUTPUT, *"123456789@*_", "REPLY", "MAPFILE", "BASH_REMATCH", "OPTARG"})


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
    return not words or words[0] in _SHELL_WORDS.split() or bool(ASSIGNED.match(words[0]))


def _without_prefix(command: Sequence[Word]) -> Sequence[Word]:
    """A command without the assignments before it, and without `command` and `builtin`."""
    at = 0
    while at < len(command) and ASSIGNED.match(command[at].text):
        at += 1
    while at + 1 < len(command) and command[at].text in {"command", "builtin"}:
        at += 2 if command[at + 1].text in {"-p", "--"} else 1
    return command[at:]


class CodePlaces:
    """The places of one script; `free` are the markers whose values are the model's to choose.

    Of an `inner` script, which another one starts, every variable may hold such a value.
    """

    def __init__(self, script: Script, free: Collection[str], *, inner: bool = False) -> None:
        self.script, self._free, self._inner = script, frozenset(free), inner
        self._plain = not inner and not needs_shell(script.text)
        self._functions = {a or b for a, b in _FUNCTION.findall(script.text)}
        self.from_values: dict[str, frozenset[str]] = {}
        self._unsure: set[str] = set()
        self._literals: dict[str, set[str]] = {}
        self._read_variables()
        self._commands = [[self._resolved(word) for word in each] for each in script.commands]
        self._ran: list[Word] = []
        self._inner_texts: list[str] = []

    def _read_variables(self) -> None:
        """Find what variables hold: values, texts that are not trusted, the author's literals."""
        before = -1
        while before != (before := sum(map(len, self.from_values.values())) + len(self._unsure)):
            for name, words, text in self._assigned():
                if markers := frozenset().union(*map(self.free_in, words)):
                    self.from_values[name] = self.from_values.get(name, frozenset()) | markers
                self._literals.setdefault(name, set()).add(text or "")
                if text is None or any(map(self.doubtful, words)):
                    self._unsure.add(name)

    def _assigned(self) -> Iterator[tuple[str, Sequence[Word], str | None]]:
        """Each assignment: the variable, the words in it, and its text; None where nobody knows."""
        piped: Sequence[Word] = ()
        for command in self.script.commands:
            rest = _without_prefix(command)
            texts = [word.text for word in rest] or [""]
            for word in command if texts[0] in _DECLARING else command[: len(command) - len(rest)]:
                if match := ASSIGNED.match(word.text):
                    yield match["name"], [word], word.text[match.end() :]
            if texts[0] in {"for", "select"} and len(texts) > 1:
                listed = texts[3:] if "in" in texts else [None]
                yield from ((texts[1], command, text) for text in listed)
            elif texts[0] in _READING or texts[0] == "getopts":
                yield from ((name, [*command, *piped], None) for name in texts[1:])
            elif texts[:2] == ["printf", "-v"] and len(texts) > 2:
                yield texts[2], command, " ".join(texts[3:])
            piped = command
        yield from ((name, [word], word.text) for name, word in self.script.defaults)

    def _resolved(self, word: Word) -> Word:
        """A word with the literal that a variable always holds in its place."""
        pieces: list[Piece] = []
        for kind, part in word.pieces:
            texts = set() if kind in {"text", "value"} else self._literals.get(part, set())
            if not texts or self._is_unsure(part):
                pieces.append((kind, part))
            elif any(text[:1] == "(" or (kind == "bare" and " " in text) for text in texts):
                pieces.append((kind, OUTPUT))  # nobody knows how many words
            elif len(texts) == 1:
                pieces.append(("text", min(texts)))
            elif any(text[:1] == "-" for text in texts):
                pieces += [("text", "-"), (kind, OUTPUT)]  # some option
            else:
                pieces.append((kind, part))
        return Word(line=word.line, pieces=pieces)

    def free_in(self, word: Word) -> frozenset[str]:
        """The markers of the model's values in a word, also those that a variable brings."""
        found: set[str] = set()
        for kind, part in word.pieces:
            if kind == "value":
                found |= {part} & self._free
            elif kind != "text":
                found |= self.markers(part)
        return frozenset(found)

    def markers(self, name: str) -> frozenset[str]:
        """The values that a variable may hold; arguments of functions may hold any."""
        return self._free if name in set("123456789@*") else self.from_values.get(name, frozenset())

    def doubtful(self, word: Word) -> bool:
        """Whether something stands in a word that the author did not write."""
        return any(
            part in self._free if kind == "value" else kind != "text" and self._is_unsure(part)
            for kind, part in word.pieces
        )

    def _is_unsure(self, name: str) -> bool:
        if name in _FILLED or name in self._unsure:
            return True
        return self._inner and name not in self._literals

    def problems(self) -> Iterator[Problem]:
        """Every place where a value would be code."""
        for place in self.script.code:
            if self._free & {*place.values} or self._evaluates(place.names):
                yield Problem(line=place.line, what=place.what)
        for word in self.script.targets:
            if self.doubtful(word):
                yield Problem(
                    line=word.line, what="a file that is written", instead="name it yourself"
                )
        for name, words, _ in self._assigned():
            yield from assigned(name, words[0], held=name in self._unsure)
        for command in self._commands:
            rest = _without_prefix(command)
            for word in command[: len(command) - len(rest)]:
                yield from self._in_assignment(word)
            if rest and rest[0].text not in {"-v", "-V"}:
                yield from self._in_command(rest)
        yield from self._written()

    def _in_assignment(self, word: Word) -> Iterator[Problem]:
        match = ASSIGNED.match(word.text)
        index = (match and match["index"]) or ""
        chosen = "\0" in index or re.search(r"=\(.*\[[^\]]*\0", word.text)
        if (chosen and self.doubtful(word)) or self._evaluates(_IDENTIFIER.findall(index)):
            yield Problem(line=word.line, what="an index")

    def _evaluates(self, read: Iterable[str]) -> bool:
        """Whether arithmetic reads a variable that is not trusted, or one whose text names it."""
        found: set[str] = set()
        names = {*read}
        while names - found:
            found |= names
            names = {
                each
                for name in names
                for literal in self._literals.get(name, ())
                for each in _IDENTIFIER.findall(literal)
            }
        return any(map(self._is_unsure, found))

    def in_paths(self) -> Iterator[str]:
        """The markers of values inside a path of the Kubernetes API (`--raw`)."""
        for command in self.script.commands:
            for before, word in zip([None, *command], command, strict=False):
                if word.text.startswith("--raw=") or (before and before.text == "--raw"):
                    yield from self.free_in(word)

    def _in_command(self, words: Sequence[Word]) -> Iterator[Problem]:
        here: tuple[Word, bool] | None = None
        plain: list[Word] = []
        for at, word in enumerate(words):
            if word.text.startswith("<<"):
                text = Word(line=word.line, pieces=word.pieces[1:])
                here = (text, word.text == "<<<" or self.doubtful(word))
            elif not (at and words[at - 1].text == "<<<"):
                plain.append(word)
        if not plain:
            return
        held = [self.doubtful(word) for word in plain]
        shell = self._shell_words(plain, [word.text for word in plain], held)
        if shell is not None:
            yield from shell
        elif plain[0].text not in self._functions:
            call = Call(
                words=plain,
                held=held,
                script=self._started,
                ran=self._ran.append,
                here=here,
                plain=self._plain,
            )
            yield from problems(call)
        if self._inner and plain[0].text not in {"echo", "printf", "[[", "case", "export", "local"}:
            yield from self._unquoted(plain)

    def _unquoted(self, words: Sequence[Word]) -> Iterator[Problem]:
        """Variables of an inner script that stand without quotes: nobody checks what they hold."""
        for word in words:
            if any(kind == "bare" and self._is_unsure(part) for kind, part in word.pieces):
                instead = "put the variable in quotes"
                yield Problem(line=word.line, what="several words", instead=instead)

    def _started(self, text: str, line: int) -> Iterator[Problem]:
        """The problems of a script that this one starts."""
        self._inner_texts.append(text)
        inner = CodePlaces(Script(text, _NO_MARKER), (), inner=True)
        for problem in inner.problems():
            yield replace(problem, line=line + problem.line - 1)
        self._ran += inner._ran

    def _shell_words(
        self, words: Sequence[Word], texts: Sequence[str], held: Sequence[bool]
    ) -> Iterator[Problem] | None:
        """The problems of a command of the shell's own; None for a program."""
        first, named = texts[0], _IDENTIFIER.findall(" ".join(texts))
        bad: Problem | None = None
        here = Problem(line=words[0].line, what=first)
        if first in {"for", "case", "select", "function", "]]"}:
            bad = None
        elif first in {"[[", "[", "test"}:
            compares = _COMPARING if first == "[[" else {"-v"}
            if compares & {*texts} and (any(held) or (first == "[[" and self._evaluates(named))):
                instead = f'{TYPED}, or write [ "$x" -gt 3 ]'
                bad = replace(here, what=f"a comparison in {first}", instead=instead)
        elif first in {"eval", "trap", "let"}:
            return self._evaluated(words, texts, held)
        elif first in {"source", "."}:
            return self._sourced(words, held)
        elif first in _DECLARING:
            return self._declared(words, texts, held)
        elif first in _READING or first in {"unset", "getopts"} or texts[:2] == ["printf", "-v"]:
            until = 3 if first == "printf" else len(texts)
            calls = any(re.match("-[A-Za-z]*C", text) for text in texts[1:])
            bad = here if any(held[:until]) or (calls and first != "read") else None
        elif first in {"set", "shopt", "ulimit", "umask"}:
            options = held[: texts.index("--")] if "--" in texts else held
            bad = here if any(options) else None
        else:
            return None
        return iter([bad] if bad else [])

    def _evaluated(
        self, words: Sequence[Word], texts: Sequence[str], held: Sequence[bool]
    ) -> Iterator[Problem]:
        code = " ".join(texts[1:]).removeprefix("-- ")
        if any(held) or (texts[0] == "let" and self._evaluates(_IDENTIFIER.findall(code))):
            yield Problem(line=words[0].line, what=texts[0])
        elif texts[0] != "let":
            yield from self._started(code, words[0].line)

    def _sourced(self, words: Sequence[Word], held: Sequence[bool]) -> Iterator[Problem]:
        if len(words) > 1 and OWN_FILE.fullmatch(words[1].text) and not held[1]:
            self._ran.append(words[1])
        else:
            yield Problem(
                line=words[0].line, what="a file of code", instead="write its whole path yourself"
            )

    def _declared(
        self, words: Sequence[Word], texts: Sequence[str], held: Sequence[bool]
    ) -> Iterator[Problem]:
        if any(re.match(r"[-+][A-Za-z]*[in]", text) for text in texts[1:]):
            what = f"{texts[0]} with -i or -n, which evaluates what is assigned"
            yield Problem(line=words[0].line, what=what, instead=f"write {texts[0]} without it")
        for word, one in zip(words[1:], held[1:], strict=True):
            if ASSIGNED.match(word.text):
                yield from self._in_assignment(word)
            elif one:
                yield Problem(line=word.line, what="the name of a variable")

    def _written(self) -> Iterator[Problem]:
        """Files that are run and that the script itself could have written."""
        names = {word.text.rpartition("/")[2] for word in self.script.targets}
        skipped = {*map(id, self._ran)}
        mentioned = [word.text for word in self.script.targets] + [
            word.text
            for command in self._commands
            for word in command[1:]
            if id(word) not in skipped and word.text not in self._inner_texts
        ]
        for command in self._commands:
            if command[0].text in names:
                yield self._own_program(command[0])
        for word in self._ran:
            if any(word.text.rpartition("/")[2] in text for text in mentioned):
                yield self._own_program(word)

    def _own_program(self, word: Word) -> Problem:
        what = f'"{word.text}", which the script may have written,'
        return Problem(line=word.line, what=what, instead="run a file that nothing else here names")
