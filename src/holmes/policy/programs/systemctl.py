"""systemctl: units of the host that holmes runs on."""

import re

from holmes.policy.tables import (
    Command,
    Program,
    flags,
    names,
)

_LIST = Command(
    flags=flags("all/a type/t= state= failed full/l plain no-legend output/o= recursive/r")
)
_STATE = Command(flags=flags("quiet/q"), ends=frozenset({0, 1, 3, 4}))

PROGRAM = Program(
    name="systemctl",
    gnu=True,
    default="list-units",
    operand=re.compile(r"[A-Za-z0-9@*?][A-Za-z0-9@:._*?-]*", re.ASCII),
    common=flags("no-pager user system"),
    commands={
        "status": Command(flags=flags("full/l lines/n= all/a"), ends=frozenset({0, 1, 3, 4})),
        "show": Command(flags=flags("property/p= value all/a")),
        "cat": Command(),
        "list-units": _LIST,
        "list-unit-files": _LIST,
        "list-timers": _LIST,
        "list-sockets": _LIST,
        "list-jobs": Command(),
        "list-dependencies": Command(flags=flags("all/a reverse before after plain")),
        "is-active": _STATE,
        "is-enabled": _STATE,
        "is-failed": _STATE,
        "is-system-running": Command(ends=frozenset({0, 1})),
        "get-default": Command(operands=0),
    },
    granted=flags("no-pager no-block"),
    changes=names(
        "daemon-reload disable enable kill mask poweroff reboot reload reload-or-restart "
        "reset-failed restart start stop try-restart unmask"
    ),
)
