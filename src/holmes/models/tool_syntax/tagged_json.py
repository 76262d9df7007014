"""The commonest kind of syntax: an opening marker, JSON calls, perhaps a closing marker.

A missing closing tag, a missing last brace and an opening tag that should close are read too.
"""

from holmes.models.tool_syntax.base import (
    BROKEN,
    MORE,
    Passage,
    ReadResult,
    Reply,
    ToolSyntax,
    after_opener,
)
from holmes.models.tool_syntax.core.json_text import read_values
from holmes.models.tool_syntax.core.shapes import calls_in


def tagged_json(
    name: str,
    openers: tuple[str, ...],
    closers: tuple[str, ...] = (),
    *,
    stops: tuple[str, ...] = (),
    needs_closer: bool = False,
    result_openers: tuple[str, ...] = (),
) -> ToolSyntax:
    """A syntax of JSON objects, or an array of them, between markers.

    closers       markers that end the calls and belong to them
    stops         markers that end the calls and belong to what follows
    needs_closer  without its closer this is another syntax's call
    """

    def read(reply: Reply, at: int) -> ReadResult:
        text = reply.text
        start = after_opener(text, at, openers)
        ends = (*closers, *stops, *openers)
        found = read_values(text, start, stops=ends, final=reply.final)
        if found == MORE:
            return MORE
        values, end, stop = found
        closed = stop in closers
        if not values or stop in stops or (needs_closer and not closed):
            return None
        calls = tuple(call for value in values for call in calls_in(value, reply.offered))
        if not calls:
            return BROKEN
        # An opening tag with nothing after it opened nothing: it was meant to close.
        closed = closed or (stop != "" and reply.final and not text[end + len(stop) :].strip())
        return Passage(end=end + len(stop) * closed, calls=calls)

    return ToolSyntax(name=name, openers=openers, read=read, result_openers=result_openers)


# Form: the chat templates of NousResearch/Hermes-2-Pro and Qwen/Qwen2.5-Instruct; also Qwen 3,
# Granite 4, and `<tool_call>[…]` of older Granites.
_HERMES = tagged_json(
    "hermes",
    ("<tool_call>", "<tool_calls>", "<TOOLCALL>"),
    ("</tool_call>", "</tool_calls>", "</TOOLCALL>"),
    result_openers=("<tool_response>",),
)

# Form: the chat template of CohereLabs/c4ai-command-r7b-12-2024. Command R before it wrote
# `Action:` and a JSON fence, which is read as a fence.
_COMMAND_R = tagged_json(
    "command_r",
    ("<|START_ACTION|>",),
    ("<|END_ACTION|>",),
    result_openers=("<|START_TOOL_RESULT|>",),
)

# Form: the chat template of ibm-granite/granite-3.1-8b-instruct, which has no end marker: what
# has one is Phi-4's.
_GRANITE = tagged_json(
    "granite",
    ("<|tool_call|>",),
    stops=("<|/tool_call|>", "</|tool_call|>"),
    result_openers=("<|start_of_role|>tool_response",),
)

# Form: LM Studio's documentation of tool use ("default tool use format"); it reaches the client
# as content where the server's own parser fails.
_LM_STUDIO = tagged_json(
    "lm_studio",
    ("[TOOL_REQUEST]",),
    ("[END_TOOL_REQUEST]",),
    result_openers=("[TOOL_RESULT]",),
)

# Form: the model card of microsoft/Phi-4-mini-instruct; `</|tool_call|>` is the spelling in
# llama.cpp pull request 12288.
_PHI4_CLOSERS = ("<|/tool_call|>", "</|tool_call|>")
_PHI4 = tagged_json(
    "phi4",
    ("<|tool_call|>",),
    _PHI4_CLOSERS,
    needs_closer=True,
    result_openers=("<|tool_response|>",),
)

# Form: vLLM's tool_chat_template_phi4_mini, which asks for this marker without an end marker. The
# bracket of `functools[` belongs to the array.
_FUNCTOOLS = ToolSyntax(
    name="phi4",
    openers=("functools[",),
    read=tagged_json("phi4", ("functools",), _PHI4_CLOSERS).read,
    result_openers=("<|tool_response|>",),
)

# Form: Meta's "Llama 3.1 prompt formats" and the chat template of
# meta-llama/Llama-3.3-70B-Instruct: JSON with `parameters` after the tag, several calls apart by
# semicolons. The bare JSON that the template asks for is read as bare JSON.
_LLAMA3 = tagged_json(
    "llama3",
    ("<|python_tag|>",),
    ("<|eom_id|>", "<|eot_id|>"),
    result_openers=("<|start_header_id|>ipython",),
)

# Form: mistral-common's tokenizers up to v3; the later form is in `named_json`.
_MISTRAL = tagged_json("mistral", ("[TOOL_CALLS]",), ("</s>",), result_openers=("[TOOL_RESULTS]",))

SYNTAXES = (_HERMES, _COMMAND_R, _GRANITE, _LM_STUDIO, _PHI4, _FUNCTOOLS, _LLAMA3, _MISTRAL)
