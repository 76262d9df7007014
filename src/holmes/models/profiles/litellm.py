"""The LiteLLM proxy, in front of any other server.

Seen running (1.108.7, 25 Nov 2026): each reply of a model has x-litellm- headers, one of them with
the version; its list of models has none and says `owned_by` "openai".
"""

from holmes.models.profiles.base import Profile, Quirk, Sign, Version

PROFILE = Profile(
    name="LiteLLM proxy",
    signs=(
        Sign(place="header", name="x-litellm-version"),
        Sign(place="header", name="x-litellm-model-id"),
        Sign(place="header", name="x-litellm-call-id"),
    ),
    precedence=20,  # what is behind it shows through
    version=Version(header="x-litellm-version"),
    advice={
        "tools_refused": "set `drop_params: true` under litellm_settings only if tools are not "
        "dropped with them; else mark the model with `supports_function_calling: true`",
        "tools_ignored": "look whether `drop_params` drops the tools, and use the ollama_chat/ "
        "route instead of ollama/",
        "no_schema": "mark the model with `supports_response_schema: true`",
    },
    quirks=(
        Quirk(
            what="It refuses to start without a master key, so it wants an API key.",
            seen="run here, 1.108.7, 25 Nov 2026",
        ),
        Quirk(
            what="Parameters that it believes unsupported are an error unless drop_params is set.",
            seen="documentation, Oct 2026",
        ),
        Quirk(
            what='Its Ollama route: arguments as an object, every call index 0, finish "stop".',
            seen="issue threads, Nov 2026",
        ),
    ),
)
