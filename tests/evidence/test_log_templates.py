"""Logs by pattern: every line counted once, trouble kept apart, memory bounded."""

import subprocess
import sys

from hypothesis import given, settings
from hypothesis import strategies as st

from holmes.tools.log_digest import HEAD, TAIL, LogDigest
from holmes.tools.log_templates import (
    MOST_PATTERNS,
    RESERVED_PATTERNS,
    LogPatterns,
    Pattern,
    mine,
)


def patterns(*lines: str) -> list[Pattern]:
    return mine(["\n".join(lines).encode()]).patterns()


def counts(*lines: str) -> list[tuple[int, str]]:
    return [(pattern.count, pattern.first.decode()) for pattern in patterns(*lines)]


def test_lines_that_differ_in_numbers_and_identifiers_are_one_pattern() -> None:
    lines = [
        f"2026-11-24T10:00:{n:02d}Z order {n * 7919:08x}-{n:04x} of user{n} took {n * 3} ms"
        for n in range(50)
    ]
    assert counts(*lines) == [(50, lines[0])]


def test_the_first_and_the_last_line_of_a_pattern_and_their_places_are_kept() -> None:
    [tick, other] = patterns("tick 1", "now for something else", "tick 2", "tick 3")
    assert (tick.first, tick.first_at, tick.last, tick.last_at) == (b"tick 1", 0, b"tick 3", 3)
    assert (other.first_at, other.count) == (1, 1)


def test_a_bad_status_or_exit_code_is_not_one_of_the_good_ones() -> None:
    assert len(patterns('GET /a HTTP/1.1" 200 5', 'GET /b HTTP/1.1" 503 5')) == 2
    assert len(patterns('{"status": 200, "n": 1}', '{"status": 404, "n": 2}')) == 2
    assert len(patterns("job ended with exit code 0", "job ended with exit code 137")) == 2
    assert len(patterns("took 200 ms", "took 503 ms")) == 1


def test_an_error_is_not_one_of_the_lines_that_look_like_it() -> None:
    well = [
        f"10:00:{n:02d} INFO connection {n} to db.internal on port 5432 opened" for n in range(9)
    ]
    sick = "10:00:09 INFO connection 9 to db.internal on port 5432 refused"
    assert counts(*well, sick) == [(9, well[0]), (1, sick)]


def test_words_that_vary_become_one_pattern() -> None:
    names = ("alice", "bob", "carol", "dave")
    assert len(patterns(*(f"session of {name} was opened on host web" for name in names))) == 1


@settings(max_examples=60)
@given(st.lists(st.binary(max_size=40), max_size=40), st.integers(min_value=1, max_value=50))
def test_every_line_is_counted_once_however_the_bytes_are_cut(
    lines: list[bytes], piece: int
) -> None:
    data = b"\n".join(line.replace(b"\n", b"") for line in lines)
    whole = mine([data])
    assert sum(pattern.count for pattern in whole.patterns()) == whole.lines
    cut = mine(data[at : at + piece] for at in range(0, len(data), piece))
    assert cut.patterns() == whole.patterns()


def test_patterns_are_bounded_and_a_late_error_is_still_one_of_them() -> None:
    log = LogPatterns()
    for n in range(MOST_PATTERNS * 2):
        word = "".join(chr(97 + int(digit)) for digit in str(n))
        log.feed(f"{word} {word}x {word}y\n".encode())
    log.feed(b"fatal: the disk is full\n")
    log.close()
    assert len(log.patterns()) <= MOST_PATTERNS + RESERVED_PATTERNS
    assert log.patterns()[-1].first == b"fatal: the disk is full"
    assert log.others is not None
    assert sum(p.count for p in log.patterns()) + log.others.count == log.lines


def test_a_digest_keeps_beginning_and_end_and_tells_the_middle_by_its_kinds() -> None:
    digest = LogDigest()
    for n in range(300_000):
        digest.feed(f"step {n} done\n".encode() if n != 200_000 else b"ERROR at step 200000\n")
    lines = digest.text().splitlines()
    assert lines[0] == "step 0 done"
    assert lines[-1] == "step 299999 done"
    assert "ERROR at step 200000" in lines
    assert any(line.endswith("lines like this]") for line in lines)
    assert len(digest.text()) < HEAD + 2 * TAIL + 1000
    assert "on record whole, the rest as one line of each kind" in digest.note


def test_a_short_stream_is_whole_in_its_digest() -> None:
    digest = LogDigest()
    for piece in (b"a\nb", b"c\n", b"d"):
        digest.feed(piece)
    assert digest.text() == "a\nbc\nd"


def test_a_long_stream_takes_constant_memory() -> None:
    program = """
from holmes.tools.log_digest import LogDigest
digest = LogDigest()
for block in range(64):
    digest.feed("".join(
        f"2026-11-24T10:00:00Z order {(block << 20 | n) * 2654435761 % 2**32:08x}ab took {n} ms\\n"
        for n in range(18_000)
    ).encode())
digest.text()
print(digest.size, open("/proc/self/status").read().partition("VmHWM:")[2].split()[0])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    size, peak = map(int, done.stdout.split())
    assert size > 50_000_000
    assert peak < 150 * 1024
