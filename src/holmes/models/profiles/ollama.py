"""Ollama's OpenAI-compatible API.

From its documentation and replies that others published (Nov 2026), not run here: the system
fingerprint is "fp_ollama", the version stands at /api/version.
"""

from holmes.models.profiles.base import Profile, Quirk, Sign, Version

_CONTEXT = "start Ollama with OLLAMA_CONTEXT_LENGTH=16384 (or set num_ctx in a Modelfile)"

PROFILE = Profile(
    name="Ollama",
    signs=(
        Sign(place="system_fingerprint", pattern="^fp_ollama$"),
        Sign(place="path", name="/api/version", key="version"),
    ),
    version=Version(path="/api/version", key="version"),
    advice={
        "tools_refused": "the model's template has no tools: choose one that `ollama show` lists "
        'with the capability "tools"',
        "window_unknown": f"{_CONTEXT}: the default may be as small as 4096 tokens and longer "
        "prompts lose their beginning without a word",
        "window_small": _CONTEXT,
    },
    quirks=(
        Quirk(
            what="Prompts beyond the window are cut without a word; num_ctx is not taken on /v1.",
            seen="documentation and issue threads, Nov 2026",
        ),
        Quirk(
            what="Parallel calls in a stream may all carry index 0, or none.",
            seen="issue threads, Nov 2026",
        ),
    ),
)
