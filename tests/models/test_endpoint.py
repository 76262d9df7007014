"""Addresses as people write them."""

import pytest

from holmes.core.errors import UsageError
from holmes.models.client.endpoint import (
    is_loopback_host,
    is_private_host,
    parse_endpoint,
    readable_on_the_way,
)


@pytest.mark.parametrize(
    ("written", "chat_url", "alternative"),
    [
        ("http://h:8080", "http://h:8080/v1/chat/completions", "http://h:8080"),
        ("http://h:8080/", "http://h:8080/v1/chat/completions", "http://h:8080"),
        ("http://h:8080/v1", "http://h:8080/v1/chat/completions", ""),
        (" http://h:8080/v1/ ", "http://h:8080/v1/chat/completions", ""),
        ("http://h/v1/chat/completions", "http://h/v1/chat/completions", ""),
        ("http://h/v1/chat/completions/", "http://h/v1/chat/completions", ""),
        ("http://h/v1/models", "http://h/v1/chat/completions", ""),
        ("http://h/chat/completions", "http://h/chat/completions", "http://h/v1"),
        ("https://x/openai", "https://x/openai/chat/completions", "https://x/openai/v1"),
        (
            "https://g.example/v1beta/openai/",
            "https://g.example/v1beta/openai/chat/completions",
            "https://g.example/v1beta/openai/v1",
        ),
        ("https://ark.example/api/v3", "https://ark.example/api/v3/chat/completions", ""),
        ("HTTPS://Api.Example/v1", "https://Api.Example/v1/chat/completions", ""),
        ("localhost:8080", "http://localhost:8080/v1/chat/completions", "http://localhost:8080"),
        ("10.0.0.5/v1", "http://10.0.0.5/v1/chat/completions", ""),
        ("http://[::1]:8080", "http://[::1]:8080/v1/chat/completions", "http://[::1]:8080"),
        (
            "https://a.example/openai/deployments/m/chat/completions?api-version=1",
            "https://a.example/openai/deployments/m/chat/completions?api-version=1",
            "https://a.example/openai/deployments/m/v1",
        ),
    ],
)
def test_every_way_of_writing_an_address_works(
    written: str, chat_url: str, alternative: str
) -> None:
    endpoint = parse_endpoint(written)
    assert (endpoint.chat_url, endpoint.alternative) == (chat_url, alternative)


def test_the_other_form_leads_back() -> None:
    endpoint = parse_endpoint("http://h:1")
    assert endpoint.other_form().chat_url == "http://h:1/chat/completions"
    assert endpoint.other_form().other_form() == endpoint


def test_a_query_is_sent_and_not_shown() -> None:
    endpoint = parse_endpoint("https://x.example/v1?key=secret")
    assert endpoint.models_url == "https://x.example/v1/models?key=secret"
    assert "secret" not in endpoint.base_url


@pytest.mark.parametrize(
    "written",
    ["", "  ", "gpt-4o", "ftp://h/v1", "http://", "http://h:port/v1", "https:/h/v1", "http://[::1/v1"],
)  # fmt: skip
def test_nonsense_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_endpoint(written)
    assert "http://localhost:8080/v1" in str(caught.value)
    assert written.strip() in str(caught.value)


def test_a_public_host_without_a_scheme_is_asked_back() -> None:
    with pytest.raises(UsageError, match=r"https://api\.example\.com/v1"):
        parse_endpoint("api.example.com/v1")


def test_credentials_in_the_address_are_refused_unseen() -> None:
    with pytest.raises(UsageError) as caught:
        parse_endpoint("https://me:hunter2@h.example/v1")
    assert "hunter2" not in str(caught.value)
    assert "h.example" in str(caught.value)


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("http://localhost:8080", True),
        ("http://127.0.0.1", True),
        ("http://[::1]:1", True),
        ("http://0.0.0.0:8080", True),
        ("http://192.168.1.7:1234/v1", True),
        ("http://10.1.2.3", True),
        ("http://100.64.0.9", True),
        ("http://ollama:11434", True),
        ("http://vllm.models.svc/v1", True),
        ("http://vllm.models.svc.cluster.local/v1", True),
        ("http://host.docker.internal:11434", True),
        ("http://nas.local", True),
        ("https://api.openai.com/v1", False),
        ("https://openrouter.ai/api/v1", False),
        ("http://8.8.8.8/v1", False),
        ("https://local.example.com", False),
    ],
)
def test_local_addresses_are_told_from_public_ones(address: str, local: object) -> None:
    assert is_private_host(parse_endpoint(address).host) is local


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("localhost", True), ("127.0.0.2", True), ("::1", True), ("10.0.0.1", False), ("h", False)],
)
def test_loopback_is_this_machine_only(host: str, loopback: object) -> None:
    assert is_loopback_host(host) is loopback


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        *((f"http://{host}/v1", f"http://{host}/v1") for host in ("8.8.8.8", "llm.example.com")),
        *((f"http://{host}", f"http://{host}/v1") for host in ("api.openai.com", "a.b.c.io:8000")),
        ("http://[2606:4700::1111]/v1", "http://[2606:4700::1111]/v1"),
        ("HTTP://LLM.Example.com/v1", "http://LLM.Example.com/v1"),
        ("http://llm.example.com/v1?key=s3cret", "http://llm.example.com/v1"),
        ("http://localhost.example.com/v1", "http://localhost.example.com/v1"),
        ("http://10.0.0.1.example.com/v1", "http://10.0.0.1.example.com/v1"),
        ("http://172.32.0.1/v1", "http://172.32.0.1/v1"),
        ("http://llm.example.com./v1", "http://llm.example.com./v1"),
        *((f"https://{host}/v1", "") for host in ("8.8.8.8", "llm.example.com", "api.openai.com")),
        *((f"http://{host}:8000/v1", "") for host in ("localhost", "127.0.0.1", "[::1]", "vllm")),
        *((f"http://{host}/v1", "") for host in ("10.1.2.3", "192.168.1.7", "172.16.0.1")),
        *((f"http://{host}/v1", "") for host in ("vllm.models.svc", "nas.local", "gpu.internal")),
        *((f"http://{host}/v1", "") for host in ("[fd00::7]", "100.64.0.9", "169.254.1.1")),
        ("localhost:8080", ""),
        ("10.0.0.5/v1", ""),
    ],
)
def test_addresses_at_which_a_key_can_be_read_on_the_way(address: str, shown: str) -> None:
    assert readable_on_the_way(address) == shown
