r"""Text from outside, made unable to pass for anything but text.

A log, an annotation or an attached file may hold what a chat template takes for the end of a turn,
what a tool-call reader takes for a call, a line that looks like the head of one of our results, or
characters that nobody sees. Nothing is deleted but terminal escapes: the brackets of such a token
are replaced by others that look alike to a person (`<|im_end|>` becomes `‹|im_end|›`, `[INST]`
becomes `⟦INST⟧`), and what is invisible is spelled out (`\u202e`).
"""

import re

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]?"
    r"|\x9b[0-?]*[@-~]"
)
# Bidi controls, zero-width and other format characters, and the tag block, which spells ASCII that
# only a model reads.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
_TAGS = (
    "tool_calls?|TOOLCALL|tool_responses?|tool_results?|tool_outputs?|function|functions"
    "|function_calls?|function_results?|function_response|function_output|start_function_call"
    "|end_function_call|start_function_response|end_function_response|invoke|parameter|parameters"
    "|response|start_of_turn|end_of_turn|start_of_image|bos|eos|s|pad|unk|think|thinking|call|tool"
    "|tools|system|user|assistant|human|arg_key|arg_value|result|output|instructions?|antml"
)
_TOKENS = re.compile(
    r"<(\|[^<>\n]{1,60})>|<([^<>\n|]{1,60}\|)>"  # <|…|>, <|…>, <…|>
    r"|<(/?[|｜][^<>\n]{1,80})>"  # DeepSeek's full-width bars
    rf"|<(/?(?:[\w-]{{1,20}}:)?(?:{_TAGS})(?:[\s=][^<>\n]{{0,120}})?/?)>"
    r"|<<(/?SYS)>>"
)
_BRACKETS = re.compile(
    r"\[(/?(?:INST|SYSTEM_PROMPT|TOOL_CALLS|TOOL_RESULTS|TOOL_RESULT|END_TOOL_RESULT|TOOL_REQUEST"
    r"|END_TOOL_REQUEST|AVAILABLE_TOOLS|TOOL_CONTENT|ARGS|CALL_ID|THINK|PREFIX|SUFFIX|MIDDLE))\]"
    r"|functools(\[)"
)
_HEADS = re.compile(
    r"^(?P<lead>[ \t>]*)\[(?P<number>\d{1,3})\](?=[ \t]|$)"  # our results
    r"|^(?P<indent>[ \t]*)(?P<mark>"
    r"-{3,}(?= (?:output|end)\b)"  # our delimiters
    r"|##(?= Return of\b)"  # Kimi
    r"|(?:Observation|Action|Action Input|Final Answer|Thought)(?=:))",  # ReAct
    re.MULTILINE,
)


def neutral(text: str) -> str:
    """The text with everything visible, and nothing in it that frames a conversation."""
    if "\x1b" in text or "\x9b" in text:
        text = _ESCAPES.sub("", text)
    if not text.isascii():
        text = _INVISIBLE.sub(_spelled, text)
    if "<" in text:
        text = _TOKENS.sub(_angled, text)
    text = _BRACKETS.sub(_squared, text)
    return _HEADS.sub(_headed, text)


def without_escapes(text: str) -> str:
    """The text without the sequences that a terminal would obey."""
    return _ESCAPES.sub("", text) if "\x1b" in text or "\x9b" in text else text


def _spelled(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _angled(match: re.Match[str]) -> str:
    inner = next(group for group in match.groups() if group is not None)
    return f"‹‹{inner}››" if match[5] else f"‹{inner}›"


def _squared(match: re.Match[str]) -> str:
    return f"⟦{match[1]}⟧" if match[1] else "functools⟦"


def _headed(match: re.Match[str]) -> str:
    if match["number"]:
        return f"{match['lead']}⟦{match['number']}⟧"
    return f"{match['indent']}‹{match['mark']}›"
