"""The programs whose reading commands are known, one program a file.

A file is found by its being there: `PROGRAM` in it, or `PROGRAMS` where several share a form.
"""

import importlib
from functools import cache
from pathlib import Path

from holmes.policy.tables import Program


def find(name: str) -> Program | None:
    """The table of a program by its exact name, without a path."""
    return known().get(name)


@cache
def known() -> dict[str, Program]:
    """Every table by its program's name."""
    found: dict[str, Program] = {}
    for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        module = importlib.import_module(f"{__name__}.{path.stem}")
        listed = getattr(module, "PROGRAMS", None) or (module.PROGRAM,)
        found.update({program.name: program for program in listed})
    return found
