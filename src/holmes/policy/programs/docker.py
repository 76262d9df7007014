"""docker, and podman and nerdctl, which are spoken to alike: containers and images on this host."""

import re
from collections.abc import Mapping
from dataclasses import replace

from holmes.policy.tables import (
    Command,
    Invocation,
    Program,
    Refusal,
    flags,
)
from holmes.policy.templates import refused_template

# A time to come would be waited for.
_AGO = re.compile(r"([0-9]+(\.[0-9]+)?[hms])+")


def _check_stats(found: Invocation) -> Refusal:
    if found.flags.get("no-stream", ()) != ("true",):
        return "stats needs --no-stream: it goes on else"
    return _check_format(found)


def _check_format(found: Invocation) -> Refusal:
    for template in found.flags.get("format", ()):
        if refused := refused_template(template):
            return refused
    return ""


def _check_events(found: Invocation) -> Refusal:
    if _AGO.fullmatch(found.value("until")):
        return _check_format(found)
    return "events needs --until, a time ago such as 0s or 5m: it waits for more otherwise"


_LIST = "all/a filter/f= format= no-trunc quiet/q"
_PS = Command(flags=flags(f"{_LIST} last/n= latest/l size/s"), operands=0)
_IMAGES = Command(flags=flags(f"{_LIST} digests"), operands=1)
_INSPECT = Command(flags=flags("format/f= size/s type="))
_LOGS = Command(flags=flags("details since= until= tail/n= timestamps/t"), operands=1)
_STATS = Command(flags=flags("all/a format= no-stream no-trunc"), check=_check_stats)
# What follows the container's name goes to ps on the host.
_TOP = Command(operands=1)
_PORT = Command(operands=2)
_DIFF = Command(operands=1)
_HISTORY = Command(flags=flags("format= human/H no-trunc quiet/q"), operands=1)
_NAMED = Command(flags=flags("format/f= verbose/v"))
_TASKS = Command(flags=flags("filter/f= format= no-resolve no-trunc quiet/q"))

_COMMANDS = {
    "ps": _PS,
    "container ls": _PS,
    "container list": _PS,
    "container ps": _PS,
    "images": _IMAGES,
    "image ls": _IMAGES,
    "image list": _IMAGES,
    "inspect": _INSPECT,
    "container inspect": _INSPECT,
    "image inspect": _NAMED,
    "network inspect": _NAMED,
    "volume inspect": _NAMED,
    "logs": _LOGS,
    "container logs": _LOGS,
    "stats": _STATS,
    "container stats": _STATS,
    "top": _TOP,
    "container top": _TOP,
    "port": _PORT,
    "container port": _PORT,
    "diff": _DIFF,
    "container diff": _DIFF,
    "history": _HISTORY,
    "image history": _HISTORY,
    "version": Command(flags=flags("format/f="), operands=0),
    "info": Command(flags=flags("format/f="), operands=0),
    "system info": Command(flags=flags("format/f="), operands=0),
    "system df": Command(flags=flags("verbose/v format="), operands=0),
    "events": (
        _events := Command(
            flags=flags("filter/f= format= since= until="), operands=0, check=_check_events
        )
    ),
    "system events": _events,
    "network ls": Command(flags=flags("filter/f= format= no-trunc quiet/q"), operands=0),
    "volume ls": Command(flags=flags("filter/f= format= quiet/q"), operands=0),
    "compose ls": Command(flags=flags("all/a filter= format= quiet/q"), operands=0),
    "node ls": Command(flags=flags("filter/f= format= quiet/q"), operands=0),
    "node ps": _TASKS,
    "service ls": Command(flags=flags("filter/f= format= quiet/q"), operands=0),
    "service ps": _TASKS,
    "service inspect": _NAMED,
    "service logs": _LOGS,
    "stack ls": Command(flags=flags("format="), operands=0),
    "stack ps": _TASKS,
    "stack services": _TASKS,
    "secret ls": Command(flags=flags("filter/f= format= quiet/q"), operands=0),
}

# Every command that takes a template has it looked at.
_CHECKED: Mapping[str, Command] = {
    path: replace(command, check=_check_format)
    if "format" in command.flags and command.check is None
    else command
    for path, command in _COMMANDS.items()
}
# `-n` is a switch of podman's logs, and what is glued to it would be flags that nobody judged.
_PODMAN_LOGS = Command(flags=flags("since= until= tail= timestamps/t"), operands=1)
_PODMAN = {
    **_CHECKED,
    "logs": _PODMAN_LOGS,
    "container logs": _PODMAN_LOGS,
    "pod ps": (_pods := Command(flags=flags("filter/f= no-trunc quiet/q"), operands=0)),
    "pod ls": _pods,
}

_CHANGES = frozenset(
    f"{group} {verb}".strip()
    for groups, verbs in (
        (("", "container"), "kill pause prune rename restart rm start stop unpause update"),
        (("",), "rmi"),
        (("compose",), "down pause restart start stop unpause"),
        (("image", "volume", "system"), "prune"),
        (("image", "volume", "network", "service", "stack"), "rm"),
        (("network",), "connect disconnect prune"),
        (("pod",), "kill pause restart rm start stop unpause"),
        (("service",), "rollback scale"),
    )
    for group in groups
    for verb in verbs.split()
)

PROGRAMS = tuple(
    Program(
        name=name,
        commands=_PODMAN if name == "podman" else _CHECKED,
        common=flags("help"),
        granted=flags("time/t= signal/s= force/f volumes/v"),
        changes=_CHANGES,
    )
    for name in ("docker", "podman", "nerdctl")
)
