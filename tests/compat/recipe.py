"""How one server is installed and started: one file a server in `servers/`, with its `RECIPES`."""

import pkgutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Serving:
    """A server that answers: its address with /v1, the name of its model, its own version.

    api_key  "" where it wants none
    """

    base_url: str
    model: str
    version: str
    api_key: str = ""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One set-up of one server; `serve` installs what is missing and starts it.

    name         what `just compat` takes
    server       as the tables call it
    setup        the flags that matter, in a few words
    weights      which model it serves, as the page calls it
    find_window  whether a prompt of 40,000 tokens may be sent to learn the window
    serve        takes the file for the server's log
    """

    name: str
    server: str
    setup: str
    weights: str
    serve: Callable[[Path], AbstractContextManager[Serving]]
    find_window: bool = True


def recipes() -> dict[str, Recipe]:
    """All of them, by name."""
    folder = Path(__file__).parent / "servers"
    found = {}
    for module in sorted(item.name for item in pkgutil.iter_modules([str(folder)])):
        for recipe in import_module(f"compat.servers.{module}").RECIPES:
            found[recipe.name] = recipe
    return found
