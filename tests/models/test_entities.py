"""Text that a server's template escaped as HTML."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holmes.models.client.entities import EntityMender, mended

# What the 0.5B wrote behind llama-cpp-python's chatml-function-calling on 2026-11-26.
CALL = "```json\n{&#34;tool&#34;: &#34;list_pods&#34;, &#34;arguments&#34;: {}}\n```"


def in_pieces(text: str, size: int) -> str:
    mender = EntityMender()
    pieces = [mender.feed(text[at : at + size]) for at in range(0, len(text), size)]
    return "".join([*pieces, mender.close()])


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_quotes_come_back_however_they_arrive(size: int) -> None:
    assert in_pieces(CALL, size) == '```json\n{"tool": "list_pods", "arguments": {}}\n```'


@pytest.mark.parametrize(
    "text", ["a &lt; b &amp;&amp; c", "Fish & chips", "&", "&#3", "R&D", "&copy; &#169;"]
)
def test_what_is_not_the_servers_stays(text: str) -> None:
    assert mended(text) == text
    assert in_pieces(text, 1) == text


@given(text=st.text("abc\"'<>&#3;4 \n", max_size=60), size=st.integers(1, 9))
def test_pieces_give_what_the_whole_gives(text: str, size: int) -> None:
    assert in_pieces(text, size) == mended(text)


@given(st.text(min_size=1, max_size=60))
def test_what_was_escaped_whole_comes_back_whole(text: str) -> None:
    escaped = html.escape(f'"{text}', quote=True).replace("&quot;", "&#34;")
    assert mended(escaped.replace("&#x27;", "&#39;")) == f'"{text}'
