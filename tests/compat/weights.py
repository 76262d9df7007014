"""The small model in the forms that servers want it in."""

from pathlib import Path

import anyio

from holmes.local import weights
from holmes.local.server import MODEL_NAME

__all__ = ["MODEL_NAME", "Q4", "gguf"]

Q4 = "Qwen2.5-Coder-1.5B-Instruct, Q4_K_M"


def gguf() -> Path:
    """The 1.5B as `holmes model pull` leaves it."""
    return weights.installed() or anyio.run(weights.pull)
