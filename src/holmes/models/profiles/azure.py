"""Azure OpenAI, by its /openai/v1 address.

From its documentation and published replies (Nov 2026), not run here: replies carry
x-ms-region and, from a deployment, more such headers.
"""

from holmes.models.profiles.base import Profile, Quirk, Sign

PROFILE = Profile(
    name="Azure OpenAI",
    signs=(
        Sign(place="header", name="x-ms-deployment-name"),
        Sign(place="header", name="azureml-model-session"),
        Sign(place="header", name="x-ms-region"),
    ),
    precedence=5,  # OpenAI's own headers may come with these
    advice={"tools_refused": "deploy a model version that has function calling"},
    quirks=(
        Quirk(
            what="Reasoning models refuse max_tokens and temperature; max_completion_tokens is "
            "wanted.",
            seen="issue threads, Nov 2026",
        ),
        Quirk(what="--model is the name of the deployment.", seen="documentation, Nov 2026"),
    ),
)
