"""What an HTTP error is about, recognised by its labels and words.

Servers agree on neither status nor wording: llama.cpp and llama-cpp-python answer 500 to mistakes
of the client, FastChat 400 to an unknown model, OpenRouter 404 to tools. The words below were
seen on real servers on 24 Nov 2026 where a comment names one, else in their documentation.
"""

import re
from typing import Literal, TypeAlias

from holmes.models.client.error_reply import ErrorReply

Topic: TypeAlias = Literal[
    "overflow",
    "key",
    "model",
    "message_shape",
    "tools",
    "response_format",
    "images",
    "max_tokens",
    "path",
    "rejected",
    "passing",
]
"""`passing` may mend itself: asking again makes sense. All others do not."""

_OVERFLOW = re.compile(
    r"exceed_context_size|context_length_exceeded|ContextWindowExceeded|string_above_max_length"
    r"|maximum context length|available context size|context (length|window|size) of"
    r"|(longer|larger|greater) than the (model's )?(maximum )?context|exceeds? the context"
    r"|max_model_len|model's context length|the context overflows|prompt is too long"
    r"|input token count .{0,80} exceeds|input tokens exceed|max_new_tokens` must be <="
    r"|Request too large for model|too large for model with",
    re.IGNORECASE,
)
# The first that matches names the window; what was asked for stands in the same sentences.
_WINDOW = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"maximum context length (?:is|of) (\d+)",  # vLLM, llama-cpp-python, FastChat, OpenAI
        r"available context size \((\d+) tokens\)",  # llama.cpp
        r"max_model_len=(\d+)",  # vLLM, max_tokens beyond the window
        r"context (?:length|window|size) of (?:only )?(\d+)",  # LM Studio
        r"(?:context length|context window|context size)\D{0,12}(\d+)",  # SGLang
        r"> (\d+) maximum",  # Anthropic's OpenAI layer
        r"maximum number of tokens allowed \((\d+)",  # Gemini
        r"limit of (\d+) tokens",  # OpenAI, newer models
        r"must be <= (\d+)",  # Text Generation Inference
        r"with (\d+) maximum context",  # Mistral
        r"TPM\): Limit (\d+)",  # Groq: the allowance of a minute bounds one request
    )
)
_MODEL = re.compile(
    r"model_not_found|model_not_available|DeploymentNotFound|ModelNotFound|unknown_model"
    r"|\bmodels?\b[^.]{0,120}?(not found|does not exist|not exist|not available|is not a valid)"
    r"|(no such|unknown|invalid|unable to access) model\b(?! (output|response))"
    r"|could not find (real )?model|not a valid model|invalid model name"
    r"|only .{1,300} allowed now, your model",  # FastChat
    re.IGNORECASE,
)
_MESSAGE_SHAPE = re.compile(
    r"roles? must alternate|conversation roles|(un(expected|known|supported)|invalid) role"
    r"|(system|developer|tool) (role|messages?) (is |are )?not"
    r"|n[o']t support (the )?(system|developer|tool) (role|message|prompt)"
    r"|only user(,| and) assistant|role '?\w+'? (is )?(not|after)"
    r"|Input should be '(system|user|assistant|tool|function)'"  # llama-cpp-python, as a 500
    r"|\bmessages[.\[]\d|body\.messages|ChatCompletion\w*(Message|Param)\b"  # FastAPI programs
    r"|can only concatenate str|Failed to parse tool call arguments|missing field `?content"
    r"|tool_call_id|must be followed by tool messages|without `?tools=|Template error"
    r"|last message|first message|text content blocks must be non-empty",
    re.IGNORECASE,
)
_TOOLS = re.compile(
    r"\btools?\b|tool_choice|tool[_-]?call|tool_use|function[_ -]?call|--jinja|\bfunctions\b"
    r"|(generate|initialize|build).{0,20}(parser|samplers|grammar)|json.?schema",
    re.IGNORECASE,
)
# The only 500s about tools that asking again can't mend (llama.cpp, SGLang).
_TOOLS_500 = re.compile(
    r"requires --jinja|Failed to parse tools|Unsupported tool_call_parser|support tool"
    r"|Failed to parse input at pos|does not match the expected .{0,20}format|'tools'",
    re.IGNORECASE,
)
# 500 for requests that can never work: llama-cpp-python puts its validation errors there, and
# a KeyError's bare `'content'`.
_CLIENT_FAULT_500 = re.compile(
    r"validation errors?\b|Field required|parse_error\.|^'\w+'$|Input should be", re.IGNORECASE
)
# llama-cpp-python names it in a validation error (500), llama.cpp speaks of the grammar (400).
_RESPONSE_FORMAT = re.compile(
    r"response_format|json_schema|json_object|json schema|grammar|structured|guided|constrain",
    re.IGNORECASE,
)
# llama.cpp, Ollama, vLLM, DeepSeek, OpenAI (issue threads, 2023 to Sep 2026); the last two are of
# servers that take `content` as a string only.
_IMAGES = re.compile(
    r"image|mmproj|multi-?modal|\bvision\b|modalit|can only concatenate str"
    r"|content.{0,80}valid string",
    re.IGNORECASE,
)
_MAX_TOKENS = re.compile(
    r"max_(completion_|output_)?tokens.{0,80}"
    r"(too (large|high|long)|exceed|greater|at most|less than|maximum|between|<=|range)",
    re.IGNORECASE,
)


_REFUSING = frozenset({400, 404, 415, 422, 500, 501})


def topic(
    reply: ErrorReply, *, with_tools: bool, constrained: bool = False, with_images: bool = False
) -> Topic:
    """What one error is about.

    `with_tools` says whether the request offered tools, `constrained` whether it held the reply
    to a form, `with_images` whether it held images.
    """
    if with_images and reply.status in _REFUSING and _is_of_images(reply):
        return "images"
    if constrained and reply.status in _REFUSING and _names_form(reply):
        return "response_format"
    if reply.status == 401 or (reply.status == 403 and not reply.is_html):
        return "key"
    if is_overflow(reply):
        return "overflow"
    if reply.status in {408, 409, 425, 429} or _is_passing_5xx(reply):
        return "passing"
    if _MODEL.search(reply.everything) and not _MESSAGE_SHAPE.search(reply.everything):
        return "model"
    return _rejected_part(reply, with_tools=with_tools)


def is_overflow(reply: ErrorReply) -> bool:
    """Whether the request was too long for the context window."""
    # 413 is also what Groq answers to more tokens than a minute allows: shorter is the cure.
    return reply.status == 413 or bool(_OVERFLOW.search(reply.everything))


def context_window(reply: ErrorReply) -> int | None:
    """The window in tokens that an overflow names."""
    document = reply.document
    holder = document.get("error") if isinstance(document, dict) else None
    named = holder.get("n_ctx") if isinstance(holder, dict) else None
    if isinstance(named, int) and named > 0:
        return named
    sentence = re.sub(r"(?<=\d),(?=\d{3})", "", reply.sentence)
    found = next((match for pattern in _WINDOW if (match := pattern.search(sentence))), None)
    return int(found.group(1)) if found else None


def is_loading(reply: ErrorReply) -> bool:
    """Whether the server is up and its model is not yet (llama.cpp: 503 "Loading model")."""
    return reply.status == 503 and bool(re.search(r"\bloading\b", reply.sentence, re.IGNORECASE))


def is_bare_500(reply: ErrorReply) -> bool:
    """Whether this is the wordless 500 of FastAPI programs.

    FastChat gives it for roles that it doesn't know, Text Generation WebUI beyond its limits.
    """
    return reply.status == 500 and reply.everything == "Internal Server Error"


def _is_of_images(reply: ErrorReply) -> bool:
    return bool(_IMAGES.search(reply.everything)) and not is_overflow(reply)


def _names_form(reply: ErrorReply) -> bool:
    return bool(_RESPONSE_FORMAT.search(reply.everything)) and not is_overflow(reply)


def _is_passing_5xx(reply: ErrorReply) -> bool:
    if reply.status is None:  # an error within a 200 that names no status: judged by its words
        return not (_MODEL.search(reply.everything) or _MESSAGE_SHAPE.search(reply.everything))
    if reply.status < 500 or reply.status == 501:
        return False
    lasting = (_CLIENT_FAULT_500, _MESSAGE_SHAPE, _TOOLS_500, _MODEL)
    return not any(pattern.search(reply.sentence) for pattern in lasting)


def _rejected_part(reply: ErrorReply, *, with_tools: bool) -> Topic:
    words = reply.everything
    if _MESSAGE_SHAPE.search(words) or re.fullmatch(r"'(content|role|id)'", reply.sentence):
        return "message_shape"
    if with_tools and _TOOLS.search(words):
        return "tools"
    if _MAX_TOKENS.search(words):
        return "max_tokens"
    return "path" if reply.status in {404, 405} else "rejected"
