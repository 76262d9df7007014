"""Events are the same wherever the network cuts the bytes."""

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holmes.models.client.sse import EventStreamParser


def parsed(*pieces: bytes) -> list[str]:
    parser = EventStreamParser()
    found = [data for piece in pieces for data in parser.feed(piece)]
    return found + parser.close()


@pytest.mark.parametrize(
    ("sent", "events"),
    [
        (b"data: a\n\ndata: b\n\n", ["a", "b"]),
        (b"data:a\n\ndata:b\n\n", ["a", "b"]),
        (b"data:  a\n\n", [" a"]),
        (b"data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"]),
        (b"data: a\r\rdata: b\r\r", ["a", "b"]),
        (b": comment\n\ndata: a\n\n:\n\n", ["a"]),
        (b"data: a\ndata: b\n\n", ["a\nb"]),
        (b"event: message\nid: 1\nretry: 5\ndata: a\n\n", ["a"]),
        (b"data: a", ["a"]),
        (b"data: a\n", ["a"]),
        (b"data: a\r", ["a"]),
        (b"data\n\ndata:\n\n", []),
        (b"\xef\xbb\xbfdata: a\n\n", ["a"]),
        (b'{"error": "x"}\n', ['{"error": "x"}']),
        (b'data: a\n{"error": "x"}\n', ["a", '{"error": "x"}']),
        (b'error: {"message": "x"}\n\n', ['{"error": {"message": "x"}}']),
        (b"error: out of slots\n\n", ['{"error": "out of slots"}']),
        (b"data: \xff\n\n", ["\ufffd"]),
        (b"", []),
    ],
)
def test_lines_become_events(sent: bytes, events: list[str]) -> None:
    assert parsed(sent) == events


def cut(data: bytes, places: Sequence[int]) -> list[bytes]:
    bounds = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(bounds)]


LINES = st.sampled_from(
    [
        "data: grün",
        "data:x",
        "data: {}",
        ": ping",
        "",
        "event: a",
        "error: odd",
        '{"a": "ü"}',
        "日本",
    ]
)


@given(
    lines=st.lists(LINES),
    ends=st.lists(st.sampled_from(["\n", "\r\n", "\r"]), min_size=1),
    places=st.lists(st.integers(min_value=0)),
)
def test_where_the_bytes_are_cut_does_not_matter(
    lines: list[str], ends: list[str], places: list[int]
) -> None:
    text = "".join(line + ends[number % len(ends)] for number, line in enumerate(lines))
    data = text.encode()
    assert parsed(*cut(data, places)) == parsed(data)
    assert parsed(*(bytes([byte]) for byte in data)) == parsed(data)


@given(st.lists(st.text(alphabet=st.characters(exclude_characters="\r\n"), min_size=1)))
def test_what_is_sent_as_data_arrives(payloads: list[str]) -> None:
    sent = "".join(f"data: {payload}\n\n" for payload in payloads).encode("utf-8", "replace")
    expected = [text.encode("utf-8", "replace").decode() for text in payloads if text.strip()]
    assert parsed(sent) == expected
