"""`holmes model list`: the models that have a name, and what is known of them."""

import argparse
import os
from dataclasses import asdict
from typing import Any

from holmes.cli import options
from holmes.cli.printing import say, say_json, warn
from holmes.config import settings as configuration
from holmes.config.named import NamedModel, Names
from holmes.core.errors import UsageError
from holmes.models import hosted
from holmes.models.client.endpoint import parse_endpoint
from holmes.models.modes.memory import ModelMemory
from holmes.models.price import Price


def show(args: argparse.Namespace) -> int:
    """Print the user's list and the hosted APIs; no server is asked."""
    flags = options.flags(args)
    # Without a model: the list is to be shown even where the one that is set can't be used.
    own = configuration.from_file(flags)
    names = Names(configuration.merged(own, flags, os.environ), flags, own, os.environ)
    models = [_listed(names, name) for name in names.listed.entries]
    apis = [_api(prefix) for prefix in hosted.names()]
    if args.json:
        say_json({"file": str(names.listed.path), "models": models, "apis": apis})
        return 0
    if models:
        say(f"Models of {names.listed.path}:")
        _print(("NAME", "MODEL", "ADDRESS", "WINDOW", "TOOL CALLS", "PRICE", "FALLBACK"), models)
    else:
        warn(f'There is no list of models at "{names.listed.path}"; docs/models.md says how.')
    say("\nHosted APIs, as PREFIX/MODEL:")
    _print(("PREFIX", "NAME", "ADDRESS", "KEY"), apis)
    return 0


def _listed(names: Names, name: str) -> dict[str, Any]:
    """What is known of an entry, or why it can't be used."""
    for key in names.listed.unused(name):
        warn(f'holmes: {names.listed.path}: model "{name}": "{key}" is not used here.')
    try:
        model = names.of_list(name)
    except UsageError as error:
        return {"name": name, "problem": str(error)}
    return {
        "name": name,
        "model": model.model,
        "address": parse_endpoint(model.api_base).base_url,
        "window": model.window or model.documented_window,
        "tool_calls": _tool_calls(model),
        "price": asdict(model.price) if model.price else None,
        "fallback": list(names.fallbacks_of(model)),
    }


def _tool_calls(model: NamedModel) -> str | None:
    """How calls are made, as `holmes model check` or a run found to work; None before either."""
    found = ModelMemory(parse_endpoint(model.api_base).base_url, model.model).recall()
    return found.call_format.mode if found else None


def _api(prefix: str) -> dict[str, Any]:
    api = hosted.find(prefix)
    assert api is not None  # noqa: S101  # it is one of the names
    base, missing = api.address(os.environ)
    return {
        "prefix": prefix,
        "name": api.name,
        "address": base or f"({missing} is not set)",
        "key": f"{api.keys[0]} is {'set' if api.key(os.environ) else 'not set'}",
        "seen": api.seen.isoformat(),
        "source": api.source,
        "quirks": list(api.quirks),
    }


def _print(heads: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    keys = [head.lower().replace(" ", "_") for head in heads]
    lines = [heads, *(tuple(_cell(row.get(key)) for key in keys) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    for line, row in zip(lines, ({}, *rows), strict=True):
        if problem := row.get("problem"):
            say(f"  {row['name'].ljust(widths[0])}  {problem}")
        else:
            cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
            say(f"  {'  '.join(cells)}".rstrip())


def _cell(value: object) -> str:
    match value:
        case None:
            return "?"
        case int():
            return f"{value:,}"
        case list():
            return ", ".join(value)
        case dict():
            price = Price(**value)
            return f"${price.input:g} in, ${price.output:g} out"
        case _:
            return str(value)
