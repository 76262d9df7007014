"""The small model in the forms that servers want it in."""

import subprocess
from pathlib import Path

import anyio

from compat.environment import FOLDER, Environment
from holmes.local import weights
from holmes.local.server import MODEL_NAME

__all__ = ["BF16", "MODEL_NAME", "Q4", "folder", "gguf"]

Q4 = "Qwen2.5-Coder-1.5B-Instruct, Q4_K_M"
BF16 = "Qwen2.5-Coder-1.5B-Instruct, Q4_K_M widened to bfloat16"

_CONVERT = """
import sys, torch
from transformers import AutoModelForCausalLM, AutoTokenizer
source, name, target = sys.argv[1:]
given = dict(gguf_file=name)
AutoTokenizer.from_pretrained(source, **given).save_pretrained(target)
model = AutoModelForCausalLM.from_pretrained(source, dtype=torch.bfloat16, **given)
model.save_pretrained(target)
"""


def gguf() -> Path:
    """The 1.5B as `holmes model pull` leaves it."""
    return weights.installed() or anyio.run(weights.pull)


def folder(environment: Environment) -> Path:
    """The same for PyTorch (3 GB), widened by the transformers and gguf of an environment, once."""
    target = FOLDER / "weights" / MODEL_NAME
    if not (target / "config.json").exists():
        source = gguf()
        unfinished = target.with_name("unfinished")
        argv = [environment.python, "-c", _CONVERT, str(source.parent), source.name]
        subprocess.run([*argv, str(unfinished)], check=True, timeout=1800)
        unfinished.rename(target)
    return target
