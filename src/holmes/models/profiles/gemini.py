"""Gemini's OpenAI-compatible endpoint.

From published replies (2025 and 2026), not run here: ids begin with "models/gemini", `owned_by` is
"google".
"""

from holmes.models.profiles.base import Profile, Quirk, Sign

PROFILE = Profile(
    name="Gemini",
    signs=(
        Sign(place="model_id", pattern="^models/gem"),
        Sign(place="owned_by", pattern="^google$"),
    ),
    advice={"tools_refused": "choose a gemini- model: the gemma ones have no tools there"},
    quirks=(
        Quirk(
            what='Call ids are empty; a streamed call comes in one piece and ends with "stop".',
            seen="issue threads, Nov 2026",
        ),
        Quirk(what="Errors are wrapped in a list.", seen="issue threads, 2025"),
    ),
)
