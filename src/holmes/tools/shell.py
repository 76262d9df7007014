"""What a command line means to a shell: its commands, and where a value lands in them."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

from holmes.tools.shell_words import OUTPUT, CodePlace, Place, Quoting, Word, harmless_output

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9@*]")
_EXPANSION = re.compile(r"(?P<sign>[!#]?)(?P<name>[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-])?")
_HEREDOC = re.compile(r"<<(?P<dash>-?)[ \t]*(?P<quote>\\|['\"]?)(?P<end>[^\s'\"\\;|&<>()]+)['\"]?")
# In $'…'; of numbers and control characters only that they are some.
_ANSI = MappingProxyType({"n": "\n", "t": "\t"} | dict.fromkeys("abcefruUvxE01234567", "\ue002"))
# Keywords with a command behind them.
_LEADING = frozenset({"if", "then", "else", "elif", "do", "while", "until", "!", "{", "time"})


class Script:
    """The commands of a script, and the place of each marker in it.

    It reads words, quotes, substitutions and here-documents as bash does, and of the grammar as
    much as tells where a command begins. What it takes for another place than bash does costs a
    value its quotes at worst: values travel in variables (see `template`).
    """

    def __init__(self, text: str, marker: re.Pattern[str]) -> None:
        self.commands: list[list[Word]] = []
        self.code: list[CodePlace] = []
        self.places: dict[int, Place] = {}
        self.text, self.marker, self.at = text, marker, 0
        self.heredocs: list[re.Match[str]] = []
        self.feeds: set[int] = set()  # commands whose output goes into a pipe
        self.targets: list[Word] = []  # files that are written
        self.defaults: list[tuple[str, Word]] = []  # ${name:=word}
        while self.at < len(text):
            self.read_to("")

    def filled(self, fill: Callable[[re.Match[str], Place], str]) -> str:
        """The text with `fill(match, place)` in place of each marker."""
        bare = Place(quoting="bare", word_start=False)
        return self.marker.sub(
            lambda match: fill(match, self.places.get(match.start(), bare)), self.text
        )

    def line(self) -> int:
        """The number of the line that is read."""
        return self.text.count("\n", 0, self.at) + 1

    def starts(self, *texts: str) -> bool:
        """Whether one of these texts stands here."""
        return self.text.startswith(texts, self.at)

    def read_to(self, end: str) -> None:
        """Commands up to `end`, the close of the substitution that they stand in."""
        _Commands(self, end).read()

    # What stands in a word.

    def piece(self, word: Word, quoting: Quoting) -> None:
        """Read one piece at this place into a word."""
        char = self.text[self.at]
        if match := self.marker.match(self.text, self.at):
            self.value(match, word, quoting)
        elif char == "\\":
            self._escaped(word)
        elif char == "$":
            self._dollar(word, quoting)
        elif char == "`":
            self.at += 1
            self.substituted(word, "`", quoting)
        elif quoting == "bare" and char in "'\"":
            self._quoted(word, "single" if char == "'" else "double")
        else:
            word.pieces.append(("text", char))
            self.at += 1

    def value(self, match: re.Match[str], word: Word, quoting: Quoting) -> None:
        """Read a marker into a word, and keep its place."""
        self.places[match.start()] = Place(quoting=quoting, word_start=not word.pieces)
        word.pieces.append(("value", match.group(1)))
        self.at = match.end()

    def _escaped(self, word: Word, means: Mapping[str, str] = MappingProxyType({})) -> None:
        self.at += 1
        if match := self.marker.match(self.text, self.at):
            self.code.append(
                CodePlace(line=self.line(), what="a backslash", values=(match.group(1),))
            )
        elif self.at < len(self.text):
            char = self.text[self.at]
            if char != "\n":
                word.pieces.append(("text", means.get(char, char)))
            self.at += 1

    def _quoted(self, word: Word, quoting: Quoting) -> None:
        """A quoted text; a quote that stays open ends with the script."""
        end = '"' if quoting == "double" else "'"
        self.at += 1
        while self.at < len(self.text) and self.text[self.at] != end:
            if quoting == "double":
                self.piece(word, "double")
            elif match := self.marker.match(self.text, self.at):
                self.value(match, word, quoting)
            elif quoting == "ansi" and self.starts("\\"):
                self._escaped(word, _ANSI)
            else:
                word.pieces.append(("text", self.text[self.at]))
                self.at += 1
        self.at += 1
        if not word.pieces:
            word.pieces.append(("text", ""))

    def _dollar(self, word: Word, quoting: Quoting) -> None:
        if self.starts("$(("):
            self.arithmetic(word, 3, "))")
        elif self.starts("$["):
            self.arithmetic(word, 2, "]")
        elif self.starts("$("):
            self.at += 2
            self.substituted(word, ")", quoting)
        elif self.starts("${"):
            self._braces(word, quoting)
        elif quoting == "bare" and self.starts("$'"):
            self.at += 1
            self._quoted(word, "ansi")
        elif match := _VARIABLE.match(self.text, self.at + 1):
            word.pieces.append(("bare" if quoting == "bare" else "quoted", match.group()))
            self.at = match.end()
        else:
            word.pieces.append(("text", "$"))
            self.at += 1

    def substituted(self, word: Word, end: str, quoting: Quoting = "bare") -> None:
        """Read a command substitution into a word."""
        before = len(self.commands)
        self.read_to(end)
        read = enumerate(self.commands[before:], before)
        harmless = harmless_output([command for at, command in read if at not in self.feeds])
        kind: Literal["bare", "quoted"] = "bare" if quoting == "bare" else "quoted"
        word.pieces.append(("text", "\0") if harmless else (kind, OUTPUT))
        # What echo prints is what it was given; of other programs nobody knows.
        for command in () if harmless else self.commands[before:]:
            if command and command[0].text in {"echo", "printf"}:
                parts = [piece for part in command for piece in part.pieces]
                word.pieces += (piece for piece in parts if piece[0] != "text")

    def arithmetic(self, word: Word | None, skip: int, end: str) -> None:
        """An expression: the shell evaluates every value in it, and what that names."""
        line, inner = self.line(), Word(line=self.line())
        self.at += skip
        depth = 0
        while self.at < len(self.text) and (depth > 0 or not self.starts(end)):
            depth += {"(": 1, ")": -1}.get(self.text[self.at], 0)
            if self.text[self.at] in "'\"":
                self.at += 1
            else:
                self.piece(inner, "double")
        self.at += len(end)
        self._evaluated(inner, "an arithmetic expression", line)
        if word is not None:
            word.pieces.append(("text", "\0"))

    def _evaluated(self, inner: Word, what: str, line: int) -> None:
        names = {part for kind, part in inner.pieces if kind in {"bare", "quoted"}}
        values = tuple(part for kind, part in inner.pieces if kind == "value")
        place = CodePlace(
            line=line,
            what=what,
            values=values,
            names=frozenset({*names, *_NAME.findall(inner.text)}),
        )
        self.code.append(place)

    def _braces(self, word: Word, quoting: Quoting) -> None:
        """`${…}`: a variable, and what is done with it."""
        line = self.line()
        kind: Literal["bare", "quoted"] = "bare" if quoting == "bare" else "quoted"
        match = _EXPANSION.match(self.text, self.at + 2)
        sign, name = (match["sign"], match["name"] or "") if match else ("", "")
        self.at = match.end() if match else self.at + 2
        inner = Word(line=line)
        while self.at < len(self.text) and self.text[self.at] != "}":
            if self.starts("'", '"') and quoting == "bare":
                self._quoted(inner, "single" if self.starts("'") else "double")
            else:
                self.piece(inner, "double")
        self.at += 1
        rest = inner.text
        if rest.startswith("[") or re.match(r":(?![-=?+])", rest):
            self._evaluated(inner, "an index or a substring of a variable", line)
        elif sign == "!" or rest.endswith("@P"):
            what = "an expansion that reads the value again"
            values = tuple(part for kind, part in inner.pieces if kind == "value")
            place = CodePlace(line=line, what=what, values=values, names=frozenset({name}))
            self.code.append(place)
        if re.match(r":?[-=+]", rest) and not re.fullmatch(r":?[-=+][0-9\0]*", rest):
            word.pieces.append((kind, OUTPUT))
        if rest.startswith((":=", "=")):
            self.defaults.append((name, inner))
        if sign == "!":
            name = OUTPUT  # whatever the variable holds that this one names
        if sign == "#" or not name:
            word.pieces.append(("text", "\0"))
        else:
            word.pieces.append((kind, name))
        word.pieces += (piece for piece in inner.pieces if piece[0] != "text")


class _Commands:
    """One list of commands, up to the end of the script or of a substitution."""

    def __init__(self, script: Script, end: str) -> None:
        self._script, self._end = script, end
        self._command: list[Word] = []
        self._word: Word | None = None
        self._target = ""  # the next word is a file that is read, or written if it holds ">"
        self._cases = 0

    def read(self) -> None:
        script = self._script
        text = script.text
        while script.at < len(text):
            if self._end and script.starts(self._end) and not (self._end == ")" and self._cases):
                script.at += 1
                break
            self._step(text[script.at])
        self._end_command()

    def _step(self, char: str) -> None:
        script = self._script
        if char in ";|&)" and self._word is not None and self._word.text == "]]":
            self._end_word()
        if char in " \t":
            self._end_word()
            script.at += 1
        elif char == "\n":
            self._end_command()
            script.at += 1
            self._here_documents()
        elif char == "#" and self._word is None:
            ending = script.text.find("\n", script.at)
            script.at = len(script.text) if ending < 0 else ending
        elif char in "<>" and not self._in_test():
            self._redirect()
        elif char in ";|&" and not self._in_test():
            self._end_command()
            if char == "|" and not script.starts("||"):
                script.feeds.add(len(script.commands) - 1)
            script.at += 2 if script.starts("||") else 1
        elif char in "()" and not self._in_test():
            self._parenthesis(char)
        else:
            if self._word is None:
                self._word = Word(line=script.line())
            script.piece(self._word, "bare")

    def _in_test(self) -> bool:
        return bool(self._command) and self._command[0].text == "[["

    def _parenthesis(self, char: str) -> None:
        script = self._script
        if char == ")":
            if self._cases:
                self._command, self._word = [], None  # a pattern
            self._end_command()
            script.at += 1
        elif script.starts("((") and self._word is None:
            for_loop = bool(self._command) and self._command[0].text == "for"
            if for_loop or not self._command:
                script.arithmetic(None, 2, "))")
            else:
                script.at += 1
        elif self._word is not None and self._word.text.endswith("="):
            script.at += 1
            self.array(self._word)
        else:
            self._end_command()
            script.at += 1
            script.read_to(")")

    def array(self, word: Word) -> None:
        script = self._script
        word.pieces.append(("text", "("))
        while script.at < len(script.text) and not script.starts(")"):
            if script.text[script.at] in " \t\n":
                word.pieces.append(("text", " "))
                script.at += 1
            else:
                script.piece(word, "bare")
        script.at += 1

    def _redirect(self) -> None:
        script = self._script
        char = script.text[script.at]
        heredoc = None if script.starts("<<<") else _HEREDOC.match(script.text, script.at)
        if self._word is not None and self._word.text.isdigit():
            self._word = None
        self._end_word()
        if heredoc is not None:
            script.heredocs.append(heredoc)
            script.at = heredoc.end()
        elif script.starts("<(", ">("):
            script.at += 2
            self._word = Word(line=script.line())
            script.substituted(self._word, ")")
        else:
            self._target = "" if script.starts("<<<") else char
            if not self._target:
                self._command.append(Word(line=script.line(), pieces=[("text", "<<<")]))
            while script.at < len(script.text) and script.text[script.at] in "<>&|":
                self._target += ">" if self._target and script.starts(">") else ""
                script.at += 1

    def _here_documents(self) -> None:
        """The bodies that begin on this line; of one with a quoted end nothing is expanded."""
        script = self._script
        waiting, script.heredocs = script.heredocs, []
        for heredoc in waiting:
            word = Word(line=script.line())
            while script.at < len(script.text):
                stop = script.text.find("\n", script.at)
                stop = len(script.text) if stop < 0 else stop
                line = script.text[script.at : stop]
                if (line.lstrip("\t") if heredoc["dash"] else line) == heredoc["end"]:
                    script.at = stop
                    break
                while script.at < min(stop, len(script.text)):
                    self._in_here_document(word, literal=bool(heredoc["quote"]))
                word.pieces.append(("text", "\n"))
                script.at += 1
            owner = script.commands[-1] if script.commands else []
            owner.append(Word(line=word.line, pieces=[("text", "<<"), *word.pieces]))

    def _in_here_document(self, word: Word, *, literal: bool) -> None:
        script = self._script
        if match := script.marker.match(script.text, script.at):
            script.value(match, word, "literal" if literal else "double")
            if literal:
                what = "a here-document with a quoted end, in which no variable is read"
                value = (match.group(1),)
                script.code.append(CodePlace(line=script.line(), what=what, values=value))
        elif literal:
            word.pieces.append(("text", script.text[script.at]))
            script.at += 1
        else:
            script.piece(word, "double")

    def _end_word(self) -> None:
        word, self._word = self._word, None
        if word is None:
            return
        if self._target:
            self._script.targets += [word] if ">" in self._target else []
            self._target = ""
            return
        text = word.text
        if not self._command and text in _LEADING:
            return
        if not self._command:
            self._cases += {"case": 1, "esac": -1}.get(text, 0)
        elif (self._command[0].text, text) in {("case", "in"), ("function", "{")}:
            self._end_command()
            return
        if self._in_test() and text == "]]":
            self._end_command()
            return
        self._command.append(word)

    def _end_command(self) -> None:
        self._end_word()
        self._target = ""
        if self._command:
            self._script.commands.append(self._command)
            self._command = []
