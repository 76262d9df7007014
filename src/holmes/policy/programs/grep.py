"""grep, egrep and fgrep: over what comes through the pipe, and over files that the user gave."""

from holmes.policy.tables import (
    Command,
    Invocation,
    Program,
    flags,
)


def _files_from(found: Invocation) -> int:
    # The flag counts, not its value: an empty pattern is one, and what follows is a file.
    return 0 if "regexp" in found.flags else 1


# No -r, -f and --include: they choose files.
_FLAGS = flags(
    "extended-regexp/E fixed-strings/F basic-regexp/G perl-regexp/P regexp/e= ignore-case/i/y "
    "no-ignore-case invert-match/v word-regexp/w line-regexp/x count/c color colour "
    "only-matching/o quiet/silent/q no-messages/s max-count/m= line-number/n "
    "with-filename/H no-filename/h after-context/A= before-context/B= context/C= "
    "line-buffered text/a files-with-matches/l "
    "files-without-match/L initial-tab/T"
)

PROGRAMS = tuple(
    Program(
        name=name,
        gnu=True,
        operand=None,
        environment="bare",
        files_from=_files_from,
        number="C",
        commands={"": Command(flags=_FLAGS, ends=frozenset({0, 1}))},
    )
    for name in ("grep", "egrep", "fgrep")
)
