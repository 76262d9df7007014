"""Run the real `holmes` command as people do, in a clean environment."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HOLMES = Path(sys.executable).parent / "holmes"


@dataclass(frozen=True, kw_only=True)
class Finished:
    code: int
    out: str
    err: str


def environment(home: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Nothing of the developer's own: no keys, no kubeconfig, no config file."""
    clean = {
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "LANG": "C.UTF-8",
        "NO_COLOR": "1",
    }
    return clean | dict(extra or {})


def holmes(
    *arguments: str,
    home: Path,
    stdin: str | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = 60,
    before: Sequence[str] = (),
) -> Finished:
    """Run it to its end; without `stdin` it has none (/dev/null). `before` is what starts it."""
    done = subprocess.run(
        [*before, str(HOLMES), *arguments],
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        env=environment(home, env),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return Finished(code=done.returncode, out=done.stdout, err=done.stderr)


def start(
    arguments: Sequence[str], *, home: Path, stdin: int = subprocess.DEVNULL
) -> "subprocess.Popen[str]":
    """Start it and return at once."""
    return subprocess.Popen(
        [str(HOLMES), *arguments],
        stdin=stdin,
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
