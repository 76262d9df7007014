"""The real kubectl of this machine, aimed at one kubeconfig and nothing else."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

OLDEST = (1, 32)
"""The kubectl that printed the golden files."""


@dataclass(frozen=True, kw_only=True)
class Kubectl:
    """Runs one kubectl; `home` takes its discovery cache."""

    binary: str
    kubeconfig: Path
    home: Path

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.binary, *arguments],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.home),
                "KUBECONFIG": str(self.kubeconfig),
                # Google's kubectl looks for credentials of its cloud otherwise.
                "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
            },
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def out(self, *arguments: str) -> str:
        """What it prints, where it must succeed."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def fails(self, *arguments: str) -> str:
        """What it says, where it must fail."""
        done = self.run(*arguments)
        assert done.returncode != 0, done.stdout
        return done.stderr.strip()

    def both(self, arguments: tuple[str, ...]) -> str:
        """stdout, or stderr where that is all there is: what the recording kept of a command."""
        done = self.run(*arguments)
        return done.stdout or f"# stderr: {done.stderr}"


def run_many(jobs: Iterable[tuple[Kubectl, tuple[str, ...]]]) -> list[str]:
    """Run several at once: a kubectl mostly waits, for its own start and for answers."""
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda job: job[0].both(job[1]), jobs))


@cache
def kubectls() -> dict[str, str]:
    """The kubectls to test with, by version ("1.37"): the wheel's, and the machine's beside it.

    A clone alone has the wheel's, and each test runs with it. Another version adds to what is
    shown; one that is no longer maintained anywhere (Debian 12's is 1.20) shows nothing.
    """
    beside = shutil.which("kubectl", path=str(Path(sys.executable).parent))
    found = {}
    without_wheel = os.pathsep.join(
        folder
        for folder in os.environ["PATH"].split(os.pathsep)
        if Path(folder) != Path(sys.executable).parent
    )
    for binary in (shutil.which("kubectl", path=without_wheel), beside):
        if binary is None:
            continue
        told = subprocess.run(
            [binary, "version", "--client"], capture_output=True, text=True, check=True
        )
        match = re.search(r"(?:Client Version: |GitVersion:\")v(\d+\.\d+)", told.stdout)
        assert match is not None, told.stdout
        if binary == beside or tuple(map(int, match[1].split("."))) >= OLDEST:
            found[match[1]] = binary
    assert found, "no kubectl: run `uv sync`"
    return found
