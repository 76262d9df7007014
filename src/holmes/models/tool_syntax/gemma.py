"""FunctionGemma and Gemma 4: `<start_function_call>call:name{key:<escape>text<escape>}…`.

Form: Google's "FunctionGemma formatting and best practices", and for Gemma 4
`<|tool_call>call:name{key:<|"|>text<|"|>}<tool_call|>`, vLLM's gemma4 parser. Hosted Gemma 4 was
also reported to write `call:name(key: "text")`.
"""

import json
import re

from holmes.models.tool_syntax.base import (
    MORE,
    Passage,
    ReadResult,
    Reply,
    ToolSyntax,
    WrittenCall,
    after_opener,
)
from holmes.models.tool_syntax.core.json_text import read_text_value
from holmes.models.tool_syntax.core.named import HEAD_CHARS
from holmes.models.tool_syntax.core.shapes import NAME, bare_name

_CLOSERS = {"<start_function_call>": "<end_function_call>", "<|tool_call>": "<tool_call|>"}
_HEAD = re.compile(
    rf"(?:<start_function_call>|<\|tool_call>)\s{{0,40}}call:\s{{0,40}}({NAME.pattern}?)"
    r"\s{0,40}[{(]"
)
# A string that nothing closes runs to the end: sought anew from each quote, it would take hours.
_TOKEN = re.compile(
    r'<escape>(?P<old>.*?)(?:<escape>|\Z)|<\|"\|>(?P<new>.*?)(?:<\|"\|>|\Z)'
    r'|(?P<json>"(?:[^"\\]|\\.)*(?:"|\\?\Z))'
    r"|(?P<key>[A-Za-z_][\w.-]*)\s*:|(?P<mark>[{}\[\],])|(?P<word>[^\s{}\[\],:\"<]+)",
    re.DOTALL,
)
_LITERAL = re.compile(r"true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


def _read(reply: Reply, at: int) -> ReadResult:
    """Read `call:`, the name and an object with bare keys, up to its end token."""
    head = _HEAD.match(reply.text, at)
    if not head:
        return reply.undecided(at, HEAD_CHARS)
    closer = next(c for o, c in _CLOSERS.items() if reply.text.startswith(o, at))
    end = reply.find(head.end(), closer)
    if end == MORE:
        return MORE
    raw = reply.text[head.end() - 1 : end].strip()
    found = read_text_value(_as_json("{" + raw[1:].removesuffix(")").removesuffix("}") + "}"))
    cut = end == len(reply.text) and not raw.endswith(("}", ")"))
    error = f"the call breaks off after {raw[-40:]!r}" if cut else found.error
    call = WrittenCall(
        name=bare_name(head[1], reply.offered),
        arguments=None if error else found.value,
        raw=raw,
        error=error,
        repaired=found.repaired,
    )
    return Passage(end=after_opener(reply.text, end, (closer,)), calls=(call,))


def _as_json(raw: str) -> str:
    """Translate to JSON text, token by token; what is no token is dropped."""
    return "".join(map(_translate, _TOKEN.finditer(raw)))


def _translate(token: re.Match[str]) -> str:
    kind, text = token.lastgroup or "", token[token.lastgroup or 0]
    if kind in ("mark", "json") or (kind == "word" and _LITERAL.fullmatch(text)):
        return text
    return json.dumps(text) + (":" if kind == "key" else "")


SYNTAX = ToolSyntax(
    name="gemma",
    openers=tuple(_CLOSERS),
    read=_read,
    result_openers=("<start_function_response>", "<|tool_response>"),
)
