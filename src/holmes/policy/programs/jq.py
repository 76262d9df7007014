"""jq: filters over JSON from the pipe; no modules, no files, no environment."""

import re

from holmes.policy.tables import (
    Command,
    Invocation,
    Program,
    Refusal,
    flags,
)

# `env` as a function; `.env` and "env" are fields, and pods have many.
_ENVIRONMENT = re.compile(r"\$ENV\b|\$__prog|(?<![.\w\"$])env\b(?!\"?\s*:)")
# `{name, image, env}` takes fields of these names.
_SHORTHAND = re.compile(r"\{\s*[a-z]\w*\s*(?:,\s*[a-z]\w*\s*)*\}", re.ASCII | re.IGNORECASE)
# A module is imported at the start of a program, and nowhere else.
_MODULES = re.compile(
    r"\s*(#|module\b|import\b|include\b)|\b(import|include)\s*\"|\bget_search_list"
)
_FILES = re.compile(r"\binput_filename\b|@base(64|32)\b|\b(explode|implode)\b")


def _check(found: Invocation) -> Refusal:
    if not found.operands:
        return "jq needs a filter"
    program = found.operands[0]
    if _ENVIRONMENT.search(_SHORTHAND.sub("{}", program)):
        return "the environment is not shown (jq's env and $ENV)"
    if _MODULES.search(program):
        return "jq's modules and comments are not allowed"
    if _FILES.search(program):
        return "jq's encoders and file names are not allowed"
    return ""


PROGRAM = Program(
    name="jq",
    gnu=True,
    operand=None,
    environment="bare",
    files_from=lambda _: 1,
    commands={
        "": Command(
            # No -f, -L, --rawfile, --slurpfile: they read files.
            flags=flags(
                "raw-output/r raw-input/R compact-output/c null-input/n slurp/s sort-keys/S "
                "exit-status/e ascii-output/a join-output/j tab color-output/C monochrome-output/M "
                "arg== argjson== indent="
            ),
            check=_check,
            ends=frozenset({0, 1, 4}),
        )
    },
)
