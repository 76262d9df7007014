"""Mistral's API.

From published replies (2026), not run here: mistral-correlation-id, and `owned_by` "mistralai".
"""

from holmes.models.profiles.base import Profile, Quirk, Sign

PROFILE = Profile(
    name="Mistral",
    signs=(
        Sign(place="header", name="mistral-correlation-id"),
        Sign(place="owned_by", pattern="^mistralai$"),
    ),
    advice={"tools_refused": "choose a model with the capability `function_calling`"},
    quirks=(
        Quirk(
            what="Call ids are nine letters and digits; others are refused.",
            seen="documentation and issue threads, Nov 2026",
        ),
        Quirk(
            what="Reasoning models send their thinking as parts of the content.",
            seen="documentation, Nov 2026",
        ),
    ),
)
