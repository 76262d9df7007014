"""Profiles: each has what a profile needs, and is recognised by what its server says."""

from pathlib import Path
from typing import Any

import pytest

import holmes.models.profiles as package
from holmes.core.errors import UsageError
from holmes.models.profiles import built_in, of_user, own_paths, recognise
from holmes.models.profiles.base import Profile, SelfDescription

FOLDER = Path(package.__file__).parent
DOCS = Path(__file__).parents[2] / "docs" / "model-check.md"


def entries(**entry: object) -> dict[str, Any]:
    return {"entries": ({"id": "m", "object": "model", **entry},)}


# Entries of servers that ran here are as they came (24 Nov 2026), those of others as documented.
SAID: dict[str, tuple[dict[str, Any], ...]] = {
    "llama.cpp server": (
        entries(owned_by="llamacpp", meta={"n_ctx": 8192}),
        {"paths": {"/props": {"default_generation_settings": {}, "build_info": "b7100-abc"}}},
    ),
    "llama-cpp-python": (entries(owned_by="me", permissions=[]),),
    "vLLM": (
        entries(owned_by="vllm", root="hf/qwen25", max_model_len=4096, permission=[{}]),
        {"system_fingerprint": "vllm-0.32.0-95f7e47e"},
    ),
    "SGLang": (
        entries(owned_by="sglang", root="Qwen/Qwen3-8B"),
        {"paths": {"/get_model_info": {"model_path": "Qwen/Qwen3-8B"}}},
    ),
    "LocalAI": ({"paths": {"/.well-known/localai.json": {"version": "v4.9.0"}}},),
    "Text Generation WebUI": (entries(owned_by="user", created=0),),
    "FastChat": (entries(owned_by="fastchat", root="m", permission=[{}]),),
    "Ollama": (
        {"system_fingerprint": "fp_ollama"},
        {"paths": {"/api/version": {"version": "0.40.12"}}},
    ),
    "LM Studio": (
        entries(owned_by="organization_owner"),
        {"paths": {"/api/v0/models": {"object": "list", "data": [{"id": "m"}]}}},
    ),
    "Text Generation Inference": (
        {"paths": {"/info": {"model_id": "m", "max_concurrent_requests": 128}}},
        {"system_fingerprint": "3.3.4-native"},
    ),
    "LiteLLM proxy": (
        {**entries(owned_by="openai"), "headers": {"x-litellm-version": "1.108.7"}},
        {"system_fingerprint": "fp_ollama", "headers": {"x-litellm-call-id": "7"}},
    ),
    "OpenRouter": (
        entries(top_provider={"context_length": 8192}),
        {"headers": {"x-generation-id": "gen-1795533404-abc"}},
    ),
    "Azure OpenAI": (
        {"headers": {"x-ms-region": "Sweden Central", "openai-processing-ms": "312"}},
    ),
    "OpenAI": (
        {"headers": {"openai-version": "2020-10-01"}},
        entries(owned_by="system"),
    ),
    "DeepSeek": ({"headers": {"x-ds-trace-id": "fb3c"}}, entries(owned_by="deepseek")),
    "Mistral": (
        {"headers": {"mistral-correlation-id": "c-1"}},
        entries(owned_by="mistralai"),
    ),
    "Groq": ({"headers": {"x-groq-region": "fra"}},),
    "Gemini": (
        {"entries": ({"id": "models/gemini-3-flash", "owned_by": "google"},)},
        {"entries": ({"id": "models/gemma-4", "object": "model"},)},
    ),
}
CASES = [(name, said) for name, cases in SAID.items() for said in cases]


@pytest.mark.parametrize(("name", "said"), CASES, ids=lambda value: str(value)[:40])
def test_a_server_is_recognised_by_what_it_says(name: str, said: dict[str, Any]) -> None:
    profile = recognise(SelfDescription(**said), built_in())
    assert profile is not None
    assert profile.name == name


@pytest.mark.parametrize("profile", built_in(), ids=lambda profile: profile.name)
def test_each_profile_is_whole(profile: Profile) -> None:
    assert profile.name in SAID
    assert profile.signs
    assert all(quirk.what and quirk.seen for quirk in profile.quirks)
    assert not any("{parser}" in text for text in profile.advice.values()) or profile.parsers
    assert f"| {profile.name} |" in DOCS.read_text(encoding="utf-8")


def test_each_file_is_a_profile_that_says_where_it_comes_from() -> None:
    comments = [path.read_text().partition("name:")[0] for path in FOLDER.glob("*.yaml")]
    assert len(comments) == len(built_in())
    assert all("20" in comment and "run" in comment for comment in comments)


def test_a_server_that_says_nothing_is_no_known_kind() -> None:
    assert recognise(SelfDescription(), built_in()) is None
    assert recognise(SelfDescription(**entries()), built_in()) is None
    assert (
        recognise(SelfDescription(**entries(owned_by="someone", permission=[])), built_in()) is None
    )


def test_an_unknown_server_is_asked_few_paths() -> None:
    assert len(own_paths(built_in())) <= 6


VERSIONS: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("vLLM", {"paths": {"/version": {"version": "0.32.0"}}}, "0.32.0"),
    ("llama.cpp server", {"paths": {"/props": {"build_info": "b7100-abc"}}}, "b7100-abc"),
    ("LiteLLM proxy", {"headers": {"x-litellm-version": "1.80.0"}}, "1.80.0"),
    ("FastChat", {}, ""),
)


@pytest.mark.parametrize(("name", "said", "version"), VERSIONS, ids=lambda value: str(value)[:20])
def test_versions(name: str, said: dict[str, Any], version: str) -> None:
    assert SelfDescription(**said).version(named(name).version) == version


PARSERS = (
    ("vLLM", "Qwen/Qwen3-Coder-30B-A3B-Instruct", "qwen3_coder"),
    ("vLLM", "hf/qwen25-coder-0.5b", "hermes"),
    ("vLLM", "NousResearch/Hermes-3-Llama-3.1-8B", "hermes"),
    ("vLLM", "meta-llama/Llama-3.3-70B-Instruct", "llama3_json"),
    ("vLLM", "meta-llama/Llama-4-Scout-17B-16E-Instruct", "llama4_pythonic"),
    ("vLLM", "mistralai/Mixtral-8x7B-Instruct-v0.1", "mistral"),
    ("vLLM", "deepseek-ai/DeepSeek-V3.1", "deepseek_v31"),
    ("vLLM", "deepseek-ai/DeepSeek-R1-0528", "deepseek_v3"),
    ("vLLM", "openai/gpt-oss-120b", "openai"),
    ("vLLM", "zai-org/GLM-4.6", "glm45"),
    ("vLLM", "ibm-granite/granite-4.0-h-small", "granite4"),
    ("vLLM", "our-own-model", "NAME"),
    ("SGLang", "Qwen/Qwen2.5-7B-Instruct", "qwen"),
    ("SGLang", "openai/gpt-oss-20b", "gpt-oss"),
)


@pytest.mark.parametrize(("server", "model", "parser"), PARSERS)
def test_the_parser_fits_the_models_family(server: str, model: str, parser: str) -> None:
    assert named(server).advise("tools_refused", ("alias", model)).endswith(parser)


def named(name: str) -> Profile:
    return next(profile for profile in built_in() if profile.name == name)


OWN = """\
name: Our gateway
signs:
  - {place: header, name: x-our-gateway}
version: {header: x-our-gateway}
advice:
  tools_ignored: ask the platform team to turn on function calling
parsers: {our-.*: hermes}
quirks:
  - {what: It is slow on Mondays., seen: "our incident 12"}
"""


def test_a_user_adds_a_profile_that_wins(tmp_path: Path) -> None:
    (tmp_path / "ours.yaml").write_text(OWN)
    (own,) = of_user(tmp_path)
    said = SelfDescription(headers={"x-our-gateway": "7.1", "x-litellm-version": "1.80.0"})
    found = recognise(said, (*of_user(tmp_path), *built_in()))
    assert found == own
    assert said.version(own.version) == "7.1"
    assert own.advise("tools_ignored", ()) == "ask the platform team to turn on function calling"


def test_the_profile_in_the_documentation_can_be_used(tmp_path: Path) -> None:
    shown = DOCS.read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]
    (tmp_path / "ours.yaml").write_text(shown)
    (own,) = of_user(tmp_path)
    assert own.advise("tools_ignored", ("our-7b",)) == "start it with --tool-call-parser hermes"


def test_no_folder_is_no_profile(tmp_path: Path) -> None:
    assert of_user(tmp_path / "none") == ()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("name: x\nsigns: []\nadvise: {}\n", "advise"),
        ("name: x\n", "signs"),
        ("name: x\nsigns: [{place: port}]\n", "port"),
        ("name: x\nsigns: [{place: header, pattern: '('}]\n", '"(" is no regular expression'),
        ("name: [\n", "can't be read"),
    ],
)
def test_a_faulty_profile_is_named_with_its_file(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "ours.yaml").write_text(content)
    with pytest.raises(UsageError) as raised:
        of_user(tmp_path)
    assert words in str(raised.value)
    assert "ours.yaml" in str(raised.value)
