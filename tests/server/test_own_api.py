"""Our own paths, through real HTTP to the real process."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli.holmes_process import holmes
from holmes.core import codec, events
from holmes.runs.store import Store
from server.served import Sent, Served, sent, serving, with_model


def test_an_investigation_is_begun_watched_and_looked_at(served: Served) -> None:
    name = served.ask("please look")
    seen = served.events(name)
    kinds = [each.kind for each in seen]
    assert kinds[0] == "asked"
    assert kinds[-2:] == ["answered", "end"]
    assert seen[-1].data == {"state": "answered", "reason": ""}
    numbers = [each.number for each in seen[:-1]]
    assert numbers == list(range(1, len(seen)))
    for each in seen[:-1]:
        event: events.Event = codec.decode(events.Event, each.data)  # type: ignore[arg-type]
        assert event.kind == each.kind
    whole = served.whole(name)
    assert whole["state"] == "answered"
    assert [turn["question"] for turn in whole["turns"]] == ["please look"]
    assert "[1]" in whole["turns"][0]["answer"]["text"]
    assert [call["tool"] for call in whole["tool_calls"]] == ["look", "look"]
    assert whole["usage"]["completion_tokens"] == 20
    assert whole["last_event"] == numbers[-1]


def test_no_line_break_of_unicode_in_a_question_ends_a_field(served: Served) -> None:
    asked = "look\u2028event: end\u0085data: {}\u2029id: 99\x0bdata: 1"
    name = served.ask(asked)
    # httpx's lines end at each of them.
    seen = served.events(name)
    assert [each.kind for each in seen].count("end") == 1
    assert served.whole(name)["turns"][0]["question"] == asked


def test_evidence_is_given_whole_and_as_text(served: Served) -> None:
    name = served.ask("please look")
    served.events(name)
    one = served.get(f"/api/investigations/{name}/evidence/1").json()
    assert one["number"] == 1
    assert "web is fine\n1\n2\n3" in one["output"]["text"]
    plain = served.get(f"/api/investigations/{name}/evidence/2?text=1")
    assert plain.headers["content-type"].startswith("text/plain")
    assert plain.text.startswith("db is fine")
    assert served.get(f"/api/investigations/{name}/evidence/3").status_code == 404


def test_light_events_leave_out_what_tools_printed(served: Served) -> None:
    name = served.ask("please look")
    served.events(name)
    with served.client as client:
        seen = list(sent(client, f"/api/investigations/{name}/events?light=1"))
    [first, _] = [each for each in seen if each.kind == "tool_finished"]
    assert "text" not in first.data["evidence"]["output"]
    assert first.data["evidence"]["excerpt"] == ""


def test_a_reader_that_drops_misses_nothing(served: Served) -> None:
    name = served.ask("please look")
    path = f"/api/investigations/{name}/events"
    kept: list[Sent] = []
    last = 0
    while not kept or kept[-1].kind != "end":
        with served.client as client:  # hangs up after each two events
            headers = {"Last-Event-ID": str(last)} if last else {}
            for count, each in enumerate(sent(client, path, headers=headers)):
                kept.append(each)
                last = each.number or last
                if count == 1:
                    break
    assert [each.number for each in kept if each.number] == list(range(1, last + 1))
    with served.client as client:
        done = client.get(path, headers={"Last-Event-ID": str(last)})
    assert done.status_code == 204  # an EventSource does not come again


def test_a_next_question_goes_on_with_the_same_evidence(served: Served) -> None:
    name = served.ask("please look")
    first = served.events(name)
    assert served.ask("and now?", follow_up=name) == name
    more = served.events(name, last=first[-2].number)
    assert more[0].kind == "asked"
    assert more[0].data["question"] == "and now?"
    assert [each.kind for each in more[-2:]] == ["answered", "end"]
    assert len(served.whole(name)["turns"]) == 2


def told(seen: list[Sent]) -> list[Any]:
    """The events that a transcript keeps; that they were recorded is said where they are read."""
    live = {"model_text", "model_text_void", "asked"}
    return [each.data | {"recorded": True} for each in seen if each.kind not in live]


def test_past_runs_are_read_and_gone_on_with_after_restarts(tmp_path: Path) -> None:
    with with_model(tmp_path) as (first, server, _):
        name = first.ask("please look")
        before = first.events(name)
        first.stop()
        flags = ("--model", "scripted", "--api-base", server.base_url)
        requests = len(server.requests)
        with serving(tmp_path, *flags) as second:
            assert told(second.events(name)) == told(before)
            listed = second.get("/api/investigations").json()["investigations"]
            assert [each["id"] for each in listed] == [name]
            assert second.ask("and now?", follow_up=name) == name
            more = second.events(name, last=before[-2].number)
            kinds = [each.kind for each in more]
            assert (kinds.count("asked"), kinds.count("answered")) == (1, 1)
            whole = second.whole(name)
            assert [turn["question"] for turn in whole["turns"]] == ["please look", "and now?"]
            assert all(turn["answer"] for turn in whole["turns"])
            assert len(server.requests) == requests + 1
            results = [m for m in server.requests[-1]["messages"] if m["role"] == "tool"]
            assert len(results) == 2
            second.stop()
        with serving(tmp_path, *flags) as third:  # from what the second one wrote
            assert third.whole(name)["turns"] == whole["turns"]
            third.ask("and now?", follow_up=name)
            assert len(third.finished(name)["turns"]) == 3
            path = f"/api/investigations/{name}/feedback"
            assert third.post(path, {"useful": True, "comment": "found it"}).status_code == 200
            third.stop()
        assert sorted(first.ran) == ["db", "web"]
        assert len(server.requests) == requests + 2
    with with_model(tmp_path) as (other, _, _):  # its model is at another address
        refused = other.post("/api/investigations", {"question": "and?", "follow_up": name})
        assert refused.status_code == 409
        assert "that this server does not have" in refused.json()["detail"]
        assert other.post(path, {"useful": False}).status_code == 200
        listed = other.get("/api/investigations").json()["investigations"]
        assert [each["state"] for each in listed] == ["answered"]
    [session] = (tmp_path / ".local/state/holmesgpt/sessions").iterdir()
    lines = [json.loads(line) for line in session.read_text().splitlines()]
    given = [line for line in lines if line["kind"] == "feedback"]
    assert [(line["answer"], line["good"], line.get("comment")) for line in given] == [
        (3, True, "found it"),
        (3, False, None),
    ]


def test_a_past_run_is_read_anew_once_it_has_changed(tmp_path: Path) -> None:
    with with_model(tmp_path) as (served, server, _):
        tools = str(tmp_path / "tools.yaml")
        flags = ("--model", "scripted", "--api-base", server.base_url, "-t", tools)
        assert holmes("ask", "please look", *flags, home=tmp_path).code == 0
        [listed] = served.get("/api/investigations").json()["investigations"]
        before = served.whole(listed["id"])
        assert served.whole(listed["id"]) == before
        store = Store(tmp_path / ".local/state/holmesgpt/sessions")
        more = events.Noticed(seq=before["last_event"] + 1, text="one line more")
        store.append(store.path(listed["id"]), more)
        assert served.whole(listed["id"])["notices"] == [*before["notices"], "one line more"]


def test_a_run_of_the_command_line_is_gone_on_with(tmp_path: Path) -> None:
    with with_model(tmp_path) as (served, server, _):
        tools = str(tmp_path / "tools.yaml")
        flags = ("--model", "scripted", "--api-base", server.base_url, "-t", tools)
        assert holmes("ask", "please look", *flags, home=tmp_path).code == 0
        [listed] = served.get("/api/investigations").json()["investigations"]
        name = listed["id"]
        before = served.events(name)
        served.ask("and now?", follow_up=name)
        more = served.events(name, last=before[-2].number)
        kinds = [each.kind for each in more]
        assert (kinds.count("asked"), kinds.count("answered")) == (1, 1)
        assert len(served.whole(name)["turns"]) == 2
        assert sorted(served.ran) == ["db", "web"]


def test_what_runs_is_in_the_way_until_it_is_cancelled_and_failures_are_told(
    tmp_path: Path,
) -> None:
    with with_model(tmp_path) as (served, server, model):
        name = served.ask("slow one")
        body = {"question": "and?", "follow_up": name}
        assert served.post("/api/investigations", body).status_code == 409
        reply = served.post(f"/api/investigations/{name}/cancel")
        assert reply.json() == {"id": name, "state": "interrupted"}
        assert served.post(f"/api/investigations/{name}/cancel").status_code == 409
        assert served.whole(name)["state"] == "interrupted"
        model.hold.set()
        whole = served.finished(served.ask("forbidden"))
        assert whole["state"] == "failed"
        assert server.base_url.removesuffix("/v1") in whole["reason"]


@pytest.mark.parametrize("approved", [True, False])
def test_a_command_waits_for_a_person(served: Served, *, approved: bool) -> None:
    before = served.ran.count("restart")
    name = served.ask("restart it")
    waiting = served.until(name, lambda whole: whole["approvals"])["approvals"]
    assert [(each["tool"], each["arguments"]) for each in waiting] == [("restart", {"what": "web"})]
    assert "restart" in waiting[0]["command"]
    key = waiting[0]["key"]
    assert (
        served.post(f"/api/investigations/{name}/approvals/77", {"approved": True}).status_code
        == 404
    )
    reply = served.post(f"/api/investigations/{name}/approvals/{key}", {"approved": approved})
    assert reply.status_code == 200
    seen = served.events(name)
    [asked] = [each.data for each in seen if each.kind == "approval_asked"]
    assert asked["key"] == key
    assert served.ran.count("restart") == before + approved
    statuses = [call["status"] for call in served.whole(name)["tool_calls"]]
    assert statuses == (["ok"] if approved else ["denied"])


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({}, 422, "question"),
        ({"question": ""}, 422, "length >= 1"),
        ({"question": " \n"}, 422, "matching regex"),
        ({"question": "x", "modle": "y"}, 422, "modle"),
        ({"question": "x", "model": "y"}, 400, 'no model "y"'),
        ({"question": "x", "cluster": "y"}, 400, 'no cluster "y"'),
        ({"question": "x", "follow_up": "y"}, 404, '"y"'),
    ],
    ids=str,
)
def test_what_cannot_be_asked_is_told(
    served: Served, body: dict[str, str], status: int, words: str
) -> None:
    reply = served.post("/api/investigations", body)
    assert reply.status_code == status
    assert words in reply.json()["detail"]


def test_nothing_of_this_machine_is_told_of_what_is_not_there(served: Served) -> None:
    reply = served.get("/api/investigations/20260101-000000-none")
    assert reply.status_code == 404
    assert reply.json()["detail"] == 'There is no investigation "20260101-000000-none".'


def test_another_method_is_told_which_there_are(served: Served) -> None:
    reply = served.post("/api/model")
    assert (reply.status_code, "GET" in reply.headers["allow"]) == (405, True)
