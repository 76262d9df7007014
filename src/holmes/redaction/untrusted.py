r"""Text from outside, made unable to pass for anything but text.

A log, an annotation or an attached file may hold what a chat template takes for the end of a turn,
what a tool-call reader takes for a call, a line that looks like the head of one of our results, or
characters that nobody sees. Nothing is deleted but terminal escapes: the brackets of such a token
are replaced by others that look alike to a person (`<|im_end|>` becomes `‹|im_end|›`, `[INST]`
becomes `⟦INST⟧`), and what is invisible is spelled out (`\u202e`).
"""

import re

# Seven-bit sequences and their one-character forms (U+009B for ESC [). Of one that does not end in
# its line only the beginning goes: a log must not take what stands behind it along.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])(?:[^\x07\x1b\x9c\n]{0,2000}(?:\x07|\x1b\\|\x9c))?"
    r"|\x1b[ -/]*[0-~]?"
)
_BEGINS_ESCAPE = re.compile(r"[\x1b\x90\x98\x9b\x9d-\x9f]")
# What reorders, hides or overwrites its neighbours, or breaks a line where only some programs see
# it: control characters, bidi controls, zero-width and other format characters, fillers, variation
# selectors in a row, and the tag block, which spells ASCII that only a model reads.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f"
    "\u2028-\u202e\u2060-\u2064\u2066-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
    "\U000e0000-\U000e01ef]|[\ufe00-\ufe0f]{2,}"
)
_TAGS = (
    "tool_calls?|TOOLCALL|tool_responses?|tool_results?|tool_outputs?|function|functions"
    "|function_calls?|function_results?|function_response|function_output|start_function_call"
    "|end_function_call|start_function_response|end_function_response|invoke|parameter|parameters"
    "|response|start_of_turn|end_of_turn|start_of_image|bos|eos|s|pad|unk|think|thinking|call|tool"
    "|tools|system|user|assistant|human|arg_key|arg_value|results?|output|instructions?|antml"
    "|sop|eop|eoa|eoh|sep|mask|escape|ipython|observation|context|document|scratchpad"
    "|(?:unused|ctrl)[0-9]+"
)
_TOKENS = re.compile(
    r"<(\|[^<>\n]{1,60})>|<([^<>\n|]{1,60}\|)>"  # <|…|>, <|…>, <…|>
    r"|<(/?[|｜][^<>\n]{1,80})>"  # DeepSeek's full-width bars
    rf"|<(/?(?:[\w-]{{1,20}}:)?(?:{_TAGS})(?:[\s=][^<>\n]{{0,120}})?/?)>"
    # A name of several words: <longcat_user>, <extra_id_1>, <AVAILABLE_TOOLS>, <seed:bos>.
    r"|<(/?[A-Za-z][A-Za-z0-9]{0,20}(?:[_:][A-Za-z0-9]{1,20}){1,4}(?:[\s=][^<>\n]{0,120})?/?)>"
    r"|<<(/?SYS)>>"
)
_BRACKETS = re.compile(
    r"\[(/?(?:INST|SYSTEM_PROMPT|TOOL_CALLS|TOOL_RESULTS|TOOL_RESULT|END_TOOL_RESULT|TOOL_REQUEST"
    r"|END_TOOL_REQUEST|AVAILABLE_TOOLS|TOOL_CONTENT|ARGS|CALL_ID|THINK|PREFIX|SUFFIX|MIDDLE"
    r"|MODEL_SETTINGS|IMG(?:_BREAK|_END)?|BEGIN_AUDIO|AUDIO|[gs]?MASK|\|[a-z_]{1,30}\|))\]"
    r"|\]~!?b[\[\]]|\[e~\["
    r"|functools\["
)
_HEADS = re.compile(
    r"^(?P<lead>[ \t>*\u2022\u2013-]*)[\[\uff3b](?P<number> ?\d{1,3} ?)[\]\uff3d]"
    r"(?=\s|:|$)"  # our results
    r"|^(?P<indent>[ \t]*)(?P<mark>"
    # our delimiters, whatever line they are drawn with
    r"(?:[-=*_~#\u2010-\u2015\u2212\u2500-\u257f]{3,}|[\u2013-\u2015\u2500]+)"
    r"(?=\s*(?:output|end)\b)"
    r"|##(?= Return of\b)"  # Kimi
    r"|\#{2,4}(?= (?:Instruction|Response|Input|System|User|Assistant|Human)\b)"  # Alpaca
    r"|(?:Human|Assistant|ASSISTANT)(?=: )"  # Vicuna and the like
    r"|(?:Observation|Action|Action Input|Final Answer|Thought)(?=:))",  # ReAct
    re.MULTILINE,
)


_OTHER_BRACKETS = str.maketrans("[]", "⟦⟧")


def neutral(text: str) -> str:
    """The text with everything visible, and nothing in it that frames a conversation."""
    text = without_escapes(text).replace("\r\n", "\n")
    text = _INVISIBLE.sub(_spelled, text)
    if "<" in text:
        text = _TOKENS.sub(_angled, text)
    text = _BRACKETS.sub(_squared, text)
    return _HEADS.sub(_headed, text)


def without_escapes(text: str) -> str:
    """The text without the sequences that a terminal would obey."""
    return _ESCAPES.sub("", text) if _BEGINS_ESCAPE.search(text) else text


def _spelled(match: re.Match[str]) -> str:
    return "".join(_code(ord(character)) for character in match[0])


def _code(code: int) -> str:
    if code < 0x100:
        return f"\\x{code:02x}" if code != 0xAD else "\\u00ad"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _angled(match: re.Match[str]) -> str:
    inner = next(group for group in match.groups() if group is not None)
    return f"‹‹{inner}››" if match[6] else f"‹{inner}›"


def _squared(match: re.Match[str]) -> str:
    if match[1]:
        return f"⟦{match[1]}⟧"
    return match[0].translate(_OTHER_BRACKETS)


def _headed(match: re.Match[str]) -> str:
    if match["number"]:
        return f"{match['lead']}⟦{match['number']}⟧"
    return f"{match['indent']}‹{match['mark']}›"
