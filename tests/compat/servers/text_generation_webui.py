"""Text Generation WebUI with its transformers loader, API only.

It is on no package index: put a checkout into `~/.cache/holmesgpt/compat/source`. The interface
needs a gradio of its own that no index has either; the API does without.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from compat import environment
from compat.process import ServerProcess, free_port
from compat.recipe import Recipe, Serving
from compat.weights import HALF_NAME, HALF_WIDENED, folder

SOURCE = environment.FOLDER / "source" / "text-generation-webui"

# What the API and the transformers loader import, in the versions of its own requirements.
_REQUIREMENTS = (
    *("torch==2.13.0", "transformers==5.6.*", "accelerate==1.13.*", "safetensors==0.7.*"),
    *("huggingface-hub==1.5.*", "peft==0.18.*", "numpy==2.2.*", "fastapi==0.112.4"),
    *("pydantic==2.11.0", "sse-starlette==1.6.5", "flask_cloudflared==0.0.15", "uvicorn"),
    *("jinja2==3.1.6", "markdown", "pyyaml", "requests", "rich", "tqdm", "tiktoken", "pandas"),
    *("Pillow", "einops", "scipy", "sentencepiece", "pymupdf==1.27.*", "python-docx==1.1.2"),
    *("ddgs==9.14.1", "trafilatura==2.0.0", "mcp==1.27.0", "python-multipart"),
)


@contextmanager
def serve(log: Path) -> Iterator[Serving]:
    if not (SOURCE / "server.py").is_file():
        raise environment.CanNotInstallError(f"There is no checkout at {SOURCE}.")
    installed = environment.install("text-generation-webui", requirements=_REQUIREMENTS)
    port = free_port()
    weights = folder()
    argv = (
        *(installed.python, "server.py", "--nowebui", "--api", "--api-port", str(port)),
        *("--loader", "Transformers", "--cpu", "--model-dir", str(weights.parent)),
        *("--model", HALF_NAME),
    )
    ready = f"http://127.0.0.1:{port}/v1/models"
    with ServerProcess(argv, ready=ready, log=log, cwd=SOURCE):
        snapshot = SOURCE / ".snapshot"
        version = snapshot.read_text("utf-8").strip() if snapshot.is_file() else "unknown"
        yield Serving(base_url=f"http://127.0.0.1:{port}/v1", model=HALF_NAME, version=version)


RECIPES = (
    Recipe(
        name="text-generation-webui",
        server="Text Generation WebUI",
        setup="`--api --loader Transformers`",
        weights=HALF_WIDENED,
        serve=serve,
        # It cuts a prompt that is too long, and reads all of the rest.
        find_window=False,
    ),
)
