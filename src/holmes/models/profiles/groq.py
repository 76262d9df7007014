"""Groq's API.

From published replies (2025 and 2026), not run here: x-groq-region, and `x_groq` in completions.
"""

from holmes.models.profiles.base import Profile, Quirk, Sign

PROFILE = Profile(
    name="Groq",
    signs=(Sign(place="header", name="x-groq-region"),),
    advice={
        "tools_refused": "choose a model that Groq's page on tool use lists",
        "wrong_calls": "choose a larger model: Groq refuses calls that it can't parse",
    },
    quirks=(
        Quirk(
            what="A call that it can't parse is a 400 `tool_use_failed` whose failed_generation "
            "holds the text; holmes reads the call from there.",
            seen="documentation, Nov 2026",
        ),
        Quirk(
            what="The tokens of a minute bound a single request: 413 or 429.",
            seen="issue threads, Nov 2026",
        ),
    ),
)
