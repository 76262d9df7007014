"""A session is one thing, whoever began it: ask, chat and the server go on with each other's."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cli.holmes_process import Finished, holmes, start
from server.served import Served, sent, with_model
from servers.scripted_server import ScriptedServer


def flags(home: Path, server: ScriptedServer) -> tuple[str, ...]:
    tools = str(home / "tools.yaml")
    return ("--model", "scripted", "--api-base", server.base_url, "-t", tools)


def chat(home: Path, server: ScriptedServer, said: str, *more: str) -> Finished:
    """A conversation of these lines."""
    done = holmes(
        "chat", "--plain", *more, *flags(home, server), home=home, stdin=f"{said}\n/exit\n"
    )
    assert done.code == 0, done.err
    return done


def results(server: ScriptedServer) -> list[str]:
    """The results that the model was shown in the last request."""
    return [m["content"] for m in server.requests[-1]["messages"] if m["role"] == "tool"]


def newest(served: Served) -> str:
    return str(served.get("/api/investigations").json()["investigations"][0]["id"])


def test_the_server_begins_a_chat_goes_on_and_the_server_again(tmp_path: Path) -> None:
    with with_model(tmp_path) as (served, server, _):
        name = served.ask("please look")
        assert served.finished(name)["state"] == "answered"
        asked = len(server.requests)
        # The server is up, and holds nothing that it is not at work on.
        done = chat(tmp_path, server, "/evidence 1\nand now?", "--resume", name)
        assert "web is fine" in done.out
        assert "questions so far: 1" in done.out
        assert len(server.requests) == asked + 1, "nothing is asked again"
        assert len(results(server)) == 2
        whole = served.whole(name)
        assert [turn["question"] for turn in whole["turns"]] == ["please look", "and now?"]
        served.ask("and then?", follow_up=name)
        whole = served.finished(name)
        assert [turn["answer"]["state"] for turn in whole["turns"]] == ["answered"] * 3
        assert len(results(server)) == 2
        assert len(server.requests) == asked + 2
        done = chat(tmp_path, server, "/undo\nor now?", "--resume", name)
        assert '"and then?" is taken back' in done.out
        assert "and then?" not in str(server.requests[-1]["messages"])
        assert sorted(served.ran) == ["db", "web"], "each call ran once"


def test_a_chat_begins_and_the_server_goes_on(tmp_path: Path) -> None:
    with with_model(tmp_path) as (served, server, _):
        chat(tmp_path, server, "please look\nand now?")
        name = newest(served)
        assert len(served.whole(name)["turns"]) == 2
        asked = len(server.requests)
        before = served.events(name)
        served.ask("and then?", follow_up=name)
        more = served.events(name, last=before[-2].number)
        assert [each.data.get("question") for each in more if each.kind == "asked"] == ["and then?"]
        assert len(server.requests) == asked + 1
        assert len(results(server)) == 2
        found = served.get(f"/api/investigations/{name}/evidence/1").json()
        assert found["output"]["text"].startswith("web is fine")


def test_a_run_of_ask_is_gone_on_with_in_a_chat(tmp_path: Path) -> None:
    with with_model(tmp_path) as (served, server, _):
        assert holmes("ask", "please look", *flags(tmp_path, server), home=tmp_path).code == 0
        name = newest(served)
        asked = len(server.requests)
        done = chat(tmp_path, server, "and now?", "--resume", name)
        assert "a word of your own" in done.out
        assert len(server.requests) == asked + 1
        kinds = [each.kind for each in served.events(name)]
        assert (kinds.count("asked"), kinds.count("answered")) == (2, 2)
        assert sorted(served.ran) == ["db", "web"]


def test_a_question_that_failed_or_was_cancelled_does_not_stand_in_the_way(tmp_path: Path) -> None:
    with with_model(tmp_path) as (served, server, _):
        name = served.ask("forbidden")
        assert served.finished(name)["state"] == "failed"
        served.ask("a word", follow_up=name)
        assert served.finished(name)["state"] == "answered"
        assert len(server.requests) == 2
        served.ask("be slow", follow_up=name)
        served.until(name, lambda _: len(server.requests) == 3)
        served.post(f"/api/investigations/{name}/cancel")
        served.ask("another word", follow_up=name)
        whole = served.finished(name)
        assert [turn["answer"]["state"] for turn in whole["turns"]] == [
            *("none", "answered", "none", "answered")
        ]


def test_another_model_goes_on_where_it_is_named(tmp_path: Path) -> None:
    with with_model(tmp_path) as (served, _, _):
        name = served.ask("please look")
        served.finished(name)
        served.stop()
    with with_model(tmp_path) as (other, server, _):  # at another address
        body = {"question": "and now?", "follow_up": name}
        refused = other.post("/api/investigations", body)
        assert refused.status_code == 409
        assert "name one that it has" in refused.json()["detail"]
        other.ask("and now?", follow_up=name, model="scripted")
        assert other.finished(name)["state"] == "answered"
        assert len(results(server)) == 2
        other.ask("and then?", follow_up=name)  # from here on it is that one's
        assert other.finished(name)["state"] == "answered"


def test_a_run_of_another_process_is_seen_as_it_goes_on(tmp_path: Path) -> None:
    with with_model(tmp_path) as (served, server, model):
        arguments = ["ask", "look, then be slow", *flags(tmp_path, server)]
        with start(arguments, home=tmp_path) as process:
            served_by = served.until_listed("running")
            seen = []
            with served.client as client:
                for each in sent(client, f"/api/investigations/{served_by}/events"):
                    seen.append(each.kind)
                    if each.kind == "model_waiting" and not model.hold.is_set():
                        refused = served.post(
                            "/api/investigations", {"question": "and?", "follow_up": served_by}
                        )
                        assert refused.status_code == 409
                        model.hold.set()
            out, err = process.communicate(timeout=300)
            assert process.returncode == 0, (out, err)
        assert seen[-2:] == ["answered", "end"]
        assert seen.count("tool_finished") == 2
        assert served.get(f"/api/investigations/{served_by}/evidence/2").status_code == 200


def test_of_two_who_ask_at_once_one_is_told(tmp_path: Path) -> None:
    with with_model(tmp_path) as (served, _, _):
        name = served.ask("please look")
        served.finished(name)

        def go_on(number: int) -> int:
            body = {"question": f"a word {number}", "follow_up": name}
            return served.post("/api/investigations", body).status_code

        with ThreadPoolExecutor(8) as pool:
            codes = list(pool.map(go_on, range(8)))
        assert set(codes) <= {202, 409}
        turns = served.finished(name)["turns"]
        assert len(turns) == 1 + codes.count(202) >= 2
        assert all(turn["answer"]["state"] == "answered" for turn in turns)
        seqs = [each.number for each in served.events(name) if each.number]
        assert seqs == sorted(set(seqs))
