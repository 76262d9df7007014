"""What servers tell about their models, in the forms they use."""

import hashlib
import json
from typing import Any

# In one entry of /v1/models. llama.cpp's `meta.n_ctx_train` is what the model could do, not what
# the server was started with, so it is no answer.
_WINDOW_KEYS = (
    "n_ctx",  # llama.cpp, under `meta`
    "max_model_len",  # vLLM, SGLang
    "loaded_context_length",  # LM Studio, /api/v0/models
    "context_window",  # Groq
    "context_length",  # OpenRouter, Together; Ollama in /api/ps
    "max_context_length",  # Mistral
)

_PASSING_KEYS = {"created", "permission", "permissions", "modified_at", "loaded", "state", "status"}


def model_names(document: object) -> tuple[str, ...]:
    """The ids in a reply of /v1/models."""
    names = (entry.get("id") or entry.get("name") for entry in model_entries(document))
    return tuple(name for name in names if isinstance(name, str) and name.isprintable())


def listed_window(document: object, model: str) -> int | None:
    """The context window of a model in a list of models (/v1/models, /api/v0/models, /api/ps).

    A server with a single model answers to any name, so a lone entry counts whatever its name.
    """
    for entry in _entries_of(document, model):
        meta = entry.get("meta")
        for holder in (meta if isinstance(meta, dict) else {}, entry):
            found = _first_count(holder)
            if found:
                return found
    return None


def listing_fingerprint(document: object, model: str) -> str:
    """A short hash of what /v1/models says about a model, "" where it says nothing.

    What changes with every start or request of the same server (vLLM's `created` and
    `permission`) is left out.
    """
    found = _entries_of(document, model)
    if not found:
        return ""
    lasting = {k: v for k, v in found[0].items() if k not in _PASSING_KEYS}
    text = json.dumps(lasting, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def props_window(document: object) -> int | None:
    """The context window in llama.cpp's /props."""
    if not isinstance(document, dict):
        return None
    settings = document.get("default_generation_settings")
    return _first_count(settings if isinstance(settings, dict) else {}) or _first_count(document)


def token_count(document: object) -> int | None:
    """The number of tokens in a reply of /tokenize: `count` (vLLM), else the length of `tokens`."""
    if not isinstance(document, dict):
        return None
    count, tokens = document.get("count"), document.get("tokens")
    if isinstance(count, int) and count > 0:
        return count
    return len(tokens) if isinstance(tokens, list) and tokens else None


def model_entries(document: object) -> list[dict[str, Any]]:
    """The entries of a reply of /v1/models."""
    holder: object = document
    if isinstance(document, dict):
        holder = document.get("data") or document.get("models")
    return (
        [entry for entry in holder if isinstance(entry, dict)] if isinstance(holder, list) else []
    )


def _entries_of(document: object, model: str) -> list[dict[str, Any]]:
    """Those of one model; a lone entry counts whatever its name."""
    entries = model_entries(document)
    named = [entry for entry in entries if model in _names(entry)]
    return named or (entries if len(entries) == 1 else [])


def _names(entry: dict[str, Any]) -> list[object]:
    aliases = entry.get("aliases")
    own = [entry.get("id"), entry.get("name"), entry.get("model")]
    return own + (aliases if isinstance(aliases, list) else [])


def _first_count(holder: dict[str, Any]) -> int | None:
    for key in _WINDOW_KEYS:
        value = holder.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
    return None
