"""Models by name, fallbacks and what runs used: as people ask for them."""

import json
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cli.holmes_process import Finished, environment, holmes
from holmes.config.settings import Config, Flags, endpoint, load
from holmes.core.errors import UsageError
from servers.raw_server import RawServer, RecordedRequest, json_response
from servers.scripted_server import ScriptedServer, completion, refusal, text

KEY = "gsk-0123456789abcdef"
LIST = """
fast:
  model: openai/tiny
  api_base: "{{ env.FAST_BASE }}"
  api_key: "{{ env.FAST_KEY }}"
  temperature: 0.5
  reasoning_effort: low
  drop_params: true
  custom_args: {max_context_size: 12345}
  input_cost_per_token: 0.001
  output_cost_per_token: 0.01
  fallback: spare
spare: {model: hosted_vllm/Qwen/Qwen3-8B, api_base: "{{ env.SPARE_BASE }}"}
"""


def listed(home: Path, content: str = LIST) -> Path:
    path = home / ".holmes/model_list.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def resolved(home: Path, model: str, env: Mapping[str, str], **flags: Any) -> Config:  # noqa: ANN401
    """The settings under a list, as `load` makes them."""
    environment = {"MODEL_LIST_FILE_LOCATION": str(home / ".holmes/model_list.yaml"), **env}
    own = home / "config.yaml"
    if not own.exists():
        own.write_text("max_steps: 20\n")
    return load(Flags(model=model, config_file=own, **flags), environment)


def ask(home: Path, *flags: str, env: Mapping[str, str] | None = None) -> Finished:
    done = holmes("ask", "What is a pod?", "--json", *flags, home=home, env=env)
    assert "Traceback" not in done.err
    return done


def nobody() -> str:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    return f"http://127.0.0.1:{port}/v1"


def test_a_listed_model_is_asked_as_its_entry_says(tmp_path: Path) -> None:
    listed(tmp_path)
    with ScriptedServer([text("A pod is a group of containers.")], model="tiny") as server:
        env = {"FAST_BASE": server.base_url, "FAST_KEY": KEY, "SPARE_BASE": nobody()}
        done = ask(tmp_path, "--model", "fast", env=env | {"OPENAI_API_KEY": "sk-another-key"})
        [body], sent = server.requests, server.received
    assert done.code == 0, done.err
    assert (body["model"], body["temperature"], body["reasoning_effort"]) == ("tiny", 0.5, "low")
    assert "max_tokens" in body  # a window of 12,345 is a short one
    assert {request.headers["authorization"] for request in sent} == {f"Bearer {KEY}"}
    assert sent[0].path == "/v1/models"  # it tells what else has to be known of the server
    document = json.loads(done.out)
    assert document["usage"]["cost"] == pytest.approx(
        document["usage"]["prompt_tokens"] * 0.001 + 10 * 0.01
    )
    [transcript] = (tmp_path / ".local/state/holmesgpt/sessions").iterdir()
    assert KEY not in transcript.read_text()

    used = json.loads(holmes("usage", "--json", home=tmp_path).out)
    assert used["total"]["cost"] == document["usage"]["cost"]
    assert [row["model"] for row in used["models"]] == ["tiny"]
    assert used["sessions"][0]["session"] == transcript.stem
    month = used["months"][0]["month"]
    table = holmes("usage", "--month", month, home=tmp_path).out
    for part in (month, "tiny", "What is a pod?", "THINKING", "$0."):
        assert part in table
    assert "No reply" in holmes("usage", "--month", "1999-01", home=tmp_path).err
    assert holmes("usage", "--month", "1999-13", home=tmp_path).code == 2


def test_the_spare_of_an_entry_answers_where_its_server_is_down(tmp_path: Path) -> None:
    listed(tmp_path)
    with ScriptedServer([text("A pod is a group of containers.")]) as spare:
        env = {"FAST_BASE": nobody(), "FAST_KEY": KEY, "SPARE_BASE": spare.base_url}
        done = ask(tmp_path, "--model", "fast", env=env)
    assert done.code == 0, done.err
    assert 'Going on with the fallback "Qwen/Qwen3-8B"' in done.err
    assert "authorization" not in spare.received[0].headers


def test_a_flag_names_a_fallback_and_a_refused_key_uses_none(tmp_path: Path) -> None:
    listed(tmp_path)
    with (
        ScriptedServer([refusal(401, "bad key")], repeat_last=True) as first,
        ScriptedServer([text("no")]) as spare,
    ):
        env = {"SPARE_BASE": spare.base_url}
        flags = ("--model", "m", "--api-base", first.base_url, "--fallback", "spare")
        done = ask(tmp_path, *flags, env=env)
        assert (done.code, spare.received) == (3, [])
    wrong = ask(tmp_path, "--model", "m", "--api-base", "http://h", "--fallback", "spart", env=env)
    assert wrong.code == 2
    assert 'Did you mean "spare"?' in wrong.err


def test_azure_is_asked_with_its_own_header_and_path(tmp_path: Path) -> None:
    def respond(request: RecordedRequest) -> list[bytes]:
        if request.method == "GET":
            return [json_response({"data": []})]
        return [json_response(completion(text("A pod is a group of containers."), "gpt"))]

    with RawServer(respond=respond) as server:
        env = {"AZURE_OPENAI_ENDPOINT": server.origin, "AZURE_OPENAI_API_KEY": KEY}
        done = ask(tmp_path, "--model", "azure/mine", "--no-stream", env=env)
        asked = server.received[-1]
    assert done.code == 0, done.err
    assert asked.path == "/openai/v1/chat/completions"
    assert asked.json()["model"] == "mine"
    assert asked.headers["api-key"] == KEY
    assert "authorization" not in asked.headers
    assert "the question and what the tools return go to 127.0.0.1" in done.err


def test_model_list_shows_what_is_known_and_asks_nobody(tmp_path: Path) -> None:
    listed(tmp_path)
    env = {"FAST_BASE": "http://gpu:8000", "FAST_KEY": KEY}
    done = holmes("model", "list", home=tmp_path, env=env)
    assert done.code == 0, done.err
    assert "http://gpu:8000/v1" in done.out
    for part in ("12,345", "$1000 in, $10000 out", "spare", '"SPARE_BASE" is not set'):
        assert part in done.out
    assert "groq" in done.out
    assert '"drop_params" is not used here' in done.err
    assert KEY not in done.out + done.err
    document = json.loads(holmes("model", "list", "--json", home=tmp_path, env=env).out)
    assert document["models"][0]["tool_calls"] is None
    assert {api["prefix"] for api in document["apis"]} >= {"azure", "groq", "openrouter"}


def test_a_prefix_means_an_api_only_where_no_address_is_set(tmp_path: Path) -> None:
    env = {"GROQ_API_KEY": KEY}
    groq = resolved(tmp_path, "groq/openai/gpt-oss-120b", env)
    base, notice = endpoint(groq)
    assert (base, groq.model_name) == ("https://api.groq.com/openai/v1", "openai/gpt-oss-120b")
    assert "api.groq.com" in notice
    assert groq.named is not None
    assert groq.named.documented_window == 131_072
    own = resolved(tmp_path, "groq/x", env, api_base="http://gpu/v1")
    assert (endpoint(own)[0], own.model_name, own.key) == ("http://gpu/v1", "groq/x", "")
    protocol = resolved(tmp_path, "openai/x", {}, api_base="http://gpu/v1")
    assert (protocol.named, protocol.model_name) == (None, "x")
    public = resolved(tmp_path, "openai/gpt-5.4", {"OPENAI_API_KEY": "sk-x"})
    assert endpoint(public)[0] == "https://api.openai.com/v1"
    assert public.model_name == "gpt-5.4"


def test_no_key_goes_to_a_server_that_it_is_not_for(tmp_path: Path) -> None:
    openai = {"OPENAI_API_KEY": "sk-openai"}
    with pytest.raises(UsageError, match="GROQ_API_KEY is not set"):
        resolved(tmp_path, "groq/x", openai)
    listed(
        tmp_path, "gate: {model: groq/x, api_base: 'https://gate.example/v1'}\ng: {model: groq/x}"
    )
    both = openai | {"GROQ_API_KEY": KEY}
    assert resolved(tmp_path, "gate", both).key == ""
    assert resolved(tmp_path, "g", both).key == KEY
    other = resolved(tmp_path, "g", both, api_base="http://gpu/v1")
    assert (other.address, other.key) == ("http://gpu/v1", "")
    spare = resolved(tmp_path, "m", openai, api_base="http://gpu/v1", fallback=("gate",))
    assert [each.api_key for each in spare.fallbacks] == [""]
    (tmp_path / "config.yaml").write_text("model: groq/x\napi_key: gsk-of-the-file\n")
    assert resolved(tmp_path, "groq/y", {}).key == "gsk-of-the-file"
    with pytest.raises(UsageError, match="MISTRAL_API_KEY is not set"):
        resolved(tmp_path, "mistral/y", {})


def test_an_azure_entry_of_the_peer_works(tmp_path: Path) -> None:
    listed(
        tmp_path,
        "old: {model: azure/dep, api_base: 'https://r.openai.azure.com/', api_version: "
        "2025-01-01}\nnew: {model: azure/dep, api_base: 'https://r.openai.azure.com'}\n",
    )
    env = {"AZURE_API_KEY": KEY}
    old, new = (resolved(tmp_path, name, env) for name in ("old", "new"))
    resource = "https://r.openai.azure.com/openai"
    assert old.address == f"{resource}/deployments/dep?api-version=2025-01-01"
    assert (new.address, new.key, new.model_name) == (f"{resource}/v1", KEY, "dep")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("- a\n", "holds no mapping"),
        ("a: [\n", "this is not YAML"),
        ("fast: tiny\n", 'model "fast" is no mapping'),
        ("fast: {api_base: 'http://h'}\n", "missing required field model"),
        ("fast: {model: vertex_ai/x}\n", "has no api_base"),
        ("fast: {model: m, api_key: '{{ env.NO_SUCH }}'}\n", '"NO_SUCH" is not set'),
    ],
)
def test_a_wrong_list_is_told_with_the_place(tmp_path: Path, content: str, said: str) -> None:
    path = listed(tmp_path, content)
    with pytest.raises(UsageError) as told:
        resolved(tmp_path, "fast", {})
    assert said in told.value.message
    assert str(path) in told.value.message


def test_the_first_of_the_list_is_used_where_nothing_is_named(tmp_path: Path) -> None:
    listed(tmp_path, "a: {model: x, api_base: 'http://gpu/v1'}\nb: {model: y}\n")
    config = resolved(tmp_path, "", {})
    base, notice = endpoint(config)
    assert (base, config.model_name) == ("http://gpu/v1", "x")
    assert 'using "a", the first of' in notice


def test_a_run_with_a_listed_model_goes_on_by_its_name(tmp_path: Path) -> None:
    listed(tmp_path)
    with ScriptedServer([refusal(401, "not yet"), text("A pod is a group.")]) as server:
        env = {"FAST_BASE": server.base_url, "FAST_KEY": KEY, "SPARE_BASE": nobody()}
        assert ask(tmp_path, "--model", "fast", env=env).code == 3
        done = holmes("ask", "--resume", "last", "--json", home=tmp_path, env=env)
        keys = {request.headers["authorization"] for request in server.received}
    assert done.code == 0, done.err
    assert keys == {f"Bearer {KEY}"}


def test_nobody_without_a_name_pays_for_names(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom holmes.config.settings import Flags, load\n"
        "load(Flags(model='m', api_base='http://gpu/v1'), {})\n"
        "print(*sorted({'yaml', 'msgspec', 'holmes.config.named'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment(tmp_path), capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert done.stdout.strip() == ""
