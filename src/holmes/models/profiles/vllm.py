"""vLLM, `vllm serve`.

Seen running (0.32.0 on CPU, 24 Nov 2026): `owned_by` is "vllm", the system fingerprint begins with
"vllm-", the version stands at /version. The parsers are those that 0.32 registers.
"""

from holmes.models.profiles.base import Profile, Quirk, Sign, Version

_RUN = "run here, 0.32.0, 24 Nov 2026"
_FLAGS = "start vLLM with --enable-auto-tool-choice --tool-call-parser {parser}"

PROFILE = Profile(
    name="vLLM",
    signs=(
        Sign(place="owned_by", pattern="^vllm$"),
        Sign(place="system_fingerprint", pattern="^vllm-"),
    ),
    version=Version(path="/version", key="version"),
    advice={
        "tools_refused": _FLAGS,
        "tools_ignored": _FLAGS,
        "call_in_text": "nothing has to change; if another parser fits this model, its calls "
        "become native: --enable-auto-tool-choice --tool-call-parser {parser}",
        "wrong_calls": _FLAGS,
        "window_small": "start vLLM with --max-model-len 16384 or more",
    },
    parsers=(
        (r"qwen-?3[.\d]*-?coder|qwen3\.[5-9]", "qwen3_coder"),
        (r"qwq|qwen|hermes", "hermes"),
        (r"llama-?4", "llama4_pythonic"),
        (r"llama-?3", "llama3_json"),
        (r"mi[sx]tral|devstral|ministral|magistral|codestral", "mistral"),
        (r"deepseek-?v4", "deepseek_v4"),
        (r"deepseek-?v3\.2", "deepseek_v32"),
        (r"deepseek-?v3\.1", "deepseek_v31"),
        (r"deepseek-?(v3|r1)", "deepseek_v3"),
        (r"gpt-?oss", "openai"),
        (r"kimi-?k2", "kimi_k2"),
        (r"glm-?4\.[79]", "glm47"),
        (r"glm-?4", "glm45"),
        (r"granite-?4", "granite4"),
        (r"granite-?20b", "granite-20b-fc"),
        (r"granite", "granite"),
        (r"phi-?4-?mini", "phi4_mini_json"),
        (r"xlam", "xlam"),
        (r"functiongemma", "functiongemma"),
        (r"gemma-?4", "gemma4"),
        (r"minimax-?m3", "minimax_m3"),
        (r"minimax-?m2", "minimax_m2"),
        (r"seed-?oss", "seed_oss"),
        (r"command-?a|command-?r7b", "cohere_command3"),
        (r"hunyuan", "hunyuan_a13b"),
        (r"jamba", "jamba"),
        (r"internlm", "internlm"),
        (r"lfm-?2", "lfm2"),
        (r"gemma|tool-?ace", "pythonic"),
    ),
    quirks=(
        Quirk(
            what="Without its two flags it answers 400 to tools with tool_choice auto, required, "
            "named or absent.",
            seen=_RUN,
        ),
        Quirk(
            what="With the hermes parser the calls of Qwen2.5-Coder stay in the text: they carry "
            "no tags. required and named calls are native all the same (guided decoding).",
            seen=_RUN,
        ),
        Quirk(what="json_schema is honoured, `grammar` ignored, `tools: []` refused.", seen=_RUN),
    ),
)
