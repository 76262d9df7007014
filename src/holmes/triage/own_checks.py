"""Checks that users bring: a Python file or a CEL expression each, in a folder of their own.

They are looked for in `~/.holmes/checks`, in the folders that HOLMES_CHECKS names (separated as in
PATH), and where `holmes scan --checks DIR` says. Installed packages add theirs by entry points.
"""

import importlib.util
import os
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import ModuleType

from holmes.core.errors import UsageError
from holmes.core.finding import Finding
from holmes.tools.plugins import installed
from holmes.triage.logs import LogReader
from holmes.triage.objects import ObjectSet
from holmes.triage.run import Check

DEFAULT_FOLDER = Path("~/.holmes/checks")
VARIABLE = "HOLMES_CHECKS"
ENTRY_POINTS = "holmes.checks"
"""The group of entry points by which an installed package adds checks, a module each."""


@dataclass(kw_only=True, slots=True)
class OwnCheck:
    """One check of a user's; what goes wrong in it is kept in `fault`, and costs no other check."""

    path: Path
    check: Check
    fault: str = ""
    __name__: str = field(init=False, default="")

    def __post_init__(self) -> None:
        self.__name__ = self.path.stem

    def find(self, objects: ObjectSet, logs: LogReader, /) -> Iterator[Finding]:
        """What the check finds, up to the point where it fails."""
        self.fault = ""
        try:
            with _told_by_file(self.path):
                found: Iterator[object] = self.check.find(objects, logs)
                for each in found:
                    if not isinstance(each, Finding):
                        kind = type(each).__name__
                        raise TypeError(f"find() gave a {kind} where a Finding belongs")
                    yield each
        except UsageError as error:
            self.fault = str(error)


def folders(
    more: Sequence[Path] = (), environment: Mapping[str, str] = os.environ
) -> tuple[Path, ...]:
    """The folders to look in, the default one first.

    Raises UsageError where one that was asked for is missing.
    """
    asked = [Path(each) for each in environment.get(VARIABLE, "").split(os.pathsep) if each]
    asked += more
    for folder in asked:
        if not folder.is_dir():
            raise UsageError(
                f'The folder of checks "{folder}" does not exist.',
                hint=f"Correct --checks or {VARIABLE}.",
            )
    default = DEFAULT_FOLDER.expanduser()
    return tuple(dict.fromkeys([*([default] if default.is_dir() else []), *asked]))


def load(places: Sequence[Path]) -> tuple[OwnCheck, ...]:
    """Every check in these folders and of packages; raises UsageError with what is at fault."""
    return tuple(make() for make in _makers(places))


def load_usable(places: Sequence[Path]) -> tuple[tuple[OwnCheck, ...], tuple[str, ...]]:
    """The checks that load, and one line for each that does not."""
    usable: list[OwnCheck] = []
    faults: list[str] = []
    for make in _makers(places):
        try:
            usable.append(make())
        except UsageError as error:
            faults.append(str(error))
    return tuple(usable), tuple(faults)


def _makers(places: Sequence[Path]) -> Iterator[Callable[[], OwnCheck]]:
    for path in _files(places):
        yield partial(_load_file, path)
    for name, module, fault in installed(ENTRY_POINTS):
        yield partial(_of_package, name, module, fault)


def _of_package(name: str, module: ModuleType | None, fault: str) -> OwnCheck:
    if module is None:
        raise UsageError(f'The check "{name}" of a package can\'t be loaded: {fault}.')
    path = Path(module.__file__ or name)
    return OwnCheck(path=path, check=_as_check(path, module))


def _files(places: Sequence[Path]) -> list[Path]:
    found = [path for folder in places for path in sorted(folder.iterdir())]
    known = (path for path in found if path.suffix in {".py", ".yaml", ".yml"})
    return [path for path in known if not path.name.startswith(("_", "."))]


def _load_file(path: Path) -> OwnCheck:
    if path.suffix != ".py":
        from holmes.triage.cel_check import read  # noqa: PLC0415  # only where a file is one

        return OwnCheck(path=path, check=read(path))
    spec = importlib.util.spec_from_file_location(f"holmes_own_checks.{path.stem}", path)
    if spec is None or spec.loader is None:
        raise UsageError(f'The check "{path}" can\'t be loaded as Python.')
    module = importlib.util.module_from_spec(spec)
    with _told_by_file(path):
        spec.loader.exec_module(module)
    return OwnCheck(path=path, check=_as_check(path, module))


def _as_check(path: Path, module: ModuleType) -> Check:
    if not callable(getattr(module, "find", None)):
        raise UsageError(
            f'The check "{path}" has no `find(objects, logs)`.',
            hint="docs/triage.md shows one.",
        )
    check: Check = module  # its find was just looked at
    return check


@contextmanager
def _told_by_file(path: Path) -> Iterator[None]:
    """Whatever a user's file raises, as one line with its place in that file."""
    try:
        yield
    except SyntaxError as error:
        raise UsageError(f'The check "{path}", line {error.lineno}: {error.msg}.') from error
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == str(path)]
        where = f", line {lines[-1]}" if lines else ""
        what = f"{type(error).__name__}: {error}".rstrip(": ")
        raise UsageError(f'The check "{path}"{where}: {what}.') from error
