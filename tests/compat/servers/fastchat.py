"""FastChat: a controller, a worker with the model, and the API in front of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from compat import environment
from compat.process import ServerProcess, free_port
from compat.recipe import Recipe, Serving
from compat.weights import HALF_NAME, HALF_WIDENED, folder

# 0.2.36 is of early 2024: with pydantic 2 each of its streams breaks off, with transformers 5 its
# worker does not start (24 Nov 2026).
_REQUIREMENTS = (
    *("fschat[model_worker]==0.2.36", "pydantic<2", "fastapi==0.109.*", "transformers<5"),
    *("torch==2.13.0", "gguf", "accelerate"),
)


@contextmanager
def serve(log: Path) -> Iterator[Serving]:
    installed = environment.install("fastchat", requirements=_REQUIREMENTS)
    model = folder()
    ports = {name: free_port() for name in ("controller", "worker", "api")}
    at = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}

    def part(module: str, name: str, ready: str, *flags: str) -> ServerProcess:
        argv = (installed.python, "-m", f"fastchat.serve.{module}", "--host", "127.0.0.1")
        port = ("--port", str(ports[name]))
        return ServerProcess((*argv, *port, *flags), ready=f"{at[name]}{ready}", log=log)

    controller = ("--controller-address", at["controller"])
    with (
        part("controller", "controller", "/test_connection"),
        part(
            *("model_worker", "worker", "/docs", *controller, "--worker-address", at["worker"]),
            *("--model-path", str(model), "--model-names", HALF_NAME, "--device", "cpu"),
        ),
        part("openai_api_server", "api", "/v1/models", *controller),
    ):
        yield Serving(
            base_url=f"{at['api']}/v1", model=HALF_NAME, version=installed.version("fschat")
        )


RECIPES = (
    Recipe(
        name="fastchat",
        server="FastChat",
        setup="controller, worker on CPU, API; pydantic 1",
        weights=HALF_WIDENED,
        serve=serve,
    ),
)
