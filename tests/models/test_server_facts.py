"""What the client finds out about a server: its models and its context window."""

import anyio
import pytest

from holmes.core.errors import ContextOverflow, ServerRefused
from holmes.models.client.chat_completions import ChatCompletionsModel
from models.exchange import (
    complete,
    settings_for,
)
from models.plays import refuse
from servers.raw_server import (
    RawServer,
    RecordedRequest,
    Step,
    json_response,
    sequence,
)


def window_of(server: RawServer, times: int = 1) -> int | None:
    async def run() -> int | None:
        model = ChatCompletionsModel(settings_for(server.base_url))
        windows = [await model.context_window() for _ in range(times)]
        await model.aclose()
        assert len(set(windows)) == 1
        return windows[0]

    return anyio.run(run)


def models(*entries: object) -> dict[str, object]:
    return {"/v1/models": {"object": "list", "data": list(entries)}}


LM_STUDIO = {"id": "tiny", "loaded_context_length": 4096, "max_context_length": 32768}
OLLAMA = {"name": "tiny", "model": "tiny", "context_length": 4096}


@pytest.mark.parametrize(
    ("documents", "window"),
    [
        (models({"id": "m", "meta": {"n_ctx": 8192, "n_ctx_train": 32768}}), 8192),
        (models({"id": "m", "meta": {"n_ctx_train": 32768}}), None),
        (models({"id": "m", "max_model_len": 4096}), 4096),
        (models({"id": "m", "max_model_len": 1}, {"id": "tiny", "max_model_len": 2}), 2),
        (models({"id": "m", "max_model_len": 1}, {"id": "n"}), None),
        (models({"id": "x/tiny", "aliases": ["tiny"], "context_length": 7}, {}), 7),
        (models({"id": "tiny", "context_window": 131072}), 131072),
        (models({"id": "tiny", "max_model_len": True}), None),
        ({"/props": {"default_generation_settings": {"n_ctx": 2048}}}, 2048),
        ({"/props": {"n_ctx": 1024}}, 1024),
        ({"/api/v0/models": {"data": [LM_STUDIO]}}, 4096),
        ({"/api/ps": {"models": [OLLAMA]}}, 4096),
        ({"/v1/models": {"data": "nonsense"}, "/props": [1], "/api/ps": None}, None),
        ({}, None),
    ],
)
def test_the_context_window_where_servers_state_it(
    documents: dict[str, object], window: int | None
) -> None:
    def respond(received: RecordedRequest) -> list[Step]:
        known = received.path in documents
        return [json_response(documents.get(received.path), status=200 if known else 404)]

    with RawServer(respond=respond) as server:
        assert window_of(server, times=2) == window
        paths = [received.path for received in server.received]
    assert len(paths) == len(set(paths)), "asked for once"


def test_an_overflow_teaches_the_context_window() -> None:
    words = "request (9000 tokens) exceeds the available context size (8192 tokens)"
    with RawServer(respond=sequence(refuse(400, words))) as server:

        async def run() -> int | None:
            model = ChatCompletionsModel(settings_for(server.base_url))
            outcome = await complete(model)
            assert isinstance(outcome.error, ContextOverflow)
            assert outcome.error.window == 8192
            window = await model.context_window()
            await model.aclose()
            return window

        assert anyio.run(run) == 8192


def test_the_window_of_a_dead_server_is_unknown_and_no_error() -> None:
    async def run() -> int | None:
        model = ChatCompletionsModel(settings_for("http://127.0.0.1:1"))
        window = await model.context_window()
        await model.aclose()
        return window

    assert anyio.run(run) is None


async def list_models(address: str) -> tuple[str, ...]:
    model = ChatCompletionsModel(settings_for(address))
    try:
        return await model.list_models()
    finally:
        await model.aclose()


def test_models_are_listed_also_where_the_path_has_no_version() -> None:
    def respond(received: RecordedRequest) -> list[Step]:
        if received.path != "/models":
            return [json_response({"detail": "Not Found"}, status=404)]
        return [json_response({"data": [{"id": "a"}, {"id": "b"}]})]

    with RawServer(respond=respond) as server:
        assert anyio.run(list_models, server.origin) == ("a", "b")


def test_a_list_of_models_that_is_refused_is_an_error_of_the_tree() -> None:
    with (
        RawServer(respond=sequence(refuse(401, "no"))) as server,
        pytest.raises(ServerRefused, match="refuses the API key"),
    ):
        anyio.run(list_models, server.base_url)


@pytest.mark.parametrize(
    ("reply", "tokens", "requests"),
    [
        ({"tokens": [1, 2, 3]}, 3, 2),
        ({"count": 4, "max_model_len": 2048, "tokens": [1, 2, 3, 4]}, 4, 2),
        ({"error": "no such path"}, None, 1),
        ("nonsense", None, 1),
    ],
    ids=["llama.cpp", "vLLM", "none", "other"],
)
def test_a_local_servers_tokenizer_is_asked_and_its_lack_remembered(
    reply: object, tokens: int | None, requests: int
) -> None:
    async def run(server: RawServer) -> list[int | None]:
        model = ChatCompletionsModel(settings_for(server.base_url))
        counted = [await model.count_tokens("NAME READY \udc80") for _ in range(2)]
        await model.aclose()
        return counted

    with RawServer(respond=lambda _: [json_response(reply)]) as server:
        assert anyio.run(run, server) == [tokens, tokens]
        assert [received.path for received in server.received] == ["/tokenize"] * requests


def test_a_public_servers_tokenizer_is_not_looked_for() -> None:
    model = ChatCompletionsModel(settings_for("https://api.example.com/v1"))
    assert anyio.run(model.count_tokens, "text") is None
