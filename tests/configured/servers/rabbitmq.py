"""The real RabbitMQ of this machine, with its management API."""

import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from configured.servers.daemon import listening
from configured.servers.process import free_port


@contextmanager
def rabbitmq(folder: Path) -> Iterator[str]:
    """The URL of the management API; guest may do everything."""
    server = shutil.which("rabbitmq-server", path="/usr/lib/rabbitmq/bin:/usr/local/sbin")
    assert server, "rabbitmq-server is missing: apt-get install rabbitmq-server"
    port, epmd = free_port(), free_port()
    (folder / "rabbitmq.conf").write_text(
        f"listeners.tcp.1 = 127.0.0.1:{free_port()}\n"
        f"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {port}\n"
        "collect_statistics_interval = 1000\n"
    )
    (folder / "enabled_plugins").write_text("[rabbitmq_management].\n")
    variables = {
        "HOME": str(folder),
        "RABBITMQ_NODENAME": f"t{port}@localhost",
        "RABBITMQ_MNESIA_BASE": f"{folder}/mnesia",
        "RABBITMQ_LOG_BASE": f"{folder}/log",
        "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq.conf",
        "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/enabled_plugins",
        "RABBITMQ_DIST_PORT": str(free_port()),
        "ERL_EPMD_PORT": str(epmd),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_RELAXED_COMMAND_CHECK": "1",  # its port mapper may be told to end
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none"
        " -kernel inet_dist_use_interface {127,0,0,1}",
    }
    try:
        with listening([server], port, folder, variables=variables, stop=signal.SIGKILL):
            url = f"http://127.0.0.1:{port}"
            _wait(f"{url}/api/overview")
            yield url
    finally:
        # Erlang's port mapper is a daemon of its own.
        killer = shutil.which("epmd") or "epmd"
        subprocess.run(
            [killer, "-port", str(epmd), "-kill"],
            env={**os.environ, "ERL_EPMD_RELAXED_COMMAND_CHECK": "1"},
            capture_output=True, check=False,
        )  # fmt: skip


def _wait(url: str) -> None:
    end = time.monotonic() + 90
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310
                return
        except urllib.error.HTTPError:
            return  # 401: it answers
        except OSError:
            time.sleep(0.1)
