"""Who is measured: this repository's wheel and HolmesGPT 0.45.0 from PyPI, each freshly installed.

Both live in environments outside the repository. Ours is built anew for each run of the
benchmarks; the other one is installed once and kept.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from meter import BenchmarkError, Command

ROOT = Path(__file__).resolve().parents[1]
PEER_PACKAGE = "holmesgpt==0.45.0"
# Of one thing: asked what is wrong at all, ours looks first, and that is triage's time.
QUESTION = "which image does the pod shop-checkout/checkout run?"

_CACHE = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "holmesgpt"
_PYTHON = "3.11"  # the newest that both run on here

Name: TypeAlias = Literal["ours", "peer"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Contender:
    """One installed HolmesGPT; `home` takes its caches and is empty at first."""

    name: Name
    environment: Path
    home: Path

    @property
    def python(self) -> str:
        """The interpreter of its environment."""
        return str(self.environment / "bin" / "python")

    def holmes(self, *arguments: str, env: Mapping[str, str] | None = None) -> Command:
        """Its command with a bare environment: PATH to kubectl, a home of its own, and `env`."""
        return Command(
            argv=(str(self.environment / "bin" / "holmes"), *arguments),
            env={"PATH": _path(), "HOME": str(self.home), "LANG": "C.UTF-8", **(env or {})},
            cwd=self.home,
        )

    def ask(
        self,
        base_url: str,
        kubeconfig: Path,
        toolsets: Path | None = None,
        question: str = QUESTION,
        model: str = "m",
    ) -> Command:
        """Put the question, without asking back, to the server at `base_url`."""
        custom = () if toolsets is None else ("-t", str(toolsets))
        arguments = ("ask", question, "--model", f"openai/{model}", *custom)
        cluster = {"KUBECONFIG": str(kubeconfig)}
        if self.name == "ours":
            return self.holmes(*arguments, "--api-base", base_url, env=cluster)
        server = {
            "OPENAI_API_BASE": base_url,
            "OPENAI_API_KEY": "x",
            # Else it fetches a price list from GitHub first; that is the network's time, not its.
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        }
        return self.holmes(*arguments, "--no-interactive", env={**cluster, **server})


def bare_interpreter(contender: Contender) -> Command:
    """`python -c pass`, the yardstick that scales with the machine."""
    return Command(
        argv=(contender.python, "-c", "pass"),
        env=contender.holmes().env,
        cwd=contender.home,
    )


def install_ours(home: Path) -> Contender:
    """Build this checkout's wheel and install it, without extras, into an empty environment."""
    environment = _CACHE / "bench-ours"
    with tempfile.TemporaryDirectory() as built:
        _uv("build", "--wheel", "--out-dir", built, str(ROOT))
        (wheel,) = Path(built).glob("*.whl")
        _install(environment, str(wheel))
    return _contender("ours", environment, home)


def install_peer(home: Path) -> Contender:
    """Install the peer where it is not installed yet (124 MB to download)."""
    environment = _CACHE / "bench-peer"
    marker = environment / ".installed"
    if not marker.is_file() or marker.read_text() != PEER_PACKAGE:
        _install(environment, PEER_PACKAGE)
        marker.write_text(PEER_PACKAGE)
    return _contender("peer", environment, home)


def _contender(name: Name, environment: Path, home: Path) -> Contender:
    own_home = home / name
    own_home.mkdir()
    return Contender(name=name, environment=environment, home=own_home)


def _install(environment: Path, requirement: str) -> None:
    _uv("venv", "--clear", "--python", _PYTHON, str(environment))
    python = str(environment / "bin" / "python")
    # Bytecode as pip would leave it: it belongs to the size, and no first run pays for it.
    _uv("pip", "install", "--compile-bytecode", "--python", python, requirement)


def _uv(*arguments: str) -> None:
    uv = shutil.which("uv", path=f"{ROOT / '.tools' / 'bin'}{os.pathsep}{os.environ['PATH']}")
    if uv is None:
        raise BenchmarkError('"uv" is neither in .tools/bin nor on PATH; `make setup` installs it.')
    print(f"uv {' '.join(arguments)}", file=sys.stderr)
    subprocess.run([uv, *arguments, "--quiet"], check=True)


def _path() -> str:
    """A PATH with kubectl, wherever it is, and the system's programs."""
    beside = Path(sys.executable).parent
    kubectl = shutil.which("kubectl", path=f"{beside}{os.pathsep}{os.environ['PATH']}")
    if kubectl is None:
        raise BenchmarkError("There is no kubectl on PATH; `make setup` installs one.")
    return os.pathsep.join((str(Path(kubectl).parent), "/usr/bin", "/bin"))
