"""The command line's own errors: one line with what was wrong and the nearest that is right."""

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from typing import NoReturn

USAGE = 2
"""Exit code of `holmes.core.errors.UsageError`, whose module need not be loaded for these."""

_NOTHING_CHOSEN = "the following arguments are required: "
# What argparse says, in the versions of Python that are supported, and what is said instead.
_SAID = (
    (r"argument (.+?): invalid int value: '(.*)'", r'\1: "\2" is not a whole number.'),
    (r"argument (.+?): invalid float value: '(.*)'", r'\1: "\2" is not a number.'),
    (r"argument (.+?): invalid choice: '(.*)' \(choose from (.+)\)", r'\1: "\2" is none of \3.'),
    (r"argument (.+?): expected (?:one|at least one) argument", r"\1 needs a value."),
    (r"argument (.+?): expected (\d+) arguments", r"\1 needs \2 values."),
    (r"argument (.+?): (.+)", r"\1: \2."),
    (rf"{_NOTHING_CHOSEN}(.+)", r"\1 is missing."),
)


class Parser(argparse.ArgumentParser):
    """argparse without ten lines of usage around each mistake."""

    def error(self, message: str) -> NoReturn:
        """End with one line; with the whole help where no verb was named at all."""
        if message.startswith(_NOTHING_CHOSEN) and len(list(all_of(self))) > 1:
            self.print_help(sys.stderr)
            self.exit(USAGE)
        said = f"{message[:1].upper()}{message[1:]}."
        for pattern, instead in _SAID:
            if match := re.fullmatch(pattern, message, re.DOTALL):
                said = match.expand(instead)
                break
        chosen = re.fullmatch(r".+ invalid choice: '(.*)' \(choose from (.+)\)", message, re.DOTALL)
        near = _nearest(chosen[1], re.findall(r"[\w-]+", chosen[2])) if chosen else ""
        self.exit(USAGE, f"{self.prog}: {said} {self._hint(near)}\n")

    def not_known(self, words: Sequence[str]) -> NoReturn:
        """End because these words are neither flags nor arguments of the command."""
        flags = [word.partition("=")[0] for word in words if word.startswith("-")]
        if not flags:
            self.exit(USAGE, f'{self.prog}: "{words[0]}" is one word too many. {self._see()}\n')
        own = [name for action in self._actions for name in action.option_strings]
        hint = self._hint(_nearest(flags[0], own))
        self.exit(USAGE, f'{self.prog}: There is no flag "{flags[0]}". {hint}\n')

    def _hint(self, near: str) -> str:
        return f'Did you mean "{near}"?' if near else self._see()

    def _see(self) -> str:
        return f"See `{self.prog} --help`."


def _nearest(word: str, known: Sequence[str]) -> str:
    import difflib  # noqa: PLC0415  # only for the message

    return next(iter(difflib.get_close_matches(word, known, n=1)), "")


def all_of(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parser and those of all its verbs."""
    yield parser
    for action in parser._actions:  # noqa: SLF001  # argparse has no other way to its verbs
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for sub in action.choices.values():
                yield from all_of(sub)
