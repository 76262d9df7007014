"""Printing for people: nothing that a terminal would obey, whoever wrote the text."""

import sys


def say(text: str) -> None:
    """Print to standard output."""
    from holmes.render.text import safe  # noqa: PLC0415  # see cli/main.py

    print(safe(text), flush=True)


def warn(text: str) -> None:
    """Print to standard error."""
    from holmes.render.text import safe  # noqa: PLC0415  # see cli/main.py

    print(safe(text), file=sys.stderr, flush=True)


def say_json(value: object, indent: int | None = 2) -> None:
    """Print a JSON document to standard output."""
    from holmes.render.text import as_json  # noqa: PLC0415  # see cli/main.py

    print(as_json(value, indent=indent), flush=True)
