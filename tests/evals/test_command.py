"""`holmes eval` as people run it: the real command, the real kubectl, a model server of our own."""

import json
import os
import re
import signal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from cli.holmes_process import Finished, holmes, start
from holmes.evals.summary import BEGIN, END
from servers.scripted_server import Refusal, Reply, ScriptedServer, text, tool_calls

ROOT = Path(__file__).parents[2]
SCENARIOS = ROOT / "evals/scenarios"
RIGHT = "Deployment checkout lacks PAYMENT_API_KEY [1]."
ASKED = ("shop-checkout/broad", "shop-checkout/namespace", "healthy-part/pods")
HEALTHY = "Nothing is wrong, all pods are running."


def answers(body: dict[str, Any]) -> Reply:
    """What a good model would say; it is told by the question."""
    asked = " ".join(str(message.get("content")) for message in body["messages"])
    if "fraud" in str(body["messages"][1]["content"]):
        return text(HEALTHY)
    return text(RIGHT if "checkout" in asked else HEALTHY)


def looks_first(body: dict[str, Any]) -> Reply:
    """The same after a look at the cluster."""
    looked = any(message["role"] == "tool" for message in body["messages"])
    return answers(body) if looked else tool_calls(("find_problems", {}))


def evaluate(home: Path, base: str, *arguments: str) -> Finished:
    return holmes(
        *("eval", *arguments, "--scenarios", str(SCENARIOS), "--out", str(home / "out")),
        *("--api-base", base, "--model", "m"),
        home=home,
        timeout=120,
    )


def lines(home: Path) -> list[dict[str, Any]]:
    whole = (home / "out/results.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in whole.splitlines()]


def test_questions_are_asked_scored_and_reported(tmp_path: Path) -> None:
    with ScriptedServer([looks_first], repeat_last=True, context_window=4096) as server:
        done = evaluate(tmp_path, server.base_url, *ASKED, "--window", "4096")
    assert done.code == 0, done.err
    results = {line["case"]: line for line in lines(tmp_path)}
    assert results.keys() == set(ASKED)
    assert all(line["score"]["passed"] for line in results.values()), done.err
    [look] = results["shop-checkout/broad"]["document"]["tool_calls"]
    assert look["tool"] == "find_problems"
    assert "billing" not in look["output"]
    assert (
        "shop-checkout" in results["shop-checkout/namespace"]["document"]["tool_calls"][0]["output"]
    )
    assert results["shop-checkout/broad"]["document"]["usage"]["prompt_tokens"] == 200
    assert "| **m, window 4096, triage** | 3 x 1 | 100 %" in done.out
    assert "[3/3] ✓" in done.err


def test_what_code_states_is_scored_apart_from_what_the_model_says(tmp_path: Path) -> None:
    def led(body: dict[str, Any]) -> Reply:
        aside = body["messages"][0]["content"].startswith("What is the question about?")
        return text("trouble" if aside else "Nobody can pay.")

    with ScriptedServer([led], repeat_last=True) as server:
        done = evaluate(tmp_path, server.base_url, "shop-checkout/namespace", "--guidance", "on")
    assert done.code == 0, done.err
    [line] = lines(tmp_path)
    assert line["document"]["explanation"] == "Nobody can pay."
    told = {key: line["score"][key] for key in ("passed", "cause", "by_code", "own_words")}
    assert told == {"passed": True, "cause": True, "by_code": True, "own_words": False}
    assert json.loads((tmp_path / "out/settings.json").read_text())["guidance"] == "on"
    assert "cause told by code" in done.err
    assert "guidance on" in done.out


def test_without_triage_a_small_model_is_shown_nothing_first(tmp_path: Path) -> None:
    with ScriptedServer([text("I see nothing.")], context_window=4096) as server:
        done = evaluate(tmp_path, server.base_url, "shop-checkout/broad", "--no-triage")
    assert done.code == 0, done.err
    offered = {tool["function"]["name"] for tool in server.requests[0]["tools"]}
    assert "kubectl_get" in offered
    assert "find_problems" not in offered
    assert len(server.requests[0]["messages"]) == 2


def test_two_runs_do_not_write_into_one_folder(tmp_path: Path) -> None:
    def beside(body: dict[str, Any]) -> Reply:
        others.append(evaluate(tmp_path, server.base_url, "healthy-part/pods"))
        return answers(body)

    others: list[Finished] = []
    with ScriptedServer([beside], context_window=4096) as server:
        done = evaluate(tmp_path, server.base_url, "healthy-part/pods")
    assert done.code == 0, done.err
    assert [other.code for other in others] == [2]
    assert "Another `holmes eval` is writing to" in others[0].err
    assert len(lines(tmp_path)) == 1


def test_a_killed_run_goes_on_where_it_was(tmp_path: Path) -> None:
    cases = ("shop-checkout/broad", "shop-checkout/namespace", "--repeat", "2")
    killed: list[int] = []

    def kills_on_the_third(body: dict[str, Any]) -> Reply:
        if len(server.requests) == 3:
            os.kill(process.pid, signal.SIGKILL)
            killed.append(process.pid)
        return answers(body)

    with ScriptedServer([kills_on_the_third], repeat_last=True, context_window=4096) as server:
        process = start(
            [
                *("eval", *cases, "--scenarios", str(SCENARIOS), "--out", str(tmp_path / "out")),
                *("--model", "m", "--api-base", server.base_url),
            ],
            home=tmp_path,
        )
        process.communicate(timeout=120)
        assert killed == [process.pid]
        before = lines(tmp_path)
        assert len(before) == 2
        # As if it had been killed in the middle of a line, too.
        with (tmp_path / "out/results.jsonl").open("a", encoding="utf-8") as file:
            file.write('{"case": "shop-checkout/bro')
        done = evaluate(tmp_path, server.base_url, *cases)
        asked = len(server.requests)
        again = evaluate(tmp_path, server.base_url, *cases)
        assert len(server.requests) == asked == 5  # two, the one that was killed, two
    assert done.code == again.code == 0, done.err
    assert "2 of 4 are finished" in done.err
    assert lines(tmp_path)[:2] == before
    assert len({(line["case"], line["repeat"]) for line in lines(tmp_path)}) == 4


def test_a_run_that_is_ended_leaves_its_report(tmp_path: Path) -> None:
    def ends_it_on_the_second(body: dict[str, Any]) -> Reply:
        if len(server.requests) == 2:
            process.terminate()
            process.wait(timeout=60)
        return answers(body)

    with ScriptedServer([ends_it_on_the_second], repeat_last=True, context_window=4096) as server:
        process = start(
            [
                *("eval", *ASKED, "--scenarios", str(SCENARIOS), "--out", str(tmp_path / "out")),
                *("--model", "m", "--api-base", server.base_url),
            ],
            home=tmp_path,
        )
        _, err = process.communicate(timeout=120)
    assert process.returncode == 143
    assert "holmes: ended by SIGTERM" in err
    assert "Traceback" not in err
    assert len(lines(tmp_path)) == 1
    assert ASKED[0] in (tmp_path / "out/report.html").read_text(encoding="utf-8")


def test_a_folder_holds_one_setting(tmp_path: Path) -> None:
    with ScriptedServer([answers], repeat_last=True, context_window=4096) as server:
        evaluate(tmp_path, server.base_url, "shop-checkout/broad")
        done = evaluate(tmp_path, server.base_url, "shop-checkout/broad", "--no-triage")
    assert done.code == 2
    assert "triage True (now False)" in done.err


def test_a_server_that_is_gone_ends_the_run_and_keeps_what_is_finished(tmp_path: Path) -> None:
    with ScriptedServer([answers], repeat_last=True, context_window=4096) as server:
        base = server.base_url
        evaluate(tmp_path, base, "shop-checkout/broad")
    done = evaluate(tmp_path, base, "shop-checkout/broad", "shop-checkout/namespace")
    assert done.code == 3
    assert base.removesuffix("/v1") in done.err
    assert "Traceback" not in done.err
    assert len(lines(tmp_path)) == 1


def test_a_refused_question_is_a_failed_one_and_is_asked_again(tmp_path: Path) -> None:
    # Of a broad question code has found something before the model is asked: no failed question.
    refuses = Refusal(status=400, body={"error": {"message": "not today"}})
    with ScriptedServer([refuses], repeat_last=True, context_window=65536) as server:
        done = evaluate(tmp_path, server.base_url, "shop-checkout/symptom")
    assert done.code == 0, done.err
    assert "not today" in lines(tmp_path)[0]["error"]
    with ScriptedServer([answers], repeat_last=True, context_window=4096) as server:
        done = evaluate(tmp_path, server.base_url, "shop-checkout/symptom", "--min-score", "1")
    assert done.code == 0, done.err
    assert "1 x 1 | 100 %" in done.out


def test_several_at_once_give_the_same(tmp_path: Path) -> None:
    cases = ["healthy-fraud/namespace", *ASKED]
    with ScriptedServer([looks_first], repeat_last=True, context_window=4096) as server:
        done = evaluate(tmp_path, server.base_url, *cases, "--jobs", "3")
    assert done.code == 0, done.err
    passed = {line["case"] for line in lines(tmp_path) if line["score"]["passed"]}
    assert passed == set(cases)


def test_a_low_score_fails_a_pipeline(tmp_path: Path) -> None:
    with ScriptedServer([text("No idea.")], repeat_last=True, context_window=4096) as server:
        done = evaluate(
            *(tmp_path, server.base_url, "shop-checkout/symptom", "--no-triage"),
            *("--min-score", "0.5"),
        )
    assert done.code == 1
    assert "pass@1 is 0.00, below 0.5" in done.err


def test_a_judge_is_reported_apart(tmp_path: Path) -> None:
    def judges(body: dict[str, Any]) -> Reply:
        told = body["messages"][1]["content"]
        assert "A right answer: Deployment checkout" in told
        return text('Well. {"mark": 4, "why": "vague fix"}')

    with (
        ScriptedServer([text("No idea.")], repeat_last=True, context_window=4096) as server,
        ScriptedServer([judges]) as judge,
    ):
        done = evaluate(
            *(tmp_path, server.base_url, "shop-checkout/symptom", "--judge-model", "j"),
            *("--judge-api-base", judge.base_url, "--no-triage"),
        )
    assert done.code == 0, done.err
    [line] = lines(tmp_path)
    assert line["judge"] == {"mark": 4, "why": "vague fix", "model": "j"}
    assert not line["score"]["passed"]
    assert "4.0 of 5" in (tmp_path / "out/report.html").read_text(encoding="utf-8")


class Tags(HTMLParser):
    """The elements and attributes of a page, as a browser takes them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.attributes |= {name for name, _ in attrs}


ELEMENTS = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "h1",
    "h2",
    "h3",
    "table",
    "tr",
    "th",
    "td",
} | {"p", "details", "summary", "pre", "b", "span"}
EVIL = '</pre><script>alert(1)</script><img src=x onerror="alert(2)"> & "q" \u202e'


def test_nothing_of_a_transcript_becomes_part_of_the_page(tmp_path: Path) -> None:
    first = tool_calls(("kubectl_get", {"kind": EVIL}), content=EVIL)
    with ScriptedServer([first, text(EVIL)], repeat_last=True, context_window=65536) as server:
        done = evaluate(tmp_path, server.base_url, "shop-checkout/broad")
    assert done.code == 0, done.err
    page = (tmp_path / "out/report.html").read_text(encoding="utf-8")
    tags = Tags()
    tags.feed(page)
    assert tags.found <= ELEMENTS
    assert not {name for name in tags.attributes if name.startswith("on") or name == "src"}
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 2
    assert "default-src 'none'" in page
    assert not re.search(r"https?://(?!127\.)", page.partition("<body>")[0])


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same two questions: both right, then one of them wrong.

    The window is one in which nothing is added to what the model says.
    """
    made = []
    look = tool_calls(("find_problems", {}))
    for said in (RIGHT, "The cluster is fine."):
        home = tmp_path_factory.mktemp("run")
        scripts = [look, text(RIGHT), look, text(said)]
        with ScriptedServer(scripts, context_window=65_536) as server:
            done = evaluate(home, server.base_url, *ASKED[:2])
        assert done.code == 0, done.err
        made.append(home / "out")
    return made[0], made[1]


def test_two_runs_are_compared(two_runs: tuple[Path, Path], tmp_path: Path) -> None:
    before, after = map(str, two_runs)
    worse = holmes("eval", "--compare", before, after, "--fail-on-regression", home=tmp_path)
    assert worse.code == 1
    assert (
        "worse  shop-checkout/namespace: 100% → 0%\n1 worse, 0 better of 2 questions" in worse.out
    )
    assert holmes("eval", "--compare", before, after, home=tmp_path).code == 0
    better = holmes("eval", "--compare", after, before, "--fail-on-regression", home=tmp_path)
    assert better.code == 0
    assert "0 worse, 1 better" in better.out
    table = holmes("eval", "--table", before, after, home=tmp_path).out
    assert table.count("| **m, triage** | 2 x 1 |") == 2
    document = tmp_path / "page.md"
    document.write_text(f"Before.\n\n{BEGIN}\nold\n{END}\n\nAfter.\n", encoding="utf-8")
    for _ in range(2):
        holmes("eval", "--table", before, after, "--into", str(document), home=tmp_path)
    text_now = document.read_text(encoding="utf-8")
    assert table in text_now
    assert text_now.startswith(f"Before.\n\n{BEGIN}\n\n| run |")
    assert text_now.endswith(f"{END}\n\nAfter.\n")
    assert "old" not in text_now
    (tmp_path / "bare.md").touch()
    refused = holmes("eval", "--table", before, "--into", f"{tmp_path}/bare.md", home=tmp_path)
    assert (refused.code, "no place for the table" in refused.err) == (2, True)


def test_answers_are_scored_anew_without_asking(
    two_runs: tuple[Path, Path], tmp_path: Path
) -> None:
    scenarios = tmp_path / "scenarios/shop-checkout"
    scenarios.mkdir(parents=True)
    said = (SCENARIOS / "shop-checkout/scenario.yaml").read_text(encoding="utf-8")
    said = said.replace("../../clusters", f"{ROOT}/evals/clusters")
    said = said.replace("PAYMENT_API_KEY", "cluster is fine").replace("[checkout]", "[]")
    said = re.sub(r"object: .*", "object: []", said)
    (scenarios / "scenario.yaml").write_text(said, encoding="utf-8")
    done = holmes(
        *("eval", "--rescore", "--scenarios", str(tmp_path / "scenarios")),
        *("--out", str(two_runs[1])),
        home=tmp_path,
    )
    assert done.code == 0, done.err
    whole = (two_runs[1] / "results.jsonl").read_text(encoding="utf-8").splitlines()
    passed = {json.loads(line)["case"]: json.loads(line)["score"]["passed"] for line in whole}
    assert passed == {"shop-checkout/broad": False, "shop-checkout/namespace": True}


def test_what_holds_no_results_is_said(tmp_path: Path) -> None:
    done = holmes("eval", "--table", str(tmp_path), home=tmp_path)
    assert done.code == 2
    assert f'"{tmp_path}" holds no results' in done.err
    assert "Traceback" not in done.err


def test_the_list_asks_nothing(tmp_path: Path) -> None:
    done = holmes("eval", "--list", "--scenarios", str(SCENARIOS), home=tmp_path)
    assert done.code == 0
    assert len(done.out.splitlines()) >= 90
    assert not list(tmp_path.iterdir())
