"""Several clusters and models by name in one process."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import openai
import pytest

from holmes.cli.main import main
from holmes.demo import CLUSTER
from server.served import Served, with_model
from servers.scripted_server import ScriptedServer, text
from support.recording import recording


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    clusters = {"acme": recording(), "demo": CLUSTER}
    lines = [f"    {name}: {{snapshot: {folder}}}" for name, folder in clusters.items()]
    path.write_text("\n".join(["serve:", "  clusters:", *lines]), encoding="utf-8")
    return path


@pytest.fixture
def two(tmp_path: Path, config: Path) -> Iterator[Served]:
    with with_model(tmp_path, arguments=("--config", str(config))) as (served, _, _):
        yield served


def test_two_clusters_are_asked_by_name(tmp_path: Path, config: Path) -> None:
    flags = ("--config", str(config), "--parallel", "2")
    with with_model(tmp_path, arguments=flags) as (served, _, _):
        assert served.get("/api/info").json()["clusters"] == ["acme", "demo"]
        names = {
            cluster: served.ask("which nodes are there?", cluster=cluster)
            for cluster in ("demo", "acme", "")
        }
        told = {
            cluster: served.finished(name)["turns"][0]["answer"]["text"]
            for cluster, name in names.items()
        }
        assert "node-2" in told["acme"]
        assert "node-2" not in told["demo"]
        assert "node-1" in told["demo"]
        assert told[""] == told["acme"]
        client = openai.OpenAI(base_url=f"{served.url}/v1", api_key="none", timeout=60)
        assert "holmes@demo" in [each.id for each in client.models.list()]
        reply = client.chat.completions.create(
            model="holmes@demo", messages=[{"role": "user", "content": "which nodes?"}]
        )
        assert "node-2" not in (reply.choices[0].message.content or "")


def test_each_entry_of_the_model_list_is_a_model(tmp_path: Path) -> None:
    listed = tmp_path / "models.yaml"
    with ScriptedServer([text("I am the other one.")], repeat_last=True) as other:
        listed.write_text(
            f"""
other: {{model: openai/other-8b, api_base: {other.base_url}, api_key: "{{{{ env.OTHER_KEY }}}}"}}
scripted: {{model: openai/first-70b, api_base: http://127.0.0.1:9/v1}}
lost: {{model: openai/x, api_base: http://127.0.0.1:9/v1, api_key: "{{{{ env.NO_SUCH }}}}"}}
""",
            encoding="utf-8",
        )
        env = {"MODEL_LIST_FILE_LOCATION": str(listed), "OTHER_KEY": "sk-other-0123456789"}
        with with_model(tmp_path, env=env) as (served, server, _):
            models = json.loads(served.get("/api/model").json()["model_name"])
            assert models == ["scripted", "other"]
            assert served.get("/api/info").json()["models"] == models
            listing = served.get("/v1/models").json()["data"]
            assert [each["id"] for each in listing] == ["holmes", *models]
            assert any("NO_SUCH" in str(line) for line in served.lines), "one that can't be used"

            told = served.post("/api/chat", {"ask": "who are you?", "model": "other"}).json()
            assert "I am the other one." in told["analysis"]
            assert other.requests[-1]["model"] == "other-8b"
            assert other.received[-1].headers["authorization"] == "Bearer sk-other-0123456789"
            ours = served.finished(served.ask("who are you?", model="other"))
            assert (ours["model"], ours["state"]) == ("other", "answered")
            client = openai.OpenAI(base_url=f"{served.url}/v1", api_key="none", timeout=60)
            asked = [{"role": "user", "content": "who are you?"}]
            reply = client.chat.completions.create(model="other", messages=asked)  # type: ignore[arg-type]
            assert "I am the other one." in (reply.choices[0].message.content or "")
            client.close()
            # The address of the flags beats the entry's; an unknown name means the default.
            for name in ("scripted", "unknown"):
                told = served.post("/api/chat", {"ask": "a word", "model": name}).json()
                assert "a word of your own" in told["analysis"]
            assert server.requests[-1]["model"] == "first-70b"
            assert "sk-other" not in served.log.read_text()


def test_the_same_words_on_two_clusters_are_two_conversations(two: Served) -> None:
    client = openai.OpenAI(base_url=f"{two.url}/v1", api_key="none", timeout=60, max_retries=0)

    def ask(model: str, *words: str) -> tuple[str, str]:
        roles = ("user", "assistant")
        messages: Any = [{"role": roles[n % 2], "content": each} for n, each in enumerate(words)]
        reply = client.chat.completions.create(model=model, messages=messages)
        return reply.id, reply.choices[0].message.content or ""

    first, said = ask("holmes@acme", "a word?")
    other, said_there = ask("holmes@demo", "a word?")
    assert said == said_there
    again, _ = ask("holmes@acme", "a word?", said, "and now?")
    moved, _ = ask("holmes@demo", "a word?", said, "and now?", said, "and there?")
    assert again == first
    assert moved not in {first, other}
    assert two.whole(moved)["cluster"] == "demo"


def test_no_more_than_the_limit_get_in_while_a_cluster_is_opened(
    tmp_path: Path, config: Path
) -> None:
    flags = ("--config", str(config), "--at-once", "2")
    with with_model(tmp_path, arguments=flags) as (served, _, model):

        def begin(_: int) -> int:
            body = {"question": "slow one", "cluster": "demo"}
            return served.post("/api/investigations", body).status_code

        with ThreadPoolExecutor(8) as pool:
            found = sorted(pool.map(begin, range(8)))
        model.hold.set()
    assert found == [202, 202, *[429] * 6]


def test_a_wrong_section_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("serve: {clusters: {lab: {snapshto: x}}}\n")
    assert main(["serve", "--config", str(config), "--model", "m", "--api-base", "x"]) == 2
    assert "snapshto" in capsys.readouterr().err
