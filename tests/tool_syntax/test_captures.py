"""Every reply in the captures is taken for what it is: a call or words."""

import pytest

from holmes.models.tool_syntax import parse
from tool_syntax.captures import captured_contents
from tool_syntax.offered import TOOLS
from wire.recorded import SET_UPS

OFFERED = ("list_pods", "get_logs")


def is_written_call(content: str) -> bool:
    """A JSON call as these two models write it, whole or cut off."""
    return content.removeprefix("```json").lstrip().startswith("{") and any(
        f'": "{name}"' in content for name in OFFERED
    )


@pytest.mark.parametrize("name", SET_UPS)
def test_calls_in_content_are_read_and_words_are_not(name: str) -> None:
    for case, content in captured_contents(name).items():
        parsed = parse(content, TOOLS)
        if is_written_call(content):
            assert parsed.calls, (case, content)
            assert all(call.name in OFFERED for call in parsed.calls), case
            assert parsed.content == "", case
        elif not content.lstrip().startswith("{"):
            assert parsed.calls == (), (case, content)
            assert parsed.content == content.strip(), case
