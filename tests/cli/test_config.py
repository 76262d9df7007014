"""Where settings come from, and how a wrong one is told."""

import re
from pathlib import Path

import pytest

from cli.holmes_process import holmes
from holmes.config.settings import (
    Config,
    Flags,
    endpoint,
    load,
)
from holmes.core.errors import UsageError


def file(folder: Path, text: str) -> Flags:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return Flags(config_file=path)


def test_the_file_of_another_holmes_is_taken(tmp_path: Path) -> None:
    config = load(
        file(
            tmp_path,
            "model: openai/qwen\napi_base: http://gpu:8000\nmax_steps: 7\ntimeout: 60\n"
            "window: 4096\ncontext: prod\nnamespace: shop\ncustom_toolsets: [mine.yaml]\n"
            "toolsets:\n  helm/core: {enabled: false}\n"
            "alertmanager_url: http://am\nslack_token: x\nfast_model: y\n",
        ),
        {},
    )
    assert config.model_name == "qwen"
    assert config.api_base == "http://gpu:8000"
    assert (config.max_steps, config.timeout, config.window) == (7, 60.0, 4096)
    assert (config.context, config.namespace) == ("prod", "shop")
    assert config.toolset_files == (tmp_path / "mine.yaml",)
    assert config.toolsets == {"helm/core": {"enabled": False}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("modle: x\n", 'unknown key "modle". Did you mean "model"?'),
        ("max_steps: many\n", '"max_steps": this is to be a whole number, and it is text.'),
        ("model: 5\n", '"model": this is to be text, and it is a whole number.'),
        ("a: 1\nb: [c\n", "config.yaml:3: this is not YAML: "),
        ("- a\n", "holds no mapping"),
        ("max_steps: 0\n", "--max-steps is 0"),
    ],
)
def test_a_wrong_file_is_told_with_its_name(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        load(file(tmp_path, text), {})
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_how_tools_are_called_and_replies_come_can_stand_in_the_file(tmp_path: Path) -> None:
    config = load(file(tmp_path, "tool_mode: prompted\nstream: false\n"), {})
    assert (config.tool_mode, config.stream) == ("prompted", False)
    with pytest.raises(UsageError, match="tool_mode"):
        load(file(tmp_path, "tool_mode: prompt\n"), {})


def test_servers_of_tools_that_can_not_be_used_are_told(tmp_path: Path) -> None:
    flags = file(tmp_path, "toolsets:\n  mine: {type: gopher, config: {url: 'gopher://there'}}\n")
    done = holmes("toolset", "list", "--config", str(flags.config_file), home=tmp_path)
    assert re.search(r'mine +failed +toolsets of type "gopher" are not', done.out)
    assert done.code == 1


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf")])
def test_a_time_limit_is_a_number_of_seconds(seconds: float) -> None:
    with pytest.raises(UsageError, match="Give seconds above 0"):
        load(Flags(timeout=seconds), {})


def test_a_tilde_means_the_home_folder_wherever_a_path_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    config = load(file(tmp_path, "kubeconfig: ~/.kube/prod\n"), {})
    assert config.kubeconfig == "/home/ada/.kube/prod"
    flags = Flags(kubeconfig="~/k", snapshot=Path("~/s"), toolset_files=(Path("~/t"),))
    config = load(flags, {})
    assert config.kubeconfig == "/home/ada/k"
    assert config.snapshot == Path("/home/ada/s")
    assert config.toolset_files == (Path("/home/ada/t"),)
    assert load(Flags(snapshot=Path("~nobody-here/s")), {}).snapshot == Path("~nobody-here/s")


def test_a_missing_file_is_fine_unless_it_was_named(tmp_path: Path) -> None:
    assert load(Flags(), {"MODEL": "m"}).model == "m"
    with pytest.raises(UsageError, match=r"none\.yaml"):
        load(Flags(config_file=tmp_path / "none.yaml"), {})


def test_files_that_hold_nothing_usable_are_told_with_the_reason_alone(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    for flags, message in (
        (Flags(config_file=tmp_path), f'Config file "{tmp_path}" can\'t be read: Is a directory.'),
        (
            Flags(api_key_file=tmp_path),
            f'API key file "{tmp_path}" can\'t be read: Is a directory.',
        ),
        (Flags(api_key_file=empty), f'API key file "{empty}" is empty.'),
    ):
        with pytest.raises(UsageError) as told:
            load(flags, {})
        assert told.value.message == message


def test_both_names_of_the_base_variable_work() -> None:
    assert load(Flags(), {"OPENAI_BASE_URL": "http://a"}).api_base == "http://a"
    both = {"OPENAI_BASE_URL": "http://a", "OPENAI_API_BASE": "http://b"}
    assert load(Flags(), both).api_base == "http://b"


def test_a_key_without_a_base_says_where_the_data_goes() -> None:
    base, warning = endpoint(Config(api_key="sk-x"))
    assert base == "https://api.openai.com/v1"
    assert "api.openai.com" in warning
    assert endpoint(Config(api_key="sk-x", api_base="http://gpu"))[1] == ""


CLEAR = ("http://api.example.com/v1", "http://93.184.216.34:8000", "HTTP://Api.Example.com")
FINE = (
    *("https://api.example.com/v1", "http://localhost:8080/v1", "http://127.0.0.1", "http://[::1]"),
    *("http://10.1.2.3:8000", "http://192.168.1.9/v1", "http://gpu:8000", "http://llm.internal"),
    *("http://vllm.models.svc", "http://vllm.models.svc.cluster.local/v1", "http://box.lan"),
)


@pytest.mark.parametrize("base", [*CLEAR, *FINE])
@pytest.mark.parametrize("key", ["sk-x", ""])
def test_a_key_over_the_internet_in_the_clear_is_told(base: str, key: str) -> None:
    _, warning = endpoint(Config(api_key=key, api_base=base))
    assert ("unencrypted" in warning) == bool(key and base in CLEAR)


def test_a_key_is_not_in_the_repr() -> None:
    assert "sk-secret" not in repr(Config(api_key="sk-secret"))


def test_a_window_too_small_for_the_tools_is_refused() -> None:
    with pytest.raises(UsageError, match=r"--window is 100\. Give 2048 or more"):
        load(Flags(window=100), {})
