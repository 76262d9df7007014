"""Reading what a killed process, a broken disk or a newer version left behind."""

import json
import os
from pathlib import Path

import pytest

from holmes.core.errors import SessionError
from holmes.runs import records
from holmes.runs.store import Store
from holmes.runs.transcript import Transcript, read, summary
from runs.runs import call, calls, investigate, last, never, says

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


@pytest.mark.parametrize("rubbish", [b"\x00\xff\x00\n", b"{}\n", b'{"kind":"reply"}\n', b"\n"])
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


def test_every_kind_survives_being_written_and_read() -> None:
    for line in recorded().lines:
        assert records.decode(records.encode(line)) == line


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
