"""llama.cpp's own HTTP server: `llama-server`, and xllamacpp, which has it compiled in.

Seen running (24 Nov 2026, builds 10xxx and 11549): `owned_by` is "llamacpp", /props shows the
chat template, /v1/models the context window under `meta`.
"""

from holmes.models.profiles.base import Profile, Quirk, Sign, Version

_RUN = "run here, 24 Nov 2026"

PROFILE = Profile(
    name="llama.cpp server",
    signs=(
        Sign(place="owned_by", pattern="^llamacpp$"),
        Sign(place="path", name="/props", key="default_generation_settings"),
    ),
    version=Version(path="/props", key="build_info"),
    advice={
        "tools_refused": "start llama-server with --jinja",
        "tools_ignored": "start llama-server with --jinja and a chat template that knows tools "
        "(--chat-template-file)",
        "call_in_text": "nothing has to change; a chat template that declares the syntax which "
        "this model writes (--chat-template-file) makes the calls native",
        "no_schema": "update it: a JSON schema is honoured since 2024",
        "window_small": "start llama-server with -c 16384 or more",
    },
    quirks=(
        Quirk(
            what="Its call parser follows the chat template: Qwen2.5-Coder writes a fence that the "
            "shipped template does not declare, and the call stays in the text.",
            seen=_RUN,
        ),
        Quirk(
            what='tool_choice "required" does not help there: the same text, then newlines up to '
            "the token limit.",
            seen=_RUN,
        ),
        Quirk(what="Any model name is taken and its own one returned.", seen=_RUN),
    ),
)
