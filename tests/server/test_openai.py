"""OpenAI's protocol outwards, asked by real clients."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

from server.served import Served

NODE_CLIENT = "openai@6.49.0"

PROGRAM = """
import OpenAI from "openai";
const client = new OpenAI({ baseURL: process.argv[2] + "/v1", apiKey: "none" });
const names = [];
for await (const model of client.models.list()) names.push(model.id);
const messages = [{ role: "user", content: "please look" }];
const whole = await client.chat.completions.create({ model: "holmes", messages });
const pieces = await client.chat.completions.create({
  model: "holmes", messages, stream: true, stream_options: { include_usage: true },
});
let text = "", thought = "", usage = null;
for await (const piece of pieces) {
  text += piece.choices[0]?.delta?.content ?? "";
  thought += piece.choices[0]?.delta?.reasoning_content ?? "";
  usage = piece.usage ?? usage;
}
const said = whole.choices[0].message.content;
console.log(JSON.stringify({ names, whole: said, text, thought, usage }));
"""


@pytest.fixture
def client(served: Served) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{served.url}/v1", api_key="none", max_retries=0, timeout=60)


def said(*words: str) -> list[ChatCompletionMessageParam]:
    roles = ("user", "assistant")
    messages: list[Any] = [
        {"role": roles[place % 2], "content": text} for place, text in enumerate(words)
    ]
    return messages


def test_models_are_listed(client: openai.OpenAI) -> None:
    assert [each.id for each in client.models.list()] == ["holmes", "scripted"]


def test_a_question_is_answered_with_progress_beside_it(client: openai.OpenAI) -> None:
    reply = client.chat.completions.create(model="holmes", messages=said("please look"))
    [choice] = reply.choices
    assert choice.finish_reason == "stop"
    assert "[1]" in (choice.message.content or "")
    progress = (choice.message.model_extra or {})["reasoning_content"]
    assert "→ echo web" in progress
    assert "✓ [1] ok" in progress
    assert reply.usage
    assert reply.usage.completion_tokens == 20


def test_a_stream_tells_progress_first_and_then_the_same_answer(client: openai.OpenAI) -> None:
    whole = client.chat.completions.create(model="scripted", messages=said("please look"))
    text, kinds = "", []
    usage = None
    for piece in client.chat.completions.create(
        model="scripted",
        messages=said("please look"),
        stream=True,
        stream_options={"include_usage": True},
    ):
        usage = piece.usage or usage
        if not piece.choices:
            continue
        delta = piece.choices[0].delta
        text += delta.content or ""
        kinds.append("answer" if delta.content else "progress")
    assert text == whole.choices[0].message.content
    first = kinds.index("answer")
    assert "progress" in kinds[:first]
    assert "progress" not in kinds[first:-1]  # the last one says that it is over
    assert usage
    assert usage.total_tokens > 20


def test_a_next_question_goes_on_with_the_same_investigation(
    client: openai.OpenAI, served: Served
) -> None:
    instructions: ChatCompletionMessageParam = {"role": "system", "content": "Answer in rhyme."}
    first = client.chat.completions.create(
        model="holmes", messages=[instructions, *said("please look now")]
    )
    answer = first.choices[0].message.content or ""
    second = client.chat.completions.create(
        model="holmes", messages=[instructions, *said("please look now", answer, "and why?")]
    )
    assert second.id == first.id
    assert len(served.whole(first.id)["turns"]) == 2
    edited = client.chat.completions.create(
        model="holmes", messages=said("please look now", "All is lost.", "and why?")
    )
    assert edited.id != first.id
    [turn] = served.whole(edited.id)["turns"]
    assert "assistant: All is lost." in turn["question"]
    path = served.home / f".local/state/holmesgpt/sessions/{first.id}.jsonl"
    [header, *_] = path.read_text().splitlines()
    assert json.loads(header)["situation"].endswith("Answer in rhyme.")


def test_an_answer_in_a_form(client: openai.OpenAI) -> None:
    reply = client.chat.completions.create(
        model="holmes",
        messages=said("please look"),
        response_format={
            "type": "json_schema",
            "json_schema": {
                "name": "health",
                "schema": {"type": "object", "required": ["fine"]},
            },
        },
    )
    assert json.loads(reply.choices[0].message.content or "")["fine"] is True


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"model": "nobody"}, 'no model "nobody"'),
        ({"messages": []}, "not a question"),
        ({"messages": said("a", "b")}, "not a question"),
        ({"n": 2}, "one answer"),
        (
            {
                "messages": [
                    {"role": "user", "content": [{"type": "input_audio", "input_audio": {}}]}
                ]
            },
            "neither text nor an image",
        ),
    ],
    ids=str,
)
def test_refusals_are_in_openais_form(
    client: openai.OpenAI, more: dict[str, Any], words: str
) -> None:
    body: dict[str, Any] = {"model": "holmes", "messages": said("a word"), **more}
    with pytest.raises(openai.APIStatusError) as raised:
        client.chat.completions.create(**body)
    assert words in str(raised.value)
    assert isinstance(raised.value, openai.BadRequestError | openai.UnprocessableEntityError)


def test_a_failure_is_told_in_both_ways(client: openai.OpenAI) -> None:
    with pytest.raises(openai.InternalServerError, match="no such key"):
        client.chat.completions.create(model="holmes", messages=said("forbidden"))
    with pytest.raises(openai.APIError, match="no such key"):
        list(
            client.chat.completions.create(model="holmes", messages=said("forbidden"), stream=True)
        )


def test_openais_client_for_node_gets_the_same(
    served: Served, client: openai.OpenAI, tmp_path: Path
) -> None:
    npm = shutil.which("npm")
    if npm is None and not os.environ.get("CI"):
        pytest.skip("npm is not on the PATH")
    assert npm
    subprocess.run(
        [npm, "install", "--no-audit", "--no-fund", "--silent", NODE_CLIENT],
        cwd=tmp_path,
        check=True,
        timeout=300,
    )
    program = tmp_path / "ask.mjs"
    program.write_text(PROGRAM, encoding="utf-8")
    done = subprocess.run(
        ["node", str(program), served.url], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    python = client.chat.completions.create(model="holmes", messages=said("please look"))
    assert told["whole"] == told["text"] == python.choices[0].message.content
    assert told["names"] == ["holmes", "scripted"]
    assert "→ echo web" in told["thought"]
    assert told["usage"]["completion_tokens"] == 20
