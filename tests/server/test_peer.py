"""The peer's surface, as its clients use it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from server.served import Sent, Served, sent, serving, with_model
from servers.scripted_server import Refusal, Reply, ScriptedServer, refusal, text, tool_calls

METADATA = {"usage", "tokens", "max_tokens", "max_output_tokens", "costs"}


def streamed(served: Served, body: dict[str, Any], path: str = "/api/chat") -> list[Sent]:
    with served.client as client:
        return list(sent(client, path, body=body))


def kinds(seen: Sequence[Sent]) -> list[str]:
    return [each.kind for each in seen]


def test_a_chat_has_an_answer_its_calls_and_the_conversation(served: Served) -> None:
    reply = served.post("/api/chat", {"ask": "please look", "model": "unknown"}).json()
    assert "[1]" in reply["analysis"]
    assert reply["pending_approvals"] is None
    second, first = sorted(reply["tool_calls"], key=lambda each: each["description"])
    assert first["tool_name"] == "look"
    assert first["toolset_name"] == "desk"
    made = {each["id"] for each in reply["conversation_history"][2]["tool_calls"]}
    assert {each["tool_call_id"] for each in (first, second)} == made
    result = first["result"]
    assert result["schema_version"] == "robusta:v1.0.0"
    assert (result["status"], result["return_code"], result["error"]) == ("success", 0, None)
    assert result["data"].startswith("web is fine")
    assert result["params"] == {"what": "web"}
    assert METADATA | {"finish_reason", "request_id"} == set(reply["metadata"])
    usage = reply["metadata"]["usage"]
    assert usage["completion_tokens"] == 20  # of both requests
    assert usage["total_tokens"] == usage["prompt_tokens"] + 20
    roles = [each["role"] for each in reply["conversation_history"]]
    assert roles == ["system", "user", "assistant", "tool", "tool", "assistant"]


def test_the_stream_is_in_the_peers_order(served: Served) -> None:
    seen = streamed(served, {"ask": "please look", "stream": True})
    assert kinds(seen) == [
        *("token_count", "ai_message", "start_tool_calling", "start_tool_calling"),
        *("tool_calling_result", "tool_calling_result", "token_count"),
        *("token_count", "ai_answer_end"),
    ]
    assert not any(each.number for each in seen)
    said, started = seen[1].data, seen[2].data
    assert said["content"] == "Looking."
    assert said["reasoning"] is None
    assert set(started) == {"tool_name", "id"}
    results = [each.data for each in seen if each.kind == "tool_calling_result"]
    started_ids = {each.data["id"] for each in seen if each.kind == "start_tool_calling"}
    assert {each["tool_call_id"] for each in results} == started_ids
    assert len(started_ids) == 2
    assert set(results[0]) == {
        *("tool_call_id", "tool_name", "name", "description", "role", "toolset_name", "result")
    }
    assert set(seen[0].data["metadata"]) == METADATA
    assert set(seen[-1].data) == {
        *("analysis", "conversation_history", "follow_up_actions", "metadata")
    }


def test_text_as_it_is_written_comes_where_it_is_asked_for(served: Served) -> None:
    seen = streamed(served, {"ask": "a word", "stream": True, "stream_text": True})
    text = "".join(each.data["content"] for each in seen if each.kind == "ai_text")
    assert text == seen[-1].data["analysis"]


def test_the_conversation_goes_on_from_its_history(served: Served) -> None:
    first = served.post("/api/chat", {"ask": "please look"}).json()
    history = first["conversation_history"]
    second = served.post("/api/chat", {"ask": "and now?", "conversation_history": history}).json()
    assert second["tool_calls"] == []
    assert len(second["conversation_history"]) == len(history) + 2
    assert second["metadata"]["request_id"] == first["metadata"]["request_id"]
    # From an earlier point again: that is another conversation, which has the words of the first.
    other = served.post("/api/chat", {"ask": "or so?", "conversation_history": history}).json()
    assert other["metadata"]["request_id"] != first["metadata"]["request_id"]
    asked = other["conversation_history"][1]["content"]
    assert asked.startswith("or so?")
    assert "--- the conversation so far (data) ---" in asked
    assert "web is fine" in asked


@pytest.mark.parametrize("approved", [True, False])
def test_an_approval_goes_there_and_back(served: Served, *, approved: bool) -> None:
    before = served.ran.count("restart")
    body: dict[str, Any] = {"ask": "restart it", "stream": True, "enable_tool_approval": True}
    seen = streamed(served, body)
    assert kinds(seen) == [
        *("token_count", "ai_message", "start_tool_calling"),
        *("tool_calling_result", "approval_required"),
    ]
    assert seen[-2].data["result"]["status"] == "approval_required"
    end = seen[-1].data
    assert (end["analysis"], end["requires_approval"]) == (None, True)
    assert end["pending_frontend_tool_calls"] == []
    [pending] = end["pending_approvals"]
    assert set(pending) == {"tool_call_id", "tool_name", "description", "params"}
    assert (pending["tool_name"], pending["params"]) == ("restart", {"what": "web"})
    [made] = end["conversation_history"][-1]["tool_calls"]
    assert made["pending_approval"] is True
    assert made["id"] == pending["tool_call_id"] == seen[2].data["id"]

    decision = {"tool_call_id": pending["tool_call_id"], "approved": approved}
    resumed = {
        "conversation_history": end["conversation_history"],
        "tool_decisions": [decision],
        "stream": True,
        "enable_tool_approval": True,
    }
    more = streamed(served, resumed)
    assert kinds(more) == ["tool_calling_result", "token_count", "token_count", "ai_answer_end"]
    assert more[0].data["result"]["status"] == ("success" if approved else "error")
    assert served.ran.count("restart") == before + approved
    late = served.post("/api/chat", {**resumed, "stream": False})
    assert late.status_code == 409


def test_a_new_question_denies_what_waits(served: Served) -> None:
    before = served.ran.count("restart")
    body = {"ask": "restart it", "enable_tool_approval": True}
    waiting = served.post("/api/chat", body).json()
    assert waiting["analysis"] is None
    assert len(waiting["pending_approvals"]) == 1
    history = waiting["conversation_history"]
    reply = served.post("/api/chat", {"ask": "never mind", "conversation_history": history}).json()
    assert reply["analysis"].startswith("Nothing to look at")
    assert served.ran.count("restart") == before


def test_without_approvals_the_model_is_told_that_nobody_is_there(served: Served) -> None:
    reply = served.post("/api/chat", {"ask": "restart it"}).json()
    [call] = reply["tool_calls"]
    assert call["result"]["status"] == "error"
    assert "no terminal" in call["result"]["error"]


def test_an_answer_in_a_form(served: Served) -> None:
    schema = {"type": "object", "properties": {"fine": {"type": "boolean"}}, "required": ["fine"]}
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    reply = served.post("/api/chat", {"ask": "please look", "response_format": form})
    assert reply.json()["analysis"] == '{"cause": "none", "fine": true}'
    schema["properties"] = {"fine": {"type": "string"}}
    refused = served.post("/api/chat", {"ask": "please look", "response_format": form})
    assert refused.status_code == 502
    schema["type"] = "nonsense"
    refused = served.post("/api/chat", {"ask": "please look", "response_format": form})
    assert refused.status_code == 422


def test_a_failure_is_an_error_in_a_stream_and_a_status_in_a_reply(served: Served) -> None:
    seen = streamed(served, {"ask": "forbidden", "stream": True})
    assert kinds(seen) == ["error"]
    error = seen[-1].data
    assert set(error) == {"description", "error_code", "msg", "success"}
    assert (error["error_code"], error["success"]) == (1, False)
    assert served.post("/api/chat", {"ask": "forbidden"}).status_code == 502


@pytest.mark.parametrize("body", [{}, {"ask": " "}])
def test_no_question_is_no_conflict(served: Served, body: dict[str, str]) -> None:
    refused = served.post("/api/chat", body)
    assert refused.status_code == 422
    assert refused.json()["detail"] == "ask is empty: there is no question."


PICTURE = "data:image/png;base64,iVBORw0KGgo="


def test_images_go_to_the_model_beside_the_question(tmp_path: Path) -> None:
    with with_model(tmp_path) as (served, server, _):
        given = [PICTURE, {"url": "https://x.example/a.png", "detail": "low", "format": "png"}]
        first = served.post("/api/chat", {"ask": "please look", "images": given}).json()
        assert "[1]" in first["analysis"]
        [parts] = [m["content"] for m in server.requests[-1]["messages"] if m["role"] == "user"]
        assert parts == [
            {"type": "text", "text": "please look"},
            {"type": "image_url", "image_url": {"url": PICTURE}},
            {
                "type": "image_url",
                "image_url": {"url": "https://x.example/a.png", "detail": "low"},
            },
        ]
        history = first["conversation_history"]
        assert history[1]["content"] == parts
        asked = {"ask": "and now?", "conversation_history": history}
        second = served.post("/api/chat", asked).json()
        assert second["metadata"]["request_id"] == first["metadata"]["request_id"]
        assert server.requests[-1]["messages"][1]["content"] == parts
        light = f"/api/investigations/{first['metadata']['request_id']}/events?light=1"
        assert PICTURE not in served.get(light).text
        wrong: list[Any]
        for wrong in (["file:///etc/passwd"], ["data:text/html,x"], [{"detail": "low"}], [{}]):
            refused = served.post("/api/chat", {"ask": "look", "images": wrong})
            assert refused.status_code == 422
            assert "image" in refused.json()["detail"]
        # OpenAI's protocol has them in the question.
        words = {"type": "text", "text": "a word"}
        image = {"type": "image_url", "image_url": {"url": PICTURE}}
        body = {"messages": [{"role": "user", "content": [words, image]}]}
        assert served.post("/v1/chat/completions", body).status_code == 200
        assert server.requests[-1]["messages"][-1]["content"] == [words, image]


def test_a_model_that_sees_no_images_says_so_once(tmp_path: Path) -> None:
    def blind(body: dict[str, Any]) -> Reply | Refusal:
        if "image_url" in str(body["messages"]):
            return refusal(500, "image input is not supported - hint: you may need the mmproj")
        return text("A word.")

    with (
        ScriptedServer([blind], repeat_last=True) as server,
        serving(tmp_path, "--model", "blind", "--api-base", server.base_url) as served,
    ):
        refused = served.post("/api/chat", {"ask": "what is this?", "images": [PICTURE]})
        assert refused.status_code == 502
        assert "refuses the images that came with the question" in refused.json()["detail"]
        assert len(server.requests) == 1, "asking again mends nothing"
        [listed] = served.get("/api/investigations").json()["investigations"]
        served.ask("without it?", follow_up=listed["id"])
        assert served.finished(listed["id"])["state"] == "answered"


HIGHLIGHT = {
    "name": "highlight",
    "description": "Highlight something on the client's page",
    "parameters": {"type": "object", "properties": {"what": {"type": "string"}}},
}


def clients_model(body: dict[str, Any]) -> Reply | Refusal:
    """Calls the client's tool, beside one of ours, and says what came of it."""
    messages = body["messages"]
    last = max(i for i, each in enumerate(messages) if each["role"] == "user")
    given = [each["content"] for each in messages[last:] if each["role"] == "tool"]
    offered = [each["function"]["name"] for each in body.get("tools", ())]
    if "highlight" not in offered:
        return text("There is no highlighter [1].")
    if given:
        return text(f"Done: {given[0].splitlines()[-2]} [1].")
    return tool_calls(("highlight", {"what": "web"}), ("look", {"what": "web"}))


def test_a_clients_tool_is_called_there_and_the_conversation_goes_on(tmp_path: Path) -> None:
    with (
        ScriptedServer([clients_model], repeat_last=True) as server,
        serving(tmp_path, "--model", "scripted", "--api-base", server.base_url) as served,
    ):
        declared = {"frontend_tools": [HIGHLIGHT], "stream": True}
        seen = streamed(served, {"ask": "show me web", **declared})
        assert sorted(kinds(seen)[:-1]) == [
            *("start_tool_calling", "start_tool_calling", "token_count"),
            *("tool_calling_result", "tool_calling_result"),
        ]
        end = seen[-1]
        assert end.kind == "approval_required"
        assert end.data["pending_approvals"] == []
        [call] = end.data["pending_frontend_tool_calls"]
        assert (call["tool_name"], call["arguments"]) == ("highlight", {"what": "web"})
        results = {
            each.data["tool_name"]: each.data for each in seen if each.kind == "tool_calling_result"
        }
        assert results["look"]["result"]["status"] == "success"
        assert results["highlight"]["result"]["status"] == "frontend_pause"
        assert results["highlight"]["toolset_name"] == "frontend"

        history = end.data["conversation_history"]
        given = {
            "tool_call_id": call["tool_call_id"],
            "tool_name": "highlight",
            "result": "it glows",
        }
        resumed = {"conversation_history": history, "frontend_tool_results": [given], **declared}
        more = streamed(served, resumed)
        assert kinds(more) == [
            *("tool_calling_result", "token_count", "token_count", "ai_answer_end")
        ]
        assert more[0].data["result"]["data"] == "it glows"
        answer = more[-1].data
        assert answer["analysis"] == "Done: it glows [1]."
        assert served.post("/api/chat", {**resumed, "stream": True}).status_code == 409

        # The next question declares them again, or has none; one that is not answered has failed.
        history = answer["conversation_history"]
        body = {"ask": "again", "conversation_history": history, **declared}
        end = streamed(served, body)[-1]
        assert len(end.data["pending_frontend_tool_calls"]) == 1
        history = end.data["conversation_history"]
        last = streamed(served, {"conversation_history": history, **declared})
        assert "gave no result" in last[0].data["result"]["error"]
        history = last[-1].data["conversation_history"]
        reply = served.post(
            "/api/chat", {"ask": "and now?", "conversation_history": history}
        ).json()
        assert reply["analysis"] == "There is no highlighter [1]."
        assert reply["metadata"]["request_id"] == answer["metadata"]["request_id"]


def test_a_clients_tool_that_answers_at_once_needs_no_stream(tmp_path: Path) -> None:
    tool = HIGHLIGHT | {"mode": "noop", "noop_response": "it will glow"}
    with (
        ScriptedServer([clients_model], repeat_last=True) as server,
        serving(tmp_path, "--model", "scripted", "--api-base", server.base_url) as served,
    ):
        reply = served.post("/api/chat", {"ask": "show me web", "frontend_tools": [tool]}).json()
        assert reply["analysis"] == "Done: it will glow [1]."


@pytest.mark.parametrize(
    ("change", "stream", "status"),
    [
        ({}, False, 400),
        ({"name": "look"}, True, 400),
        ({"name": "read_evidence"}, True, 400),
        ({"name": "not a name"}, True, 400),
        ({"mode": "sometimes"}, True, 422),
        ({"parameters": {"type": "array"}}, True, 422),
        ({"parameters": {"type": "object", "properties": {"a": 1}}}, True, 422),
        ({"parameters": {"$ref": "file:///etc/hostname"}}, True, 422),
    ],
    ids=str,
)
def test_what_is_no_tool_of_a_client_is_refused(
    served: Served, *, change: dict[str, Any], stream: bool, status: int
) -> None:
    body = {"ask": "look", "stream": stream, "frontend_tools": [HIGHLIGHT | change]}
    assert served.post("/api/chat", body).status_code == status


def test_a_schema_is_not_fetched_from_elsewhere(served: Served) -> None:
    with ScriptedServer([text("no")]) as elsewhere:
        schema = {"$ref": f"{elsewhere.base_url}/models"}
        form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
        refused = served.post("/api/chat", {"ask": "a word", "response_format": form})
        assert refused.status_code == 422
        assert not elsewhere.received


def test_the_older_paths_answer(served: Served) -> None:
    alert = {
        "source": "prometheus",
        "title": "please look: web is late",
        "description": "p99 is 3 s",
        "subject": {"name": "web"},
        "context": {},
        "sections": {"cause": "why", "fine": "whether"},
    }
    found = served.post("/api/investigate", alert | {"sections": None}).json()
    assert set(found) == {"analysis", "sections", "tool_calls", "instructions"}
    assert "web is fine" in str(found["tool_calls"])
    assert found["sections"] is None
    seen = streamed(served, alert | {"sections": None}, "/api/stream/investigate")
    assert kinds(seen)[-1] == "ai_answer_end"
    assert set(seen[-1].data) == {"analysis", "sections", "instructions", "metadata"}
    health = {"ask": "please look", "resource": {"kind": "Deployment", "name": "web"}}
    assert "[1]" in served.post("/api/workload_health_check", health).json()["analysis"]
    asked = {
        "ask": "and why?",
        "investigation_result": {"result": found["analysis"], "tools": found["tool_calls"]},
        "issue_type": "alert",
    }
    chat = served.post("/api/issue_chat", asked).json()
    assert set(chat) == {"analysis", "conversation_history", "tool_calls"}
    assert "--- earlier result (data) ---" in chat["conversation_history"][1]["content"]
    asked = {"ask": "and now?", "conversation_history": chat["conversation_history"]}
    more = served.post("/api/workload_health_chat", asked).json()
    assert len(more["conversation_history"]) == len(chat["conversation_history"]) + 2


def test_who_hangs_up_ends_the_turn(served: Served) -> None:
    with served.client as client:
        for _ in sent(client, "/api/chat", body={"ask": "restart it", "stream": True}):
            break
    listed = served.get("/api/investigations?limit=1").json()["investigations"]
    served.until(listed[0]["id"], lambda whole: whole["state"] in {"interrupted", "answered"})
