"""awk: columns of lines that fit a condition; the language can do much more."""

import re

from holmes.policy.tables import (
    Command,
    Invocation,
    Program,
    Refusal,
    flags,
)

_FIELD = r"\$(?:NF|[0-9]{1,3})"
_TEXT = r'"[^"\\\n]*"'
_VALUE = rf"(?:{_FIELD}|NR|NF|[0-9]+(?:\.[0-9]+)?|{_TEXT}|[a-z][a-z0-9]?|sum|count|total)"
# Nothing in it could be a call or an operator: an awk may take a slash for a division.
_PATTERN = r"/[A-Za-z0-9_ .:|^$*+-]+/"
_CONDITION = (
    rf"(?:{_VALUE}\s*(?:==|!=|<=|>=|<|>)\s*{_VALUE}|{_FIELD}\s*!?~\s*{_PATTERN}|!?\s*{_PATTERN})"
)
_CONDITIONS = rf"{_CONDITION}(?:\s*(?:&&|\|\|)\s*{_CONDITION})*"
_VALUES = rf"{_VALUE}(?:\s*,?\s*{_VALUE})*"
_STEP = (
    rf"(?:print(?:\s+{_VALUES}|\s*(?=[;}}]))|(?:sum|count|total|[a-z])\s*(?:\+=\s*{_FIELD}|\+\+))"
)
_ACTION = rf"\{{\s*{_STEP}(?:\s*;\s*{_STEP})*\s*;?\s*\}}"
_RULE = rf"(?:END\s*|{_CONDITIONS}\s*)?{_ACTION}"
# A condition without an action ends the program: what follows it could be read as a part of it.
_PROGRAM = re.compile(rf"\s*(?:{_CONDITIONS}|(?:{_RULE}\s*)+(?:{_CONDITIONS})?)\s*")


def _check(found: Invocation) -> Refusal:
    if found.operands and _PROGRAM.fullmatch(found.operands[0]):
        return ""
    return "this awk program is not understood: conditions on columns, print and sums only"


PROGRAMS = tuple(
    Program(
        name=name,
        gnu=True,
        operand=None,
        environment="bare",
        files_from=lambda _: 1,
        commands={"": Command(flags=flags("field-separator/F="), check=_check)},
    )
    for name in ("awk", "gawk", "mawk")
)
