"""The real MariaDB of this machine."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from configured.servers.daemon import listening
from configured.servers.process import free_port

_PATH = os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/usr/local/sbin"])


@contextmanager
def mariadb(folder: Path) -> Iterator[int]:
    """The port of a server whose `root` has no password."""
    server = shutil.which("mariadbd", path=_PATH)
    install = shutil.which("mariadb-install-db", path=_PATH)
    assert server, "mariadbd is missing: apt-get install mariadb-server"
    assert install, "mariadb-install-db is missing: apt-get install mariadb-server"
    user = "root" if os.getuid() == 0 else os.environ.get("USER", "mysql")
    subprocess.run(
        [install, "--no-defaults", f"--user={user}", f"--datadir={folder}/data",
         "--auth-root-authentication-method=normal", "--skip-test-db"],
        check=True, capture_output=True,
    )  # fmt: skip
    port = free_port()
    argv = [
        server, "--no-defaults", f"--user={user}", f"--datadir={folder}/data",
        "--bind-address=127.0.0.1", f"--port={port}", f"--socket={folder}/s",
        "--performance-schema=ON", "--innodb-flush-log-at-trx-commit=0",
        "--innodb-buffer-pool-size=32M", "--secure-file-priv=",
    ]  # fmt: skip
    with listening(argv, port, folder):
        yield port
