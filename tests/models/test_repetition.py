"""A reply that goes round in circles is ended; one that repeats itself for a reason is not."""

import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holmes.models.client.repetition import counts_on, loop_start
from models.exchange import ask_once
from models.plays import STREAM_HEAD, delta, message
from servers.raw_server import Pause, RawServer, Step, json_response, sequence

# What Qwen2.5 Coder 1.5B wrote at temperature 0 on 2026-11-25, shortened.
SAID = "The Job billing/invoice-run has failed 3 times because of exit code 1. "
ROUND = "You should check the logs of its pods to find the cause, and then run it again. "
LOOP = SAID + ROUND * 60
CALL = '```json\n{"name": "kubectl_logs", "arguments": {"name": "invoice-run-x7k2p"}}\n```\n'
# As a model recites findings: no sentence of it comes twice.
PASSAGE = "".join(
    f"- Deployment shop/web-{n} has no ready pod since revision {n}.\n" for n in range(30)
)
# As the 0.5B went on to its limit on 2026-11-26.
COUNTED = "".join(f"[{n}] pods/healthcheck\n" for n in range(100, 215))
NOTICE = "The model began to repeat itself; its reply was cut there."


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (SAID + ROUND * 5, SAID + ROUND),
        (SAID + ROUND * 5 + ROUND[:17], SAID + ROUND),
        (CALL * 5, CALL),
        ("- pod api is not ready\n" * 20, "- pod api is not ready\n"),
        ("no " * 120, "no "),
        ("Look here. " + "-" * 2400, "Look here. -"),
        (PASSAGE * 3, PASSAGE),
        (
            "".join(f"[{n}] holmes scan\n{PASSAGE}" for n in range(8, 11)),
            f"[8] holmes scan\n{PASSAGE}",
        ),
        (COUNTED, COUNTED),
    ],
    ids=[
        "sentence",
        "mid-sentence",
        "call",
        "line",
        "word",
        "signs",
        "passage",
        "numbered",
        "counted",
    ],
)
def test_a_loop_is_cut_behind_its_first_round(text: str, kept: str) -> None:
    assert loop_start(text) is not None
    assert text[: loop_start(text)].rstrip() == kept.rstrip()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "All is well.",
        ROUND * 3,
        PASSAGE * 2,
        "ha " * 20,
        "# Findings\n" + "-" * 400,
        "".join(f"- pod web-{n} in namespace shop is not ready, restarts {n}\n" for n in range(40)),
        "| pod | state |\n" + "".join(f"| web-{n} | CrashLoopBackOff |\n" for n in range(60)),
        json.dumps([{"name": f"kubectl_logs_{n}", "arguments": {}} for n in range(30)]),
        SAID + ROUND * 8 + "So far for the Job; the Deployment beside it is healthy.",
    ],
    ids=["none", "short", "three", "passage", "laugh", "rule", "list", "table", "calls", "went on"],
)
def test_what_repeats_for_a_reason_stays(text: str) -> None:
    assert loop_start(text) is None


@given(
    before=st.text(string.ascii_letters + " .\n", max_size=200),
    one=st.text(string.ascii_lowercase + " .\n", min_size=30, max_size=300),
    extra=st.integers(0, 300),
)
def test_any_loop_is_found_and_nothing_before_it_is_lost(before: str, one: str, extra: int) -> None:
    text = before + (one * 20)[: max(5 * len(one), 400) + extra]
    cut = loop_start(text)
    if any(character.isalnum() for character in one):
        assert cut is not None
    if cut is not None:
        assert cut <= len(before) + 2 * len(one)
        # What is cut off says nothing that does not stand in what is kept, or across its end.
        kept = text[: cut + 8]
        assert all(text[at : at + 8] in kept for at in range(cut, len(text) - 8))


def endless(**fields: str) -> bytes:
    return b"data: " + json.dumps(delta(**fields)).encode() + b"\n\n"


def test_an_endless_stream_is_left_as_soon_as_it_goes_round() -> None:
    steps: list[Step] = [
        STREAM_HEAD,
        *(endless(content=LOOP[n : n + 7]) for n in range(0, 1400, 7)),
    ]
    with RawServer(respond=sequence([*steps, Pause(3600)])) as server:
        outcome = ask_once(server.base_url, first_byte_timeout=60.0, idle_timeout=60.0)
    assert outcome.reply is not None
    assert outcome.reply.message.content == (SAID + ROUND).rstrip()
    assert outcome.reply.stop_reason == "stop"
    assert outcome.notices == [NOTICE]
    assert outcome.shown() == (SAID + ROUND).rstrip()


@pytest.mark.parametrize("key", ["reasoning_content", "content"])
def test_thinking_that_goes_round_is_ended_as_well(key: str) -> None:
    opening = "<think>" if key == "content" else ""
    steps: list[Step] = [STREAM_HEAD, endless(**{key: opening + LOOP}), Pause(3600)]
    with RawServer(respond=sequence(steps)) as server:
        outcome = ask_once(server.base_url, first_byte_timeout=60.0, idle_timeout=60.0)
    assert outcome.reply is not None
    assert outcome.reply.message.reasoning == (SAID + ROUND).rstrip()
    assert outcome.reply.message.content == ""
    assert outcome.shown("reasoning") == (SAID + ROUND).rstrip()


def test_a_loop_in_a_reply_of_one_piece_is_cut_too() -> None:
    with RawServer(respond=sequence(json_response(message(content=LOOP)))) as server:
        outcome = ask_once(server.base_url)
    assert outcome.reply is not None
    assert outcome.reply.message.content == (SAID + ROUND).rstrip()
    assert outcome.notices == [NOTICE]


def test_a_reply_that_was_cut_off_in_a_loop_has_ended() -> None:
    document = message(content=LOOP)
    document["choices"][0]["finish_reason"] = "length"
    with RawServer(respond=sequence(json_response(document))) as server:
        outcome = ask_once(server.base_url)
    assert outcome.reply is not None
    assert outcome.reply.stop_reason == "stop"


def test_a_call_written_over_and_over_is_kept_once() -> None:
    steps: list[Step] = [STREAM_HEAD, endless(content=CALL * 9), Pause(3600)]
    with RawServer(respond=sequence(steps)) as server:
        outcome = ask_once(server.base_url, first_byte_timeout=60.0, idle_timeout=60.0)
    assert outcome.reply is not None
    assert outcome.reply.message.content == CALL.rstrip()


def called(index: int, name: str, arguments: str) -> bytes:
    function = {"name": name, "arguments": arguments}
    fragment = {"index": index, "id": f"c{index}", "type": "function", "function": function}
    chunk = {"choices": [{"index": 0, "delta": {"tool_calls": [fragment]}}]}
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


def test_calls_that_only_count_on_are_ended() -> None:
    reads = (called(n, "read_evidence", f'{{"number": {n}}}') for n in range(1, 60))
    with RawServer(respond=sequence([STREAM_HEAD, *reads, Pause(3600)])) as server:
        outcome = ask_once(server.base_url, first_byte_timeout=60.0, idle_timeout=60.0)
    assert outcome.reply is not None
    calls = outcome.reply.message.tool_calls
    assert [call.arguments for call in calls] == [{"number": n} for n in range(1, len(calls) + 1)]
    assert 8 <= len(calls) < 16
    assert outcome.notices == [NOTICE]


@pytest.mark.parametrize(
    "arguments",
    [
        [f'{{"kind": "node", "name": "node-{n}"}}' for n in range(12)],
        ['{"number": 3}', *(f'{{"number": {n}, "lines": "{n}-{n + 9}"}}' for n in range(7))],
        [f'{{"number": {n}}}' for n in range(7)],
    ],
    ids=["nodes", "pages", "seven"],
)
def test_many_calls_are_not_counting(arguments: list[str]) -> None:
    assert not counts_on([("tool", each) for each in arguments])
