"""OpenRouter, in front of many providers.

From its documentation (Nov 2026), not run here: its models are listed with `top_provider` and
`supported_parameters`, its replies may carry x-generation-id.
"""

from holmes.models.profiles.base import Profile, Quirk, Sign

PROFILE = Profile(
    name="OpenRouter",
    signs=(
        Sign(place="entry", name="top_provider"),
        Sign(place="header", name="x-generation-id", pattern="^gen-"),
    ),
    precedence=10,
    advice={
        "tools_refused": "choose a model whose page lists `tools` among its supported parameters",
        "no_schema": "choose a model whose page lists `structured_outputs`",
    },
    quirks=(
        Quirk(
            what='Streams begin with comments ": OPENROUTER PROCESSING"; errors come within a 200.',
            seen="documentation, Nov 2026",
        ),
        Quirk(
            what='404 "No endpoints found that support tool use" where no provider has tools.',
            seen="issue threads, Nov 2026",
        ),
    ),
)
