"""What a model's values choose in a script of the user's: never what kubectl and the like do."""

import re
from collections.abc import Collection

from holmes.policy.programs import known
from holmes.policy.tables import Refusal

_END = re.compile(r"[|;&\n()`]")


def refused_verb(script: str, values: Collection[str], variables: Collection[str]) -> Refusal:
    """Why a script may not run with these values; empty where they choose no command.

    `variables` are the names that carry values into the script. A script is not parsed: what
    follows a program's name up to the next operator is taken for its words, and of those the
    command itself has to be the author's.
    """
    chosen = {*values, *(f"${{{name}}}" for name in variables)}
    for name, program in known().items():
        if "" in program.commands:
            continue
        for match in re.finditer(rf"(?<![\w./-]){re.escape(name)}\s+", script):
            words = _END.split(script[match.end() :], maxsplit=1)[0].split()
            for word in _leading(words, program.groups):
                if word.strip("\"'") in chosen:
                    return f"an argument may not choose what {name} does in a script"
    return ""


def _leading(words: list[str], groups: Collection[str]) -> list[str]:
    """The words up to the command, both words of it where it has two."""
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 1 if "=" in words[at] else 2
    end = at + 2 if at < len(words) and words[at] in groups else at + 1
    # The value of a flag such as `-n {{ namespace }}` is the model's to choose.
    return words[at:end]
