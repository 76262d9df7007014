"""The host that holmes runs on: load, memory, disks, sockets, processes; nothing of it is set."""

import re

from holmes.policy.tables import (
    NAME,
    Check,
    Command,
    Invocation,
    Program,
    Refusal,
    flags,
)

_PATH = re.compile(r"/[A-Za-z0-9._/-]*", re.ASCII)
_LONGEST_WATCH = 30
_PS_FIELDS = re.compile(r"[a-z%_,=]+", re.ASCII)


def _check_date(found: Invocation) -> Refusal:
    if all(word.startswith("+") for word in found.operands):
        return ""
    return "date shows the time, it does not set it"


def _check_ps(found: Invocation) -> Refusal:
    # BSD's "e" among the letters prints the environment of every process.
    if not all(word in {"aux", "ax", "axu", "auxf", "auxww", "auxw"} for word in found.operands):
        return "ps takes aux, -ef or -eo FIELDS"
    for fields in (*found.flags.get("o", ()), *found.flags.get("sort", ())):
        if not _PS_FIELDS.fullmatch(fields.lstrip("-")) or "env" in fields:
            return f'the fields "{fields}" are not allowed'
    return ""


def _check_vmstat(found: Invocation) -> Refusal:
    if not found.operands:
        return ""
    numbers = [int(word) for word in found.operands if word.isdigit() and len(word) < 4]
    if len(numbers) == 2 and numbers[0] * numbers[1] <= _LONGEST_WATCH:
        return ""
    return (
        f"vmstat takes DELAY COUNT, {_LONGEST_WATCH} seconds in all at most: it goes on otherwise"
    )


def _check_ss(found: Invocation) -> Refusal:
    if not found.operands or (found.operands[0] == "state" and len(found.operands) == 2):
        return ""
    return "ss takes flags and one state, as in: ss -tan state established"


def _host(
    name: str,
    notation: str = "",
    *,
    operands: int | None = 0,
    operand: re.Pattern[str] | None = NAME,
    check: Check | None = None,
) -> Program:
    most = operands if operand is NAME else None
    command = Command(flags=flags(notation), operands=most, check=check)
    return Program(name=name, commands={"": command}, gnu=True, operand=operand)


PROGRAMS = (
    _host("df", "human-readable/h inodes/i print-type/T local/l total all/a", operand=_PATH),
    _host("free", "human/h mega/m giga/g kibi/k wide/w total/t si"),
    _host("uptime", "pretty/p since/s"),
    _host("uname", "all/a kernel-release/r machine/m kernel-name/s nodename/n kernel-version/v"),
    _host("nproc", "all"),
    _host("hostname", "fqdn/f ip-address/i all-ip-addresses/I short/s"),
    _host("whoami"),
    _host("id", "user/u group/g groups/G name/n", operands=1),
    _host("lscpu"),
    _host("lsblk", "fs/f output/o= bytes/b all/a"),
    _host("vmstat", "stats/s wide/w", operands=2, check=_check_vmstat),
    _host(
        "ss",
        "tcp/t udp/u listening/l numeric/n processes/p all/a summary/s extended/e memory/m",
        operands=2,
        check=_check_ss,
    ),
    _host("netstat", "tcp/t udp/u listening/l numeric/n programs/p all/a statistics/s route/r"),
    _host("echo", "n", operand=None),
    Program(
        name="date",
        gnu=True,
        operand=None,
        commands={
            "": Command(
                flags=flags("date/d= utc/universal/u iso-8601/I? rfc-3339= rfc-email/R"),
                check=_check_date,
            )
        },
    ),
    Program(
        name="ps",
        gnu=True,
        commands={"": Command(flags=flags("e f A o= F l sort= p= C="), check=_check_ps)},
    ),
)
