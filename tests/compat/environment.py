"""A virtual environment for one server, outside the project's own, made by uv and kept.

They lie in `~/.cache/holmesgpt/compat`; throw the folder away to begin anew.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "holmesgpt" / "compat"
REQUIREMENTS = Path(__file__).parent / "requirements"

# What uv says where no index can be reached (0.13.9), as against an index without the package.
_OFFLINE = ("error sending request", "dns error", "failed to lookup", "unreachable", "timed out")


class CanNotInstallError(Exception):
    """A server's packages can't be had; `offline` where no registry answered."""

    def __init__(self, message: str, *, offline: bool = False) -> None:
        super().__init__(message)
        self.offline = offline


@dataclass(frozen=True, kw_only=True)
class Environment:
    """One installed environment."""

    folder: Path

    @property
    def python(self) -> str:
        return str(self.folder / "bin" / "python")

    def version(self, distribution: str) -> str:
        """The version of an installed distribution."""
        program = f"from importlib.metadata import version; print(version({distribution!r}))"
        done = subprocess.run(
            [self.python, "-c", program], capture_output=True, text=True, check=True, timeout=60
        )
        return done.stdout.strip()


def install(
    name: str,
    *,
    requirements: Sequence[str] = (),
    pinned: str = "",
    overrides: Sequence[str] = (),
    finish: str = "",
) -> Environment:
    """Make the environment where it is not there yet, or was made of something else.

    requirements  what pip would be given
    pinned        a file in `requirements/` with a version for everything
    overrides     requirements that replace what packages themselves ask for
    finish        a program to run in it at the end
    """
    source = (REQUIREMENTS / pinned).read_text() if pinned else ""
    key = hashlib.sha256(repr((requirements, source, overrides, finish)).encode()).hexdigest()
    environment = Environment(folder=FOLDER / name)
    marker = environment.folder / ".made-of"
    if marker.is_file() and marker.read_text() == key:
        return environment
    _uv("venv", "--clear", "--python", sys.executable, str(environment.folder))
    given = ("-r", str(REQUIREMENTS / pinned)) if pinned else tuple(requirements)
    instead = environment.folder / "overrides.txt"
    instead.write_text("\n".join(overrides))
    _uv("pip", "install", "--python", environment.python, "--overrides", str(instead), *given)
    if finish:
        subprocess.run([environment.python, "-c", finish], check=True, timeout=60)
    marker.write_text(key)
    return environment


def _uv(*arguments: str) -> None:
    path = f"{ROOT / '.tools' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    uv = shutil.which("uv", path=path)
    if uv is None:
        raise CanNotInstallError(
            '"uv" is neither in .tools/bin nor on PATH; `make setup` installs it.'
        )
    done = subprocess.run(
        [uv, *arguments, "--quiet"], capture_output=True, text=True, check=False, timeout=1800
    )
    if done.returncode:
        said = done.stderr.strip()
        offline = any(word in said.lower() for word in _OFFLINE)
        raise CanNotInstallError(f"uv {' '.join(arguments)}: {said}", offline=offline)
