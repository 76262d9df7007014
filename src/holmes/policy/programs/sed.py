"""sed: lines chosen by number or pattern, and substitutions, of all that it can do."""

import re

from holmes.policy.tables import (
    Command,
    Invocation,
    Program,
    Refusal,
    flags,
)

# A bracket holds no delimiter and is closed: seds differ in where they see the end otherwise.
_BRACKET = r"\[\^?(?:[^][/#,|\\\n]|\[:[a-z]+:\])+\]"


def _text(sign: str) -> str:
    """Text up to an unescaped delimiter."""
    return rf"(?:[^{sign}\[\\\n]|\\[^\n]|{_BRACKET})*"


_ADDRESS = rf"(?:[0-9]+|\$|/{_text('/')}/I?)"
_SUBSTITUTION = "|".join(
    rf"s{sign}{_text(sign)}{sign}(?:[^{sign}\\\n]|\\[^\n])*{sign}[gpI0-9]*"
    for sign in ("/", "#", ",", r"\|")
)
# One command of each: print, delete, quit, number a line, substitute. Not w, r, e, R, W, i, a, c.
_COMMAND = rf"(?:{_ADDRESS}(?:,{_ADDRESS})?)?\s*!?(?:[pdq=]|{_SUBSTITUTION})"
_SCRIPT = re.compile(rf"\s*{_COMMAND}(?:\s*;\s*{_COMMAND})*\s*")


def _check(found: Invocation) -> Refusal:
    scripts = found.flags.get("expression", ()) or found.operands[:1]
    if not scripts:
        return "sed needs a script"
    for script in scripts:
        if not _SCRIPT.fullmatch(script):
            return f'the sed script "{script}" is not understood: lines, patterns, p, d, q, s only'
    return ""


PROGRAM = Program(
    name="sed",
    gnu=True,
    operand=None,
    environment="bare",
    files_from=lambda found: 0 if "expression" in found.flags else 1,
    commands={
        "": Command(
            flags=flags("quiet/silent/n regexp-extended/E/r expression/e= separate/s"), check=_check
        )
    },
)
