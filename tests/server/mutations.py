"""Bodies of requests, spoilt: by their structure, and by their bytes."""

import copy
import json
import random
from collections.abc import Mapping
from typing import Any

BODIES: Mapping[str, dict[str, Any]] = {
    "/api/investigations": {"question": "a word", "model": "scripted", "follow_up": ""},
    "/api/investigations/NAME/feedback": {"useful": True, "comment": "thanks"},
    "/api/investigations/NAME/approvals/1": {"approved": True},
    "/api/investigations/NAME/cancel": {},
    "/api/chat": {
        "ask": "a word",
        "conversation_history": [
            {"role": "system", "content": "x"},
            {"role": "user", "content": "q"},
            {
                "role": "assistant",
                "content": "",
                "tool_calls": [
                    {
                        "id": "c1",
                        "type": "function",
                        "function": {"name": "look", "arguments": "{}"},
                        "pending_approval": True,
                        "approval_token": "NAME/1",
                    }
                ],
            },
            {"role": "tool", "tool_call_id": "c1", "content": "web is fine"},
        ],
        "stream": False,
        "enable_tool_approval": True,
        "tool_decisions": [{"tool_call_id": "c1", "approved": True}],
        "response_format": {"type": "json_schema", "json_schema": {"schema": {"type": "object"}}},
        "additional_system_prompt": "be brief",
        "images": ["https://x/y.png", {"url": "data:image/png;base64,AA==", "detail": "low"}],
        "frontend_tools": [
            {
                "name": "highlight",
                "description": "d",
                "parameters": {
                    "type": "object",
                    "properties": {"what": {"type": "string"}},
                    "required": ["what"],
                },
                "mode": "noop",
                "noop_response": "done",
            }
        ],
        "frontend_tool_results": [{"tool_call_id": "c1", "tool_name": "t", "result": "r"}],
    },
    "/api/investigate": {
        "source": "prometheus",
        "title": "a word",
        "subject": {"name": "web"},
        "context": {"x": [1]},
        "sections": {"fine": "whether"},
    },
    "/api/stream/investigate": {"title": "a word", "description": "d"},
    "/api/issue_chat": {
        "ask": "a word",
        "investigation_result": {"result": "r", "tools": [{"name": "t"}]},
        "conversation_history": [{"role": "user", "content": "x"}],
    },
    "/api/workload_health_check": {"ask": "a word", "resource": {"kind": "Pod"}},
    "/api/workload_health_chat": {"ask": "a word", "workload_health_result": {"analysis": "a"}},
    "/v1/chat/completions": {
        "model": "holmes",
        "messages": [
            {"role": "system", "content": "s"},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "a word"},
                    {"type": "image_url", "image_url": {"url": "https://x/y.png"}},
                ],
            },
        ],
        "stream": False,
        "stream_options": {"include_usage": True},
        "response_format": {"type": "text"},
        "n": 1,
    },
}

GETS = (
    *("/", "/healthz", "/readyz", "/metrics", "/api/model", "/api/info?detail=full", "/v1/models"),
    *("/api/openapi.json", "/api/investigations?limit=2", "/api/investigations/NAME"),
    *("/api/investigations/NAME/events?light=1", "/api/investigations/NAME/evidence/1?text=1"),
)

ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 1e308, 10**30, "", "x" * 5000, "\x00", "\u202e", "é", [], {}, [[]]),
    *([None], {"": None}, {"role": "user"}, {"type": "json_schema"}, "NAME/1", "«key:1»"),
    *("--- end ---", "${HOME}", "{{ 7*7 }}", "../../etc/passwd", "<|im_start|>"),
)
RAW = (
    b"", b"null", b"[]", b"{", b'"', b"\xff\xfe", b'{"ask": "\\ud800"}', b'{"question": "\\udfff"}',
    b"[" * 100_000, b'{"a":' * 5000, b'{"ask": NaN}', b"\xef\xbb\xbf{}", b'{"ask":"a","ask":1}',
)  # fmt: skip


def spoilt(body: dict[str, Any], rng: random.Random) -> bytes:
    """A body with one to three things wrong, or bytes that are none."""
    kind = rng.random()
    if kind < 0.1:
        return rng.choice(RAW)
    changed = copy.deepcopy(body)
    for _ in range(rng.randint(1, 3)):
        _change(changed, rng)
    raw = json.dumps(changed).encode()
    if kind < 0.25 and raw:
        place = rng.randrange(len(raw))
        raw = raw[:place] + bytes([rng.randrange(256)]) + raw[place + rng.randint(0, 2) :]
    return raw


def _change(value: Any, rng: random.Random) -> None:  # noqa: ANN401  (any JSON)
    """Change something somewhere in a dictionary or a list."""
    while True:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        if not keys:
            if isinstance(value, dict):
                value[rng.choice(("ask", "x", ""))] = rng.choice(ODD)
            return
        key = rng.choice(keys)
        below = value[key]
        if isinstance(below, dict | list) and below and rng.random() < 0.7:
            value = below
            continue
        if rng.random() < 0.2:
            del value[key]
        else:
            value[key] = copy.deepcopy(rng.choice(ODD))
        return


def spoilt_path(path: str, rng: random.Random) -> str:
    """A path with something else in one of its places."""
    odd = ("%00", "..", "%2e%2e%2fetc", "last", "ü", "9" * 40, "-1", "%ff", "a" * 3000, "?limit=x")
    parts = path.split("/")
    parts[rng.randrange(1, len(parts))] = rng.choice(odd)
    return "/".join(parts)


SPOILT_HEADERS: tuple[dict[str, str], ...] = (
    {},
    {"Last-Event-ID": "-1"},
    {"Last-Event-ID": "9" * 100},
    {"Last-Event-ID": "x"},
    {"Content-Type": "text/plain; charset=x"},
    {"Content-Encoding": "gzip"},
    {"Accept": "\x7f"},
    {"X-API-Key": "+AOk-"},
    {"Authorization": "Bearer"},
)
