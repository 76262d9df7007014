"""What a person sees while a reply is being written."""

import pytest

from holmes.models.tool_syntax import StreamFilter, parse
from tool_syntax.offered import TOOLS

ANSWER = """## Root cause
front-2 crashes [again](https://example.test/x): `DB_URL` is {empty}, see a[0] < b.

```bash
kubectl set env deployment/front DB_URL=x -n web
```

```yaml
env: [{name: DB_URL, value: x}]
```

| pod | state |
| --- | --- |
| front-2 | CrashLoopBackOff |

Action: set it.
"""


def shown_while_written(text: str, size: int = 4) -> str:
    stream = StreamFilter(TOOLS)
    return "".join(stream.feed(text[i : i + size]) for i in range(0, len(text), size))


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_an_answer_is_shown_as_it_comes(size: int) -> None:
    assert shown_while_written(ANSWER, size) == ANSWER.strip()


def test_the_final_channel_is_shown_and_the_analysis_is_not() -> None:
    reply = (
        "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant"
        "<|channel|>final<|message|>All pods run, and more words follow."
    )
    assert shown_while_written(reply) == "All pods run, and more words follow."


def test_the_announcement_is_shown_at_once_and_the_call_never() -> None:
    call = '```json\n{"tool": "list_pods", "arguments": {"namespace": "web"}}\n```'
    assert shown_while_written(f"I will list the pods.\n\n{call}") == "I will list the pods."


def test_a_beginning_that_is_none_is_let_go_with_the_next_character() -> None:
    stream = StreamFilter(TOOLS)
    assert stream.feed("a <tool_") == "a"
    assert stream.feed("box> b") == " <tool_box> b"


def test_without_tools_a_call_is_still_no_text_to_show() -> None:
    text = '{"name": "list_pods", "arguments": {"namespace": "web"}}'
    stream = StreamFilter(())
    assert stream.feed(text) == ""
    parsed = stream.finish()
    assert parsed == parse(text, ())
    assert [call.name for call in parsed.calls] == ["list_pods"]
