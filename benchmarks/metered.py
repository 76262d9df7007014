"""Run one command and write what it cost: `python -I -S metered.py REPORT_FD COMMAND...`.

A process of its own because of how Linux counts: a child's peak memory starts at that of the
process that started it. `/bin/true` started from 200 MiB was reported with 205 (Linux 6.18, seen
24 Nov 2026), so a benchmark would measure itself. This one imports nothing but os, sys and time.

The report is one line: exit code, monotonic start and end, CPU seconds, peak memory in bytes.
"""

import os
import sys
import time


def main() -> None:
    """Start, wait, report."""
    report, command = int(sys.argv[1]), sys.argv[2:]
    os.set_inheritable(report, False)  # noqa: FBT003  # positional in the library
    started = time.monotonic()
    pid = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(pid, 0)
    ended = time.monotonic()
    code = os.waitstatus_to_exitcode(status)
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    cpu = usage.ru_utime + usage.ru_stime
    os.write(report, f"{code} {started!r} {ended!r} {cpu!r} {peak}\n".encode())


if __name__ == "__main__":
    main()
