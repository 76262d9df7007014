"""DeepSeek's API.

From published replies (2025 and 2026), not run here: x-ds-trace-id, and `owned_by` "deepseek".
"""

from holmes.models.profiles.base import Profile, Quirk, Sign

PROFILE = Profile(
    name="DeepSeek",
    signs=(
        Sign(place="header", name="x-ds-trace-id"),
        Sign(place="owned_by", pattern="^deepseek$"),
    ),
    advice={"no_schema": "nothing has to change: it knows json_object only"},
    quirks=(
        Quirk(
            what="Thinking comes as reasoning_content and must not be sent back.",
            seen="documentation, Nov 2026",
        ),
        Quirk(
            what="Cached tokens are counted as prompt_cache_hit_tokens.",
            seen="documentation, Nov 2026",
        ),
    ),
)
