"""Reading what a killed process, a broken disk or a newer version left behind."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from holmes.core import events
from holmes.core.answer import Answer, Quote, Specific, Statement
from holmes.core.errors import SessionError
from holmes.core.evidence import Evidence
from holmes.core.messages import (
    AssistantMessage,
    SystemMessage,
    ToolMessage,
    Usage,
    UserMessage,
)
from holmes.core.tool_output import Json, LogLine, LogLines, Table, ToolOutput
from holmes.models.base import ModelReply
from holmes.runs import records
from holmes.runs.store import Store
from holmes.runs.transcript import Transcript, read, summary
from runs.runs import call, calls, cut, investigate, last, never, says

pytestmark = pytest.mark.usefixtures("state")

LOOK = calls(call("lookup", what="web"))
FINE = says("web-1 is fine [1].")


def recorded() -> Transcript:
    investigate(LOOK, FINE)
    return last()


def lines(transcript: Transcript) -> list[bytes]:
    return transcript.path.read_bytes().splitlines(keepends=True)


def place(transcript: Transcript, kind: str) -> int:
    """The index of the first line of that kind."""
    return [json.loads(line)["kind"] for line in lines(transcript)].index(kind)


def rewrite(transcript: Transcript, written: list[bytes]) -> Path:
    transcript.path.write_bytes(b"".join(written))
    return transcript.path


def test_a_whole_transcript_reads_without_a_word() -> None:
    transcript = recorded()
    assert transcript.problems == ()
    assert transcript.answer
    assert transcript.answer.text == "web-1 is fine [1]."
    assert [result.output.text for result in transcript.evidence] == ["web-1 is fine"]


def test_cut_anywhere_it_is_read_up_to_the_last_whole_line() -> None:
    transcript = recorded()
    data = transcript.path.read_bytes()
    first = data.index(b"\n") + 1
    step = max(1, (len(data) - first) // 200)
    for size in range(first, len(data), step):
        transcript.path.write_bytes(data[:size])
        cut = read(transcript.path)
        # All but the line break of a line is a whole line.
        unended = data[size : size + 1] == b"\n"
        assert len(cut.lines) == data[:size].count(b"\n") + unended
        torn = data[size - 1 : size] != b"\n" and not unended
        assert [("cut off" in problem) for problem in cut.problems] == [True] * torn
        assert summary(transcript.path).state in {"interrupted", "answered"}


def test_without_its_first_line_it_is_no_transcript() -> None:
    transcript = recorded()
    path = rewrite(transcript, [b'{"kind":"run","ver'])
    with pytest.raises(SessionError, match="first line can't be read"):
        read(path)
    assert summary(path).header is None


@pytest.mark.parametrize(
    "rubbish",
    [
        *(b'{"kind":"exit","at":1e400,"code":0}\n', b'{"kind":"exit","at":-1,"code":0}\n'),
        b'{"kind":"exit","at":NaN,"code":0}\n',
        *(b"\x00\xff\x00\n", b"{}\n", b'{"kind":"reply"}\n', b'{"kind":"tool_finished"}\n', b"\n"),
    ],
)
def test_a_corrupt_line_in_the_middle_costs_that_line(rubbish: bytes) -> None:
    transcript = recorded()
    written = lines(transcript)
    written.insert(4, rubbish)
    damaged = read(rewrite(transcript, written))
    assert damaged.problems == ("Not readable, and passed over: line 5.",)
    assert damaged.lines == transcript.lines


def test_where_a_reply_is_corrupt_the_run_goes_on_live_and_keeps_its_results() -> None:
    transcript = recorded()
    written = lines(transcript)[:-2]  # without answer and exit
    written[place(transcript, "reply")] = b"rubbish\n"
    damaged = read(rewrite(transcript, written))
    run = investigate(LOOK, FINE, past=damaged, tools=[never()])
    assert "0 of the model's replies, 1 tool results" in run.notices
    assert "Not readable" in run.notices
    assert run.answer == transcript.answer


def test_a_newer_format_is_used_as_far_as_it_is_understood() -> None:
    transcript = recorded()
    first, *others = lines(transcript)
    document = json.loads(first) | {"version": 7, "mood": "good"}
    newer = [json.dumps(document).encode() + b"\n", b'{"kind":"dream","at":1}\n', *others]
    found = read(rewrite(transcript, newer))
    assert found.problems == (
        (
            "It was written by a newer HolmesGPT (format 7, this one knows 2); "
            "what is understood is used."
        ),
        'Lines of unknown kinds, passed over: 1 ("dream").',
    )
    assert found.answer == transcript.answer


def test_format_1_is_refused_with_one_line_that_says_what_to_do() -> None:
    transcript = recorded()
    first, *others = lines(transcript)
    document = json.loads(first) | {"version": 1, "holmes": "0.9"}
    path = rewrite(transcript, [json.dumps(document).encode() + b"\n", *others])
    with pytest.raises(SessionError, match=r"by HolmesGPT 0\.9 \(format 1; .* or ask again\."):
        read(path)
    assert summary(path).state == "answered", "it is listed still"


def test_events_are_numbered_and_dated_through_a_resumption() -> None:
    recorded()
    run = investigate(FINE, past=cut(last(), "tool_finished"), tools=[never()])
    lines = last().lines
    numbers = [line.seq for line in lines if isinstance(line, events.Event)]
    assert numbers == sorted(set(numbers))
    assert numbers[0] == 1
    assert all(line.at > 1e9 for line in lines)
    assert all(event.seq and event.at for event in run.seen)


def test_the_renderer_gets_from_a_transcript_what_it_got_from_the_run() -> None:
    run = investigate(LOOK, LOOK, FINE)
    streamed = events.ModelText | events.ModelTextVoid
    live = [event for event in run.seen if not isinstance(event, streamed)]
    again = [
        replace(event, recorded=False) if isinstance(event, events.ModelWaiting) else event
        for event in last().events
    ]
    assert again[1:] == live, "and first the question, which the command line has"


SAMPLES: tuple[records.Line, ...] = (
    events.ModelWaiting(seq=1, at=1.5, step=1, model="m", address="a", tools_offered=2),
    events.ModelReplied(step=1, usage=Usage(prompt_tokens=3), seconds=0.5),
    events.ToolStarted(key="1", tool="t", arguments={"a": [1, None, {"b": 0.5}]}, command="c"),
    *(
        events.ToolFinished(
            key="1",
            evidence=Evidence(
                number=1,
                tool="t",
                arguments={},
                output=ToolOutput(status="ok", text=text, data=data),
                excerpt=excerpt,
                seconds=0.1,
            ),
        )
        for text, excerpt, data in (
            ("whole", "whole", Table(columns=("A",), rows=(("1",),), of="pods")),
            ("unseen", "", None),
            ("a part", "part", LogLines(lines=(LogLine(text="x", time="t", source="p"),))),
            ("", "", Json(value={"a": [True, None]})),
        )
    ),
    events.ToolRepeated(number=1),
    events.ApprovalAsked(command="c"),
    events.ApprovalGiven(command="c", approved=False),
    events.Noticed(text="n"),
    events.Answered(
        answer=Answer(
            text="t",
            state="answered",
            specifics=(Specific(text="9", kind="number", status="contradicted", instead="7"),),
            statements=(
                Statement(
                    text="s", verdict="likely", quotes=(Quote(evidence=1, lines=("x", "y")),)
                ),
            ),
        )
    ),
    records.Reply(
        at=2.0,
        request=1,
        reply=ModelReply(
            message=calls(call("lookup", what="web")),
            stop_reason="tool_calls",
            usage=Usage(),
            model="m",
        ),
    ),
    records.Request(
        request=2,
        kept=1,
        messages=(
            SystemMessage(content="s"),
            UserMessage(content="u"),
            AssistantMessage(content="a", reasoning="r"),
            ToolMessage(tool_call_id="1", name="n", content="c"),
        ),
        tools=("lookup",),
        max_tokens=None,
    ),
    records.Failure(request=3, reason="too long", overflow=True, window=2048),
)


@pytest.mark.parametrize("line", SAMPLES, ids=lambda line: line.kind)
def test_every_kind_of_line_survives_being_written_and_read(line: records.Line) -> None:
    assert records.decode(records.encode(line)) == line


def test_a_line_torn_before_a_resumption_is_not_complained_of() -> None:
    transcript = recorded()
    written = lines(transcript)[: place(transcript, "tool_finished") + 1]
    torn = read(rewrite(transcript, [*written[:-1], written[-1][:40]]))
    assert "cut off" in torn.problems[0]
    investigate(FINE, past=torn)
    assert last().problems == ()
    assert last().answer


def test_half_a_surrogate_pair_does_not_end_the_record() -> None:
    investigate(LOOK, says("odd \ud83d end [1]."))
    assert last().answer
    assert last().problems == ()


@pytest.mark.parametrize(
    ("end", "state"),
    [
        ('{"kind":"exit","at":1,"code":0}', "answered"),
        ('{"kind":"exit","at":1,"code":4}', "no answer"),
        ('{"kind":"exit","at":1,"code":3}', "failed"),
        ('{"kind":"exit","at":1,"code":130}', "interrupted"),
        ('{"kind":"window","at":1,"tokens":1}', "interrupted"),
    ],
)
def test_a_list_tells_how_a_run_ended_from_its_last_line(end: str, state: str) -> None:
    transcript = recorded()
    with transcript.path.open("a", encoding="utf-8") as file:
        file.write(f"{end}\n")
    assert summary(transcript.path).state == state


def test_a_session_that_is_being_written_is_running() -> None:
    investigate(LOOK, FINE)
    path = last().path
    path.write_bytes(path.read_bytes().rpartition(b'{"kind":"answered"')[0])
    descriptor, _ = Store().reopen(path.stem)
    assert summary(path).state == "running"
    with pytest.raises(SessionError, match="still running"):
        Store().reopen(path.stem)
    os.close(descriptor)
    assert summary(path).state == "interrupted"


def test_the_time_between_two_processes_is_none_of_the_run() -> None:
    transcript = recorded()
    first, *_ = lines(transcript)
    began = json.loads(first)["at"]
    resumed = {"kind": "resumed", "version": 2, "holmes": "0", "model": "m", "address": "a"}
    written = [
        {"kind": "noticed", "at": began + 5, "text": "five seconds"},
        resumed | {"at": began + 1000},
        {"kind": "exit", "at": began + 1002, "code": 0},
    ]
    path = rewrite(transcript, [first, *(json.dumps(line).encode() + b"\n" for line in written)])
    assert read(path).seconds == pytest.approx(7)
