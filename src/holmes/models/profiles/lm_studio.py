"""LM Studio's server.

From its documentation (Nov 2026), not run here: `owned_by` is "organization_owner", and
/api/v0/models lists the models with their state.
"""

from holmes.models.profiles.base import Profile, Quirk, Sign

PROFILE = Profile(
    name="LM Studio",
    signs=(
        Sign(place="owned_by", pattern="^organization_owner$"),
        Sign(place="path", name="/api/v0/models", key="data"),
    ),
    advice={
        "tools_ignored": "choose a model that LM Studio marks as trained for tool use",
        "window_unknown": "load the model in LM Studio with a context length of 16384 or more",
        "window_small": "load the model with a greater context length",
    },
    quirks=(
        Quirk(
            what="A call that it can't parse stays in the text, in [TOOL_REQUEST] brackets.",
            seen="documentation, Nov 2026",
        ),
        Quirk(
            what="A named tool_choice is a 400; `error` is then a string.",
            seen="issue threads, Nov 2026",
        ),
    ),
)
