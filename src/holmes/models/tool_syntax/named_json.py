"""Calls with the tool's name in front of their arguments, a JSON object, between tokens."""

import re

from holmes.models.tool_syntax.base import Passage, ReadResult, Reply, ToolSyntax, after_opener
from holmes.models.tool_syntax.core.named import read_named
from holmes.models.tool_syntax.core.shapes import NAME


def named_json(
    name: str,
    opener: tuple[str, ...],
    head: str,
    ends: tuple[str, ...],
    *,
    around: tuple[str, ...] = (),
    result_openers: tuple[str, ...] = (),
) -> ToolSyntax:
    """A syntax whose `head` is a pattern with the name as its first group.

    around  tokens before and after a group of calls, which are dropped
    """
    pattern = re.compile(head)

    def read(reply: Reply, at: int) -> ReadResult:
        if reply.text.startswith(around, at):
            return Passage(end=after_opener(reply.text, at, around))
        return read_named(reply, at, pattern, ends)

    return ToolSyntax(
        name=name, openers=(*opener, *around), read=read, result_openers=result_openers
    )


def _deepseek_token(words: str) -> tuple[str, str]:
    """A token in DeepSeek's own spelling (full-width bars, U+2581 for "_") and in ASCII."""
    return f"<\uff5c{words.replace(' ', chr(0x2581))}\uff5c>", f"<|{words.replace(' ', '_')}|>"


def _any_of(tokens: tuple[str, ...]) -> str:
    return f"(?:{'|'.join(map(re.escape, tokens))})"


# Form: the chat templates of deepseek-ai/DeepSeek-V3 and R1 (`function`, separator, name, a JSON
# fence) and DeepSeek-V3.1 (name, separator, JSON).
_BEGIN, _END = _deepseek_token("tool call begin"), _deepseek_token("tool call end")
_SEPARATOR = _any_of(_deepseek_token("tool sep"))
_DEEPSEEK = named_json(
    "deepseek",
    _BEGIN,
    rf"{_any_of(_BEGIN)}\s{{0,40}}(?:function\s{{0,40}}{_SEPARATOR})?\s{{0,40}}({NAME.pattern})"
    rf"\s{{0,40}}{_SEPARATOR}?\s{{0,40}}(?:```(?:json)?\s{{0,40}})?",
    ("```", *_END),
    around=(
        *_deepseek_token("tool calls begin"),
        *_deepseek_token("tool calls end"),
        *_deepseek_token("end of sentence"),
    ),
    result_openers=_deepseek_token("tool outputs begin"),
)

# Form: "Tool Call Guidance" of moonshotai/Kimi-K2-Instruct. The id carries name and number; some
# servers lose the section tokens around the calls.
_KIMI = named_json(
    "kimi",
    ("<|tool_call_begin|>",),
    r"<\|tool_call_begin\|>\s{0,40}(?:functions\.)?([A-Za-z_][\w./-]{0,127})(?::\d{1,6})?\s{0,40}"
    r"<\|tool_call_argument_begin\|>\s{0,40}",
    ("<|tool_call_end|>",),
    around=(
        "<|tool_calls_section_begin|>",
        "<|tool_calls_section_end|>",
        "<|tool_call_section_begin|>",
        "<|tool_call_section_end|>",
    ),
    result_openers=("## Return of",),
)

# Form: Meta's "Llama 3.1 prompt formats", user-defined custom tool calling.
_LLAMA3 = named_json(
    "llama3",
    ("<function=",),
    rf"<function=({NAME.pattern})>\s{{0,40}}",
    ("</function>",),
    result_openers=("<|start_header_id|>ipython",),
)

# Form: the chat template of mistralai/Mistral-Small-3.2 (v11 tokenizers and later). Between name
# and arguments some versions put `[CALL_ID]`; a plain `name{…}` is read too.
_MISTRAL = named_json(
    "mistral",
    ("[TOOL_CALLS]",),
    rf"\[TOOL_CALLS\]\s{{0,40}}({NAME.pattern})\s{{0,40}}(?:\[CALL_ID\]\w{{0,80}})?\s{{0,40}}"
    r"(?:\[ARGS\])?\s{0,40}",
    ("</s>",),
    result_openers=("[TOOL_RESULTS]",),
)

SYNTAXES = (_DEEPSEEK, _KIMI, _LLAMA3, _MISTRAL)
