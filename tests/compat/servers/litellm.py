"""LiteLLM's proxy in front of llama.cpp's server, as a gateway stands in front of real servers."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from compat import environment
from compat.process import ServerProcess, free_port
from compat.recipe import Recipe, Serving
from compat.servers.llama_cpp import our_template
from compat.weights import MODEL_NAME, Q4

_CONFIG = """\
model_list:
  - model_name: small
    litellm_params:
      model: openai/{model}
      api_base: {base_url}
      api_key: none
litellm_settings:
  telemetry: false
"""


def installed() -> environment.Environment:
    """Its environment; raises CanNotInstallError where it can't be made."""
    return environment.install("litellm", pinned="litellm.txt")


@contextmanager
def in_front_of(base_url: str, log: Path) -> Iterator[Serving]:
    """The proxy before a server that runs already; needs the registry the first time."""
    proxy = installed()
    config = log.with_suffix(".yaml")
    config.write_text(_CONFIG.format(model=MODEL_NAME, base_url=base_url))
    port = free_port()
    argv = (
        *(str(proxy.folder / "bin" / "litellm"), "--config", str(config)),
        *("--host", "127.0.0.1", "--port", str(port)),
    )
    # Without a key of its own it refuses to start (1.108.7, 25 Nov 2026).
    key = f"sk-{secrets.token_hex(32)}"
    # Else it fetches a list of prices from GitHub before it answers.
    env = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MASTER_KEY": key}
    with ServerProcess(argv, ready=f"http://127.0.0.1:{port}/health/liveliness", log=log, env=env):
        yield Serving(
            base_url=f"http://127.0.0.1:{port}/v1",
            model="small",
            version=proxy.version("litellm"),
            api_key=key,
        )


@contextmanager
def serve(log: Path) -> Iterator[Serving]:
    with (
        our_template(log) as behind,
        in_front_of(behind.base_url, log) as serving,
    ):
        yield serving


RECIPES = (
    Recipe(
        name="litellm",
        server="LiteLLM proxy",
        setup="in front of llama.cpp, with a master key",
        weights=Q4,
        serve=serve,
    ),
)
