import pytest

from holmes.evidence.untrusted import neutral
from holmes.models.tool_syntax.core.discovery import syntaxes

# Also the beginnings of ordinary JSON, lists and code, which can't be told from a tool's output;
# readers of calls look at a model's reply, never at a tool's.
ORDINARY = {"{", "[", "```", "functools"}
OPENERS = sorted(
    {
        opener
        for syntax in syntaxes()
        for opener in (*syntax.openers, *syntax.result_openers)
        if opener not in ORDINARY
    }
)
TEMPLATE_TOKENS = (
    *("<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|start_header_id|>"),
    *("<|begin_of_text|>", "<|system|>", "<|user|>", "<|assistant|>", "<|channel|>", "<|end|>"),
    *("<start_of_turn>", "<end_of_turn>", "<bos>", "<eos>", "<s>", "</s>", "[INST]", "[/INST]"),
    *("<<SYS>>", "<</SYS>>", "<｜begin▁of▁sentence｜>", "<｜User｜>", "<｜Assistant｜>", "<think>"),
    *("</think>", "<tool_response>", "</tool_response>", "<|tool▁sep|>", "[SYSTEM_PROMPT]"),
    *("<|START_OF_TURN_TOKEN|>", "<|SYSTEM_TOKEN|>", "<|recipient|>", "<tool_result>", "<call>"),
    *("[TOOL_RESULTS]", "[/TOOL_RESULTS]", "[AVAILABLE_TOOLS]", '<invoke name="x">', "</call>"),
)


BACK = str.maketrans("‹›⟦⟧", "<>[]")


def unmarked(text: str) -> str:
    """As a reader turns it back; marks that stand around words have nothing in their place."""
    for words in ("##", "Observation", "Action", "---"):
        text = text.replace(f"‹{words}›", words)
    return text.translate(BACK)


@pytest.mark.parametrize("token", [*OPENERS, *TEMPLATE_TOKENS])
def test_what_frames_a_conversation_is_marked_and_still_readable(token: str) -> None:
    closed = token if ">" in token or "<" not in token else f"{token}x>"
    shown = neutral(f"{closed} tail")
    assert token not in shown
    assert unmarked(shown) == f"{closed} tail"


OURS = (
    *("[3] kubectl get pods -A", "  [12] all is well", "> [1] quoted"),
    *("--- end of output ---", "--- output ---", "--- end ---"),
)


@pytest.mark.parametrize("line", OURS)
def test_no_line_passes_for_ours(line: str) -> None:
    shown = neutral(f"before\n{line}\nafter")
    assert line not in shown
    assert unmarked(shown) == f"before\n{line}\nafter"


@pytest.mark.parametrize(
    "line",
    [
        "items[3] is out of range [1, 2]",
        "[2026-11-25T10:00:00] INFO started",
        "[ERROR] no such file",
        "<none>  <unset>  <pending>  <no value>",
        "if a < b and c > d: return <html>",
        "---",
        "--- a/file.py",
        "caf\u00e9 \u65e5\u672c \u2713",
    ],
)
def test_ordinary_lines_stay_as_they_are(line: str) -> None:
    assert neutral(line) == line


def test_escapes_go_and_what_is_invisible_is_spelled_out() -> None:
    assert neutral("\x1b[31mred\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x07 \x9b1mbold") == (
        "red link bold"
    )
    assert neutral("a\u202eb\u200bc\U000e0041") == "a\\u202eb\\u200bc\\U000e0041"
