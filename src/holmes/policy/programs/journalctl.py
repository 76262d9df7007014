"""journalctl: the journal of the host that holmes runs on; nothing is rotated or removed."""

import re

from holmes.policy.tables import Command, Program, flags

PROGRAM = Program(
    name="journalctl",
    gnu=True,
    number="boot",
    # A match on a field; a path would name a file.
    operand=re.compile(r"_?[A-Z][A-Z0-9_]*=[A-Za-z0-9@:._/-]+|\+", re.ASCII),
    commands={
        "": Command(
            flags=flags(
                "unit/u= user-unit= lines/n= since/S= until/U= priority/p= output/o= dmesg/k "
                "reverse/r grep/g= case-sensitive identifier/t= no-pager no-hostname utc quiet/q "
                "all/a full/l catalog/x list-boots disk-usage facility= no-full system user "
                "pager-end/e boot/b"
            )
        )
    },
)
