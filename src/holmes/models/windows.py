"""Context windows of hosted models, whose servers do not state them, as their vendors document.

A server that states a window, and --window, come first; a model that is not here counts as
`ASSUMED`, and the first overflow teaches. Families are looked for in the model's name from the
top, so that the longer name stands first. All seen in the vendors' documentation by 2026-11.
"""

ASSUMED = 32_768
"""Tokens, where neither the user, nor the server, nor this table says."""

_WINDOWS = (
    ("gpt-5.2", 400_000),
    ("gpt-5.1", 400_000),
    ("gpt-5", 400_000),
    ("gpt-4.5", 128_000),
    ("gpt-4.1", 1_047_576),
    ("gpt-4o", 128_000),
    ("gpt-4-turbo", 128_000),
    ("gpt-4-32k", 32_768),
    ("gpt-4", 8_192),
    ("gpt-3.5", 16_385),
    ("gpt-oss", 131_072),
    ("o1-mini", 128_000),
    ("o1", 200_000),
    ("o3", 200_000),
    ("o4-mini", 200_000),
    ("claude", 200_000),
    ("gemini-1.5-pro", 2_097_152),
    ("gemini", 1_048_576),
    ("deepseek", 65_536),
    ("mistral-large", 131_072),
    ("mistral-medium", 131_072),
    ("mistral-small", 131_072),
    ("codestral", 262_144),
    ("command-a", 256_000),
    ("command-r", 128_000),
    ("grok-4", 256_000),
    ("grok", 131_072),
    ("kimi-k2", 131_072),
    ("glm-4.5", 131_072),
    ("nova-lite", 300_000),
    ("nova-pro", 300_000),
    ("llama-3.1", 131_072),
    ("llama-3.3", 131_072),
)


def documented(model: str) -> int:
    """Tokens that a model of this name holds by its vendor's documentation, or `ASSUMED`."""
    name = model.casefold().rpartition("/")[2]
    for family, window in _WINDOWS:
        at = name.find(family)
        before, after = name[at - 1 : at], name[at + len(family) : at + len(family) + 1]
        if at >= 0 and not before.isalnum() and not (after.isalnum() or after == "."):
            return window
    return ASSUMED
