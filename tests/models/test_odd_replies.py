"""Servers that misbehave and whose reply can be read all the same.

Each case is played as bytes on a real socket. Names of servers stand where the bytes were
recorded (24 Nov 2026) or where their documentation or issue threads describe them.
"""

import json

import pytest

from models.plays import (
    GOOD,
    GOOD_STREAM,
    PODS,
    PODS_TEXT,
    STREAM_HEAD,
    Good,
    assert_good,
    call,
    delta,
    message,
    refuse,
)
from servers.raw_server import (
    Pause,
    event_bytes,
    event_stream,
    json_response,
    response,
)

GRUEN = f"data: {json.dumps(delta('stop', content='grün'), ensure_ascii=False)}\n\n".encode()
IN_UMLAUT = GRUEN.index("ü".encode()) + 1


def with_call(*calls: dict[str, object], name: str, expected: object = None) -> Good:
    document = message(content="", tool_calls=list(calls))
    wanted = expected if isinstance(expected, tuple) else (("kubectl_get", PODS),)
    return Good(name=name, plays=(json_response(document),), content="", calls=wanted)


CASES: tuple[Good, ...] = (
    Good(name="streams as asked", plays=(GOOD_STREAM,)),
    Good(name="ignores stream and answers JSON", plays=(GOOD,)),
    Good(
        name="streams but calls it JSON",
        plays=(GOOD_STREAM.replace(b"text/event-stream", b"application/json"),),
    ),
    Good(
        name="answers JSON but calls it a stream",
        plays=(
            response(
                200, json.dumps(message(content="All is well.")), content_type="text/event-stream"
            ),
        ),
    ),
    Good(
        name="pretty-printed JSON with a BOM",
        plays=(response(200, "\ufeff\n" + json.dumps(message(content="All is well."), indent=2)),),
    ),
    Good(
        name="no [DONE]",
        plays=(event_stream(delta(content="All is well."), delta("stop"), done=False),),
    ),
    Good(name="[DONE] but no finish_reason", plays=(event_stream(delta(content="All is well.")),)),
    Good(
        name="OpenRouter comments, CRLF, no space after data",
        plays=(
            [
                STREAM_HEAD,
                b": OPENROUTER PROCESSING\r\n\r\n",
                b'data:{"choices":[{"delta":{"content":"All is well."}}]}\r\n\r\n',
                b"data:[DONE]\r\n\r\n",
            ],
        ),
    ),
    Good(
        name="events without blank lines between them",
        plays=(
            [
                STREAM_HEAD,
                event_bytes(delta(content="All is "))[:-1]
                + event_bytes(delta(content="well."))[:-1],
                b"data: [DONE]\n",
            ],
        ),
    ),
    Good(
        name="split inside a UTF-8 character",
        plays=([STREAM_HEAD, GRUEN[:IN_UMLAUT], Pause(0.02), GRUEN[IN_UMLAUT:]],),
        content="grün",
    ),
    Good(
        name="last event without a blank line",
        plays=(
            [
                STREAM_HEAD,
                b'data: {"choices":[{"delta":{"content":"All is well."},"finish_reason":"stop"}]}',
            ],
        ),
    ),
    Good(name="message instead of delta", plays=(event_stream(message(content="All is well.")),)),
    Good(
        name="whole message again at the end",
        plays=(
            event_stream(
                delta(content="All is "),
                delta("stop", content="well."),
                message(content="All is well."),
            ),
        ),
    ),
    Good(
        name="role and tool_calls null in deltas",
        plays=(
            event_stream(
                delta(role=None, content="All is well.", tool_calls=None, function_call=None),
                delta("stop"),
            ),
        ),
    ),
    Good(
        name="usage chunk with empty choices",
        plays=(
            event_stream(
                delta("stop", content="All is well."),
                {"choices": [], "usage": {"prompt_tokens": 3}},
            ),
        ),
    ),
    Good(
        name="unknown events in the stream",
        plays=(
            event_stream(
                {"type": "ping"}, delta("stop", content="All is well."), b"data: keep-alive\n\n"
            ),
        ),
    ),
    Good(
        name="content as parts",
        plays=(
            json_response(
                message(
                    content=[{"type": "text", "text": "All is "}, {"type": "text", "text": "well."}]
                )
            ),
        ),
    ),
    Good(
        name="reasoning_content apart",
        plays=(
            event_stream(delta(reasoning_content="Hm. "), delta("stop", content="All is well.")),
        ),
        reasoning="Hm. ",
    ),
    Good(
        name="reasoning apart (vLLM, OpenRouter)",
        plays=(json_response(message(content="All is well.", reasoning="Hm.")),),
        reasoning="Hm.",
    ),
    Good(
        name="think tags split over chunks",
        plays=(
            event_stream(
                delta(content="<th"),
                delta(content="ink>Hm.</thi"),
                delta(content="nk>\n\nAll is well."),
            ),
        ),
        reasoning="Hm.",
    ),
    Good(
        name="text that ends like a tag",
        plays=(event_stream(delta(content="1 "), delta("stop", content="<")),),
        content="1 <",
    ),
    Good(
        name="only a closing think tag",
        plays=(
            event_stream(
                delta(content="Hm."), delta(content="</think>"), delta(content="\nAll is well.")
            ),
        ),
        reasoning="Hm.",
    ),
    Good(
        name="content null beside calls",
        plays=(json_response(message(content=None, tool_calls=[call(PODS_TEXT)])),),
        content="",
        calls=(("kubectl_get", PODS),),
    ),
    Good(
        name="no content key beside calls",
        plays=(json_response(message(tool_calls=[call(PODS_TEXT)])),),
        content="",
        calls=(("kubectl_get", PODS),),
    ),
    with_call(call(PODS), name="arguments as an object"),
    with_call(call(json.dumps(PODS_TEXT)), name="arguments encoded twice"),
    with_call(call(""), name="empty arguments", expected=(("kubectl_get", {}),)),
    with_call(call(None), name="null arguments", expected=(("kubectl_get", {}),)),
    with_call(call("{'kind': 'pods',}"), name="arguments in Python's syntax"),
    with_call(call(PODS_TEXT, id=None), name="call without an id"),
    with_call(
        call(PODS_TEXT, id=""),
        call(PODS_TEXT, id=""),
        name="two calls with empty ids (Gemini)",
        expected=(("kubectl_get", PODS),) * 2,
    ),
    with_call(
        call(PODS_TEXT, id="0"),
        call(PODS_TEXT, id="0"),
        name="two calls with one id (TGI)",
        expected=(("kubectl_get", PODS),) * 2,
    ),
    Good(
        name="legacy function_call",
        plays=(
            json_response(
                message(content=None, function_call={"name": "kubectl_get", "arguments": PODS_TEXT})
            ),
        ),
        content="",
        calls=(("kubectl_get", PODS),),
    ),
    Good(
        name="id and name in every delta (llama-cpp-python)",
        plays=(
            event_stream(
                *(
                    delta(
                        role=None,
                        content=None,
                        function_call={"name": "kubectl_get", "arguments": piece},
                        tool_calls=[call(piece, index=0)],
                    )
                    for piece in ("{", '"kind": "po', 'ds"}')
                ),
                delta("tool_calls"),
            ),
        ),
        content="",
        calls=(("kubectl_get", PODS),),
    ),
    Good(
        name="parallel calls all with index 0 (Ollama, LiteLLM)",
        plays=(
            event_stream(
                delta(tool_calls=[call(PODS_TEXT, index=0)]),
                delta("stop", tool_calls=[call('{"kind": "jobs"}', index=0, id="c2")]),
            ),
        ),
        content="",
        calls=(("kubectl_get", PODS), ("kubectl_get", {"kind": "jobs"})),
    ),
    Good(
        name="whole calls without id, index 0 (Gemini)",
        plays=(
            event_stream(
                delta(tool_calls=[call(PODS_TEXT, index=0, id="")]),
                delta("stop", tool_calls=[call('{"kind": "jobs"}', index=0, id="")]),
            ),
        ),
        content="",
        calls=(("kubectl_get", PODS), ("kubectl_get", {"kind": "jobs"})),
    ),
    Good(
        name="deltas without an index",
        plays=(
            event_stream(
                delta(tool_calls=[call('{"kind"')]),
                delta(tool_calls=[{"function": {"arguments": ': "pods"}'}}]),
                delta("tool_calls"),
            ),
        ),
        content="",
        calls=(("kubectl_get", PODS),),
    ),
    Good(
        name="tool_calls as an object (TGI)",
        plays=(event_stream(delta("tool_calls", tool_calls=call(PODS, index=0))),),
        content="",
        calls=(("kubectl_get", PODS),),
    ),
    Good(
        name="whole call and finish_reason in one chunk",
        plays=(event_stream(delta("tool_calls", tool_calls=[call(PODS_TEXT, index=0)])),),
        content="",
        calls=(("kubectl_get", PODS),),
    ),
    Good(
        name="finish_reason tool_calls without calls (SGLang)",
        plays=(event_stream(delta("tool_calls", content="All is well.", tool_calls=[])),),
    ),
    Good(
        name="finish_reason length with an empty answer",
        plays=(event_stream(delta("length", content="")),),
        content="",
    ),
    Good(
        name="could not read the call, shows it (Groq)",
        plays=(
            refuse(
                400,
                "Failed to call a function.",
                code="tool_use_failed",
                failed_generation="<function=kubectl_get>{}",
            ),
        ),
        content="<function=kubectl_get>{}",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_odd_reply_is_read(case: Good) -> None:
    assert_good(case)


def test_the_table_is_long_and_its_names_are_unique() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))
    assert len(names) >= 35
