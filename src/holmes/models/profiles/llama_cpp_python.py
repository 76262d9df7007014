"""llama-cpp-python's server, `python -m llama_cpp.server`.

Seen running (0.3.36, 24 Nov 2026): `owned_by` is "me", and its entries have an empty list of
`permissions`; it has no path of its own and no version anywhere.
"""

from holmes.models.profiles.base import Profile, Quirk, Sign

_RUN = "run here, 0.3.36, 24 Nov 2026"
_OTHER_FORMAT = "leave --chat_format out, so that the template in the GGUF is used"

PROFILE = Profile(
    name="llama-cpp-python",
    signs=(Sign(place="owned_by", pattern="^me$"), Sign(place="entry", name="permissions")),
    advice={
        "tools_ignored": f"its chat format drops tools: {_OTHER_FORMAT}",
        "tools_refused": _OTHER_FORMAT,
        "wrong_calls": _OTHER_FORMAT,
        "no_stream": "nothing has to change: replies come in one piece",
        "window_unknown": "it does not tell its context window, which is 2048 tokens unless it is "
        "started with --n_ctx: give --n_ctx 16384",
        "window_small": "start it with --n_ctx 16384",
    },
    loses_results=True,
    quirks=(
        Quirk(
            what="--chat_format chatml, the documented command, ignores tools, tool_choice and "
            "tool results; the model then advises to run kubectl.",
            seen=_RUN,
        ),
        Quirk(
            what="json_schema is refused with a 500; json_object with a schema is honoured. "
            "A GBNF grammar that it can't read ends the process.",
            seen=_RUN,
        ),
        Quirk(what="Streams with explicit tools may be empty; usage is never streamed.", seen=_RUN),
        Quirk(
            what="No chat format of its own has a place for the role `tool`: only the template in "
            "the GGUF shows the model a result.",
            seen="run here, 0.3.36, 26 Nov 2026",
        ),
        Quirk(
            what="chatml-function-calling escapes the prompt as HTML: the model reads and writes "
            "&#34; for a quote.",
            seen="run here, 0.3.36, 26 Nov 2026",
        ),
        Quirk(
            what="Built on a processor with AMX it dies of a segmentation fault at its first "
            "prompt; with use_extra_bufts off it runs.",
            seen="run here, 0.3.36, 25 Nov 2026",
        ),
    ),
)
