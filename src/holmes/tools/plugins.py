"""What installed packages add, by their entry points."""

from collections.abc import Iterator
from typing import Any


def installed(group: str) -> Iterator[tuple[str, Any, str]]:
    """Each name with what it stands for, and why that can't be loaded where it can't.

    Call it where plug-ins are used, not at the start: it reads the metadata of every package.
    """
    from importlib.metadata import entry_points  # noqa: PLC0415  (20 ms, see above)

    for entry in sorted(entry_points(group=group), key=lambda entry: entry.name):
        try:
            yield entry.name, entry.load(), ""
        except Exception as error:  # noqa: BLE001  (a stranger's module, which may raise anything)
            yield entry.name, None, why(entry.value, error)


def why(what: str, error: Exception) -> str:
    """One line that says what failed in a plug-in, and how."""
    said = " ".join(str(error).split()) or "no reason given"
    return f"{what}: {type(error).__name__}: {said}"
