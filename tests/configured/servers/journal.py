"""A folder of journal files, as systemd-journal-remote writes them."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

_WRITER = Path("/lib/systemd/systemd-journal-remote")


def entry(at: float, message: str, **fields: str) -> str:
    """One entry in the journal's export format; `at` in seconds since 1970."""
    stamp = int(at * 1e6)
    parts = {
        "__REALTIME_TIMESTAMP": str(stamp), "__MONOTONIC_TIMESTAMP": str(stamp),
        "_BOOT_ID": "1" * 32, "_MACHINE_ID": "2" * 32, "_HOSTNAME": "node-1", **fields,
        "MESSAGE": message,
    }  # fmt: skip
    return "".join(f"{name}={value}\n" for name, value in parts.items()) + "\n"


def write_journal(folder: Path, entries: Iterable[str]) -> None:
    """Write `system.journal`."""
    assert _WRITER.exists(), "apt-get install systemd-journal-remote (or: just packages)"
    subprocess.run(
        [str(_WRITER), f"--output={folder}/system.journal", "-"],
        input="".join(entries), text=True, capture_output=True, check=True, timeout=60,
    )  # fmt: skip
