"""Hugging Face's Text Generation Inference.

From its documentation (Nov 2026), not run here: /info tells the model, the limits and the version.
"""

from holmes.models.profiles.base import Profile, Quirk, Sign, Version

PROFILE = Profile(
    name="Text Generation Inference",
    signs=(
        Sign(place="path", name="/info", key="max_concurrent_requests"),
        Sign(place="system_fingerprint", pattern=r"^\d+\.\d+\.\d+(-dev\d*)?-(native|sha-)"),
    ),
    version=Version(path="/info", key="version"),
    advice={
        "window_unknown": "start it with --max-total-tokens 16384 --max-input-tokens 12288",
        "window_small": "start it with --max-total-tokens 16384 --max-input-tokens 12288",
    },
    quirks=(
        Quirk(
            what="Arguments come as an object, streamed calls as an object and not a list, ids may "
            'be "0" or empty.',
            seen="issue threads, Nov 2026",
        ),
        Quirk(what='tool_choice "auto" behaved as "required".', seen="issue thread on 2.3, 2024"),
    ),
)
