"""The real dockerd of this machine, with one image and no network."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_READY_SECONDS = 30.0


def program(name: str, package: str) -> str:
    """Where a program is; the test fails with what to install where it is not."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    assert found, f"{name} is missing: apt-get install {package} (or: just packages)"
    return found


class Docker:
    """A docker that talks to one daemon."""

    def __init__(self, host: str) -> None:
        self.host = host

    def run(self, *words: str, stdin: bytes = b"", check: bool = True) -> str:
        argv = [program("docker", "docker.io"), f"--host={self.host}", *words]
        done = subprocess.run(argv, input=stdin, capture_output=True, check=False, timeout=60)
        assert done.returncode == 0 or not check, done.stderr.decode()
        return done.stdout.decode()


@contextmanager
def dockerd(folder: Path) -> Iterator[Docker]:
    """A daemon in a folder, with the image `bb:1` made of busybox."""
    socket = f"unix://{folder}/s"
    argv = [
        program("dockerd", "docker.io"), f"--data-root={folder}/d", f"--exec-root={folder}/e",
        f"--pidfile={folder}/pid", f"--host={socket}", "--bridge=none", "--iptables=false",
        "--ip6tables=false", "--storage-driver=vfs",
    ]  # fmt: skip
    log = folder / "dockerd.log"
    with log.open("wb") as out:
        process = subprocess.Popen(argv, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
    docker = Docker(socket)
    try:
        end = time.monotonic() + _READY_SECONDS
        while not docker.run("version", "--format={{.Server.Version}}", check=False).strip():
            assert process.poll() is None, log.read_text(errors="replace")[-2000:]
            assert time.monotonic() < end, "dockerd is not ready"
            time.sleep(0.1)
        _image(docker, folder / "image")
        yield docker
    finally:
        for container in docker.run("ps", "--quiet", check=False).split():
            docker.run("kill", container, check=False)
        process.terminate()
        process.wait(30)
        subprocess.run(["umount", f"{folder}/e/netns/default"], check=False, capture_output=True)


def _image(docker: Docker, folder: Path) -> None:
    busybox = program("busybox", "busybox-static")
    (folder / "bin").mkdir(parents=True)
    shutil.copy(busybox, folder / "bin/busybox")
    for name in ("sh", "sleep", "cat", "head", "tail"):
        (folder / "bin" / name).symlink_to("busybox")
    packed = subprocess.run(["tar", "-C", str(folder), "-c", "."], check=True, capture_output=True)
    docker.run("import", "-", "bb:1", stdin=packed.stdout)
