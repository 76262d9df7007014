"""FastChat's OpenAI API server.

Seen running (0.2.36, 24 Nov 2026): `owned_by` is "fastchat"; no version is told.
"""

from holmes.models.profiles.base import Profile, Quirk, Sign

_RUN = "run here, 0.2.36, 24 Nov 2026"

PROFILE = Profile(
    name="FastChat",
    signs=(Sign(place="owned_by", pattern="^fastchat$"),),
    advice={
        "tools_ignored": "it has no tool calling and holmes does without; for native calls serve "
        "the model with vLLM or llama.cpp",
        "no_stream": "install it with pydantic 1: with pydantic 2 every stream breaks off",
    },
    quirks=(
        Quirk(what="Tools, json_schema and max_completion_tokens are ignored.", seen=_RUN),
        Quirk(what="A tool role is a 400 or a wordless 500.", seen=_RUN),
        Quirk(what="Errors have no `error` key: message and code stand alone.", seen=_RUN),
    ),
)
