"""OpenAI's own API.

From its documentation (Nov 2026), not run here: replies carry openai-version and
openai-processing-ms.
"""

from holmes.models.profiles.base import Profile, Quirk, Sign

PROFILE = Profile(
    name="OpenAI",
    signs=(
        Sign(place="header", name="openai-version"),
        Sign(place="header", name="openai-processing-ms"),
        Sign(place="owned_by", pattern="^openai(-internal|-dev)?$|^system$"),
    ),
    precedence=-1,  # others list models that OpenAI owns
    advice={"tools_refused": "choose a chat model that has function calling"},
    quirks=(
        Quirk(
            what="Reasoning models refuse max_tokens and temperature; max_completion_tokens is "
            "wanted.",
            seen="documentation and issue threads, Nov 2026",
        ),
        Quirk(
            what="json_schema wants an object at its root: a choice of actions is refused there.",
            seen="documentation, Nov 2026",
        ),
    ),
)
