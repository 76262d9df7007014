"""`transformers serve`, the server that comes with the library."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from compat import environment
from compat.process import ServerProcess, free_port
from compat.recipe import Recipe, Serving
from compat.weights import HALF_WIDENED, folder

_REQUIREMENTS = ("transformers[serving]==5.19.0", "torch==2.13.0", "accelerate", "requests")


@contextmanager
def serve(log: Path) -> Iterator[Serving]:
    installed = environment.install("transformers", requirements=_REQUIREMENTS)
    port, weights = free_port(), str(folder())
    argv = (
        *(str(installed.folder / "bin" / "transformers"), "serve", weights),
        *("--device", "cpu", "--host", "127.0.0.1", "--port", str(port)),
    )
    ready = f"http://127.0.0.1:{port}/health"
    with ServerProcess(argv, ready=ready, log=log, env={"HF_HUB_OFFLINE": "1"}):
        yield Serving(
            base_url=f"http://127.0.0.1:{port}/v1",
            model=weights,
            version=installed.version("transformers"),
        )


RECIPES = (
    Recipe(
        name="transformers",
        server="`transformers serve`",
        setup="on CPU, one model preloaded",
        weights=HALF_WIDENED,
        serve=serve,
        find_window=False,
    ),
)
