"""LocalAI.

From its documentation and source (Aug 2026, 4.9), not run here: /.well-known/localai.json tells
the version, without a key too.
"""

from holmes.models.profiles.base import Profile, Quirk, Sign, Version

_TEMPLATE = (
    "give the model's YAML a function section that fits it, or `template: "
    "{use_tokenizer_template: true}`, so that its template sees the tools"
)

PROFILE = Profile(
    name="LocalAI",
    signs=(Sign(place="path", name="/.well-known/localai.json", key="version"),),
    precedence=1,  # its back ends are llama.cpp, vLLM and others
    version=Version(path="/.well-known/localai.json", key="version"),
    advice={
        "tools_ignored": _TEMPLATE,
        "wrong_calls": _TEMPLATE,
        "window_unknown": "it does not tell its window: set context_size in the model's YAML",
        "window_small": "set context_size: 16384 in the model's YAML",
    },
    quirks=(
        Quirk(
            what="With tools it may add a function of its own named `answer`, through which a "
            "plain reply then passes.",
            seen="its source, Aug 2026",
        ),
    ),
)
