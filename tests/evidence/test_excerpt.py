"""Excerpts: within the room, honest about what is missing."""

import re

from hypothesis import given
from hypothesis import strategies as st

from holmes.evidence.excerpt import MAX_LINE, excerpt


def test_text_that_fits_is_unchanged() -> None:
    assert excerpt("a\nb\n", 10) == "a\nb\n"


def test_beginning_and_end_stay_and_the_gap_is_counted() -> None:
    text = "\n".join(f"line {n}" for n in range(1000))
    cut = excerpt(text, 500)
    assert cut.startswith("line 0\n")
    assert cut.endswith("line 999")
    left_out = re.search(r"… (\d+) of 1000 lines", cut)
    assert left_out
    assert int(left_out[1]) + len(cut.splitlines()) - 1 == 1000


def test_one_endless_line_is_shortened_and_says_by_how_much() -> None:
    cut = excerpt("x" * 10_000, 2000)
    assert len(cut) < MAX_LINE + 100
    assert f"{10_000 - MAX_LINE:,} characters of this line left out" in cut


@given(st.text(), st.integers(min_value=1, max_value=300))
def test_never_much_longer_than_asked(text: str, limit: int) -> None:
    cut = excerpt(text, limit)
    assert cut == text or len(cut) <= limit + MAX_LINE + 120
