"""The port that a probe asks, and the ports that a container opens as far as anything tells."""

import re
from collections.abc import Sequence

from holmes.triage.fields import Obj, dig, items, number, text
from holmes.triage.pods import Container, command_line, environment, listens_on

# A port of its own: behind "port", or behind an address, which is no other host's name.
LISTENS = re.compile(
    r"(?i)\b(?:listen|serv|start|run|bound|bind)\w*\b.*?"
    r"(?:\bports?\b\D{0,12}?|(?:localhost|[\d*\]\s\"'=]):)(\d{2,5})\b(?![:.]\d)"
)
# How programs are told their own port; DB_PORT and the like are somebody else's.
_TOLD = re.compile(
    r"(?i)(?<![\w-])(?:--?)?(?:(?:app|http|server|grpc|listen|bind|web)[-_.])?"
    r"(?:port|addr(?:ess)?|listen|bind)[ =](?:\S*:)?(\d{2,5})(?!\S)"
)
HANDLERS = ("httpGet", "tcpSocket", "grpc")


def asked(probe: Obj) -> object:
    """The port of a probe as its spec has it, a number or a name; None where it asks none."""
    return next((port for each in HANDLERS if (port := dig(probe, each, "port"))), None)


def asked_port(container: Container, probe: Obj) -> int:
    """The number of the port that a probe asks; 0 where it asks none or an unknown name."""
    port = str(asked(probe) or "")
    named = {text(each, "name"): number(each, "containerPort")
             for each in items(container.spec, "ports")}  # fmt: skip
    return int(port) if port.isdigit() else named.get(port, 0)


def only_port(container: Container, lines: Sequence[str]) -> int:
    """The one port that a container opens, by its log, else as declared; 0 where there are more."""
    heard = {int(match[1]) for line in lines if (match := LISTENS.search(line))}
    ports = heard or {*listens_on(container.pod)}
    return next(iter(ports)) if len(ports) == 1 else 0


def wrong_port(container: Container, probe: Obj, lines: Sequence[str] = ()) -> str:
    """Why a probe's port can't be the right one; empty where it may be.

    By the log, else by what the program is told to open, else by the declared ports.
    """
    port = asked_port(container, probe)
    if not port:
        name = asked(probe)
        return f"the container has no port named {name}" if name else ""
    if heard := [int(match[1]) for line in lines if (match := LISTENS.search(line))]:
        return "" if port in heard else f"the app listens on port {heard[-1]}, not {port}"
    declared = listens_on(container.pod)
    variables = [f"{key}={value}" for key, value in environment(container.spec).items()]
    told = " ".join([command_line(container.spec), *variables])
    meant = [int(match[1]) for match in _TOLD.finditer(told)]
    if port in meant or port in declared:
        return ""
    if meant:
        return f"the app is told to listen on port {meant[0]}, not {port}"
    ports = ", ".join(map(str, declared))
    return f"the container's ports are {ports}, not {port}" if declared else ""
