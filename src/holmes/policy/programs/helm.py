"""helm: releases and the repositories that are set up already; nothing that renders or fetches."""

from dataclasses import replace
from functools import partial

from holmes.policy.secrets import manifests_without_values
from holmes.policy.tables import (
    Command,
    Invocation,
    Program,
    Refusal,
    Scrub,
    flags,
    names,
)


def _scrub(found: Invocation) -> Scrub:
    del found
    return partial(manifests_without_values, "yaml")


def _check_chart(found: Invocation) -> Refusal:
    for chart in found.operands:
        # "repo/chart"; a URL would be fetched from wherever it says, a path read.
        if chart.count("/") != 1 or ":" in chart or chart.startswith((".", "/")):
            return f'the chart "{chart}" is not allowed: only REPO/CHART of a known repository'
    return ""


def _check_change(found: Invocation) -> Refusal:
    verb, *named = *found.command.split(), *found.operands
    charts = tuple(named[1:]) if verb in {"install", "upgrade"} else ()
    return _check_chart(replace(found, operands=charts))


_RELEASE = flags("revision=")
_OUTPUT = "output/o="
PROGRAM = Program(
    name="helm",
    commands={
        "list": (
            _list := Command(
                flags=flags(
                    f"{_OUTPUT} all/a all-namespaces/A date/d deployed failed pending superseded "
                    "uninstalled uninstalling short/q reverse/r filter/f= max/m= offset= "
                    "selector/l= time-format= no-headers"
                ),
                operands=0,
            )
        ),
        "ls": _list,
        # Not with --output, which prints the whole release, Secrets and all.
        "status": Command(flags=flags("revision= show-desc show-resources"), operands=1),
        "history": (_history := Command(flags=flags(f"{_OUTPUT} max="), operands=1)),
        "hist": _history,
        "get manifest": Command(flags=_RELEASE, operands=1, scrub=_scrub),
        "get hooks": Command(flags=_RELEASE, operands=1, scrub=_scrub),
        "get notes": Command(flags=_RELEASE, operands=1),
        "get metadata": Command(flags=flags(f"revision= {_OUTPUT}"), operands=1),
        "get values": Command(flags=flags(f"revision= all/a {_OUTPUT}"), operands=1),
        "repo list": Command(flags=flags(_OUTPUT), operands=0),
        "search repo": Command(flags=flags(f"{_OUTPUT} versions/l devel version= regexp/r")),
        "show chart": Command(flags=flags("version="), operands=1, check=_check_chart),
        "show values": Command(flags=flags("version="), operands=1, check=_check_chart),
        "show readme": Command(flags=flags("version="), operands=1, check=_check_chart),
        "version": Command(flags=flags("short"), operands=0),
    },
    common=flags("namespace/n= help/h"),
    environment="cluster",
    granted=flags("namespace/n= wait timeout= cleanup-on-fail keep-history dry-run no-hooks"),
    changes=names("install rollback uninstall upgrade"),
    change=_check_change,
)
