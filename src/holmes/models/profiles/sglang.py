"""SGLang, `python -m sglang.launch_server`.

From its documentation and source (Nov 2026), not run here: `owned_by` is "sglang", the version
stands at /get_server_info.
"""

from holmes.models.profiles.base import Profile, Quirk, Sign, Version

_FLAG = "start SGLang with --tool-call-parser {parser}"

PROFILE = Profile(
    name="SGLang",
    signs=(
        Sign(place="owned_by", pattern="^sglang$"),
        Sign(place="path", name="/get_model_info", key="model_path"),
    ),
    version=Version(path="/get_server_info", key="version"),
    advice={
        "tools_refused": _FLAG,
        "tools_ignored": _FLAG,
        "call_in_text": f"nothing has to change; to get native calls {_FLAG}",
        "wrong_calls": _FLAG,
        "window_small": "start SGLang with --context-length 16384 or more",
    },
    parsers=(
        (r"qwen-?3[.\d]*-?coder|qwen3\.[5-9]", "qwen3_coder"),
        (r"qwq|qwen", "qwen"),
        (r"hermes", "hermes"),
        (r"llama-?4", "pythonic"),
        (r"llama-?3", "llama3"),
        (r"mi[sx]tral|devstral|ministral|magistral", "mistral"),
        (r"deepseek-?v4", "deepseekv4"),
        (r"deepseek-?v3\.2", "deepseekv32"),
        (r"deepseek-?v3\.1", "deepseekv31"),
        (r"deepseek", "deepseekv3"),
        (r"gpt-?oss", "gpt-oss"),
        (r"kimi-?k2", "kimi_k2"),
        (r"glm-?4\.7", "glm47"),
        (r"glm-?4", "glm"),
        (r"gemma-?4", "gemma4"),
        (r"minimax-?m2", "minimax-m2"),
        (r"step-?3", "step3"),
    ),
    quirks=(
        Quirk(
            what="Without a parser, older versions answer 500 "
            '"Unsupported tool_call_parser: None"; since Sept 2025 the call stays in the text.',
            seen="issue threads, read Nov 2026",
        ),
        Quirk(
            what='finish_reason "tool_calls" with an empty list and the XML in the text.',
            seen="one issue thread, May 2026",
        ),
    ),
)
