"""Text Generation WebUI, its OpenAI-compatible API.

Seen running (May 2026 source, Transformers loader, 24 Nov 2026): `owned_by` is "user"; no version
is told.
"""

from holmes.models.profiles.base import Profile, Quirk, Sign

_RUN = "run here, source of May 2026, 24 Nov 2026"

PROFILE = Profile(
    name="Text Generation WebUI",
    signs=(Sign(place="owned_by", pattern="^user$"),),
    advice={
        "tools_ignored": "choose an instruction template that knows tools in its Parameters tab",
        "window_unknown": "it does not tell its context window: set ctx-size in its Model tab",
        "window_small": "raise ctx-size in its Model tab, or --ctx-size",
    },
    quirks=(
        Quirk(what="json_schema and `grammar` are ignored.", seen=_RUN),
        Quirk(what="A streamed call's text comes first as content, then the call.", seen=_RUN),
        Quirk(
            what="Too long a prompt loses its beginning without a word; usage says 0 tokens.",
            seen=_RUN,
        ),
    ),
)
