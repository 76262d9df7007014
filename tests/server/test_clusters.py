"""Several clusters by name in one process."""

from pathlib import Path

import openai
import pytest

from holmes.cli.main import main
from holmes.demo import CLUSTER
from server.served import with_model
from support.recording import recording


def test_two_clusters_are_asked_by_name(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    clusters = {"acme": recording(), "demo": CLUSTER}
    lines = [f"    {name}: {{snapshot: {folder}}}" for name, folder in clusters.items()]
    config.write_text("\n".join(["serve:", "  clusters:", *lines]), encoding="utf-8")
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


def test_a_wrong_section_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("serve: {clusters: {lab: {snapshto: x}}}\n")
    assert main(["serve", "--config", str(config), "--model", "m", "--api-base", "x"]) == 2
    assert "snapshto" in capsys.readouterr().err
