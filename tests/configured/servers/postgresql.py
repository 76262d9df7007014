"""The real PostgreSQL of this machine, with its statistics of statements."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from configured.servers.daemon import listening
from configured.servers.process import free_port


def _program(name: str) -> str:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    found = shutil.which(name, path=os.pathsep.join([*map(str, folders), os.environ["PATH"]]))
    assert found, f"{name} is missing: apt-get install postgresql (or: just packages)"
    return found


def _as_nobody_special(argv: Sequence[str]) -> list[str]:
    """PostgreSQL does not run as root."""
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *argv]


@contextmanager
def postgresql(folder: Path) -> Iterator[int]:
    """The port of a server that trusts the superuser `postgres`."""
    data, port = folder / "data", free_port()
    wrap = _as_nobody_special if os.getuid() == 0 else list
    if os.getuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        # Temporary folders are closed to others: whoever owns the last one must reach it.
        for parent in folder.parents:
            mode = parent.stat().st_mode
            if not mode & 0o001 and Path(tempfile.gettempdir()) in parent.parents:
                parent.chmod(mode | 0o011)
    initdb = [_program("initdb"), "-D", str(data), "-A", "trust", "-U", "postgres", "--no-sync"]
    subprocess.run(
        wrap([*initdb, "-E", "UTF8", "--locale=C"]), check=True, capture_output=True, cwd="/"
    )
    options = (
        "listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off",
        "shared_preload_libraries=pg_stat_statements", "shared_buffers=16MB", "max_connections=30",
    )  # fmt: skip
    argv = [_program("postgres"), "-D", str(data), "-p", str(port)]
    for option in options:
        argv += ["-c", option]
    with listening(wrap(argv), port, folder, stop=signal.SIGINT):
        ready = [_program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
        while subprocess.run(ready, check=False).returncode:
            time.sleep(0.05)  # it listens before it has started
        yield port
