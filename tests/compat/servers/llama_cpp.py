"""llama.cpp's own server, from the `xllamacpp` wheel, with two chat templates."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from compat.process import ServerProcess, free_port
from compat.recipe import Recipe, Serving
from compat.weights import MODEL_NAME, Q4, gguf
from holmes.embedded.server import LocalServer

WINDOW = 8192

# The same parameters as in `holmes.embedded.llama_cpp`, without the chat template.
_SHIPPED = """
import sys, time, xllamacpp
p = xllamacpp.CommonParams()
p.model.path, p.model_alias, p.port = sys.argv[1], {sys.argv[2]}, int(sys.argv[3])
p.n_ctx, p.n_parallel, p.use_jinja, p.hostnames = int(sys.argv[4]), 1, True, ["127.0.0.1"]
p.cpuparams.n_threads = p.cpuparams_batch.n_threads = 2
server = xllamacpp.Server(p)
time.sleep(1e9)
"""


@contextmanager
def our_template(log: Path) -> Iterator[Serving]:
    del log
    with LocalServer(gguf(), context_window=WINDOW) as server:
        yield Serving(base_url=server.base_url, model=MODEL_NAME, version=version("xllamacpp"))


@contextmanager
def shipped_template(log: Path) -> Iterator[Serving]:
    port = free_port()
    argv = (sys.executable, "-c", _SHIPPED, str(gguf()), MODEL_NAME, str(port), str(WINDOW))
    with ServerProcess(
        argv,
        ready=f"http://127.0.0.1:{port}/health",
        log=log,
        env={"OMP_WAIT_POLICY": "passive"},
    ):
        yield Serving(
            base_url=f"http://127.0.0.1:{port}/v1", model=MODEL_NAME, version=version("xllamacpp")
        )


RECIPES = (
    Recipe(
        name="llama-cpp",
        server="llama.cpp server (`xllamacpp`)",
        setup="our chat template (`--model local`)",
        weights=Q4,
        serve=our_template,
    ),
    Recipe(
        name="llama-cpp-shipped",
        server="llama.cpp server (`xllamacpp`)",
        setup="the GGUF's own chat template, `--jinja`",
        weights=Q4,
        serve=shipped_template,
    ),
)
