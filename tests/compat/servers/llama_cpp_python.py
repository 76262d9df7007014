"""llama-cpp-python's server. It has no wheel: the first install compiles for a quarter of an hour.

Where a wheel was built before, `UV_FIND_LINKS=FOLDER just compat …` takes it.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from compat import environment
from compat.process import ServerProcess, free_port
from compat.recipe import Recipe, Serving
from compat.weights import HALF_NAME, HALF_Q4, half_gguf

_PACKAGE = "llama-cpp-python[server]==0.3.36"

# A build for a processor with AMX dies of a segmentation fault at its first prompt, in the weights
# that were repacked for AMX (0.3.36, GGML_NATIVE, 25 Nov 2026): the same server, not repacking.
_START = """
import runpy, sys, llama_cpp
given = llama_cpp.llama_model_default_params
def unpacked():
    params = given()
    params.use_extra_bufts = False
    return params
llama_cpp.llama_model_default_params = llama_cpp.llama_cpp.llama_model_default_params = unpacked
sys.argv[0] = "llama_cpp.server"
runpy.run_module("llama_cpp.server", run_name="__main__")
"""


def _with(*flags: str) -> Callable[[Path], AbstractContextManager[Serving]]:
    @contextmanager
    def serve(log: Path) -> Iterator[Serving]:
        installed = environment.install("llama-cpp-python", requirements=(_PACKAGE,))
        port = free_port()
        argv = (
            *(installed.python, "-c", _START, "--model", str(half_gguf())),
            *("--model_alias", HALF_NAME, "--n_ctx", "8192", "--n_threads", "2"),
            *("--host", "127.0.0.1", "--port", str(port), *flags),
        )
        ready = f"http://127.0.0.1:{port}/v1/models"
        with ServerProcess(argv, ready=ready, log=log, env={"OMP_WAIT_POLICY": "passive"}):
            yield Serving(
                base_url=f"http://127.0.0.1:{port}/v1",
                model=HALF_NAME,
                version=installed.version("llama-cpp-python"),
            )

    return serve


def _recipe(name: str, setup: str, *flags: str) -> Recipe:
    return Recipe(
        name=name, server="llama-cpp-python", setup=setup, weights=HALF_Q4, serve=_with(*flags)
    )


RECIPES = (
    _recipe(
        "llama-cpp-python-chatml",
        "`--chat_format chatml`, as documented",
        *("--chat_format", "chatml"),
    ),
    _recipe(
        "llama-cpp-python-functions",
        "`--chat_format chatml-function-calling`",
        *("--chat_format", "chatml-function-calling"),
    ),
    _recipe("llama-cpp-python-gguf", "the GGUF's own chat template"),
)
