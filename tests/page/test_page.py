"""The page in Debian's Chromium, against the real server."""

import re
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from holmes import demo
from page.past_runs import HOSTILE
from page.relay import relay
from server.served import Model, Served, serving, with_model
from servers.raw_server import RawServer, RecordedRequest, Step, event_stream, json_response
from servers.scripted_server import Reply, ScriptedServer, stream_chunks, text, tool_calls

pytestmark = pytest.mark.lab

DEMO = Path(demo.__file__).parent / "cluster"


def ask(page: Page, question: str) -> None:
    page.get_by_label("Question").fill(question)
    page.get_by_label("Question").press("Enter")


def answer(page: Page, number: int = 0) -> str:
    """The words of an answer, once they are there."""
    said = page.locator(".answer .said").nth(number)
    expect(said).to_be_visible()
    return said.inner_text()


def test_a_question_is_asked_followed_up_and_linked(page: Page, served: Served) -> None:
    ask(page, "please look")
    assert answer(page).startswith("[1] echo web")
    expect(page).to_have_url(re.compile(r"/#/runs/[\w-]+$"))
    page.get_by_role("button", name="Result 1").first.click()
    evidence = page.get_by_label("Evidence", exact=True)
    expect(evidence.get_by_role("heading")).to_contain_text("[1]")
    expect(evidence.locator(".line").first).to_contain_text("web is fine")
    link = page.url
    assert link.endswith("/answer/evidence/1")
    ask(page, "and now?")
    expect(page.get_by_role("heading", name="and now?")).to_be_visible()
    answer(page, 1)
    expect(page.locator("#runs li").first).to_contain_text("please look")
    page.reload()
    answer(page, 1)
    expect(evidence.locator(".line").first).to_contain_text("web is fine")
    page.keyboard.press("]")
    expect(evidence.get_by_role("heading")).to_contain_text("[2]")
    page.keyboard.press("Escape")
    expect(evidence).to_be_hidden()
    page.keyboard.press("2")
    expect(page.get_by_role("tab", name="Timeline")).to_have_attribute("aria-selected", "true")
    expect(page.locator(".step").first).to_contain_text("Model turn 1: asked for 2 calls")
    assert len(served.whole(link.split("/runs/")[1].split("/")[0])["turns"]) == 2


def test_text_is_seen_as_it_is_written(browser: Browser, tmp_path: Path) -> None:
    go_on = threading.Event()
    lines = "".join(f"Line {letter} is written.\n\n" for letter in "abcdefghijklmnop")
    whole = event_stream(*stream_chunks(text(f"{lines}The end."), "scripted"))

    def model(request: RecordedRequest) -> Iterable[Step]:
        if request.path != "/v1/chat/completions":
            yield json_response({}, status=404)
            return
        yield whole[: len(whole) // 2]
        go_on.wait(300)
        yield whole[len(whole) // 2 :]

    with RawServer(respond=model) as server:
        flags = ("--model", "scripted", "--api-base", server.base_url)
        with serving(tmp_path, *flags) as served:
            page = browser.new_page()
            page.goto(served.url)
            ask(page, "say something")
            expect(page.locator(".live")).to_contain_text("Line a is written.")
            expect(page.locator(".live")).not_to_contain_text("The end.")
            expect(page.locator(".top .pill")).to_have_text("running")
            go_on.set()
            assert answer(page).strip().endswith("The end.")
            expect(page.locator(".live")).to_be_hidden()
            page.context.close()


def test_a_lost_connection_loses_nothing(browser: Browser, tmp_path: Path) -> None:
    with with_model(tmp_path, Model()) as (served, _, model):
        port = int(served.url.rpartition(":")[2])
        with relay(port) as way:
            page = browser.new_page()
            page.goto(f"http://127.0.0.1:{way.port}")
            ask(page, "slow look")
            expect(page.get_by_text("Model turn 1…")).to_be_visible()
            way.cut()
            expect(page.get_by_text("The connection is lost")).to_be_visible()
            model.hold.set()
            [run] = served.get("/api/investigations").json()["investigations"]
            served.finished(run["id"])
            way.up = True
            assert "[1] echo web" in answer(page)
            expect(page.get_by_text("The connection is lost")).to_be_hidden()
            page.get_by_role("tab", name="Timeline").click()
            expect(page.locator(".step")).to_have_count(4)  # two model turns and two calls, once
            page.context.close()


@pytest.mark.parametrize(("button", "ran"), [("Run it", 1), ("Refuse", 0)])
def test_a_command_waits_for_a_click(page: Page, served: Served, button: str, ran: int) -> None:
    before = served.ran.count("restart")
    ask(page, "restart it")
    asking = page.get_by_label("A command waits for you")
    expect(asking).to_contain_text("restarted web")
    asking.get_by_role("button", name=button).click()
    answer(page)
    expect(asking).to_have_count(0)
    assert served.ran.count("restart") == before + ran


def test_a_run_is_stopped(page: Page, browser: Browser, tmp_path: Path) -> None:
    with with_model(tmp_path, Model()) as (served, _, _):
        page = browser.new_page()
        page.goto(served.url)
        ask(page, "slow look")
        page.get_by_role("button", name="Stop").click()
        expect(page.locator(".top .pill")).to_have_text("interrupted")
        page.context.close()


def test_a_key_is_asked_for(browser: Browser, tmp_path: Path) -> None:
    key = {"HOLMES_SERVER_KEY": "a-key-of-32-letters-for-this-test"}
    headers = {"X-API-Key": key["HOLMES_SERVER_KEY"]}
    with with_model(tmp_path, env=key, headers=headers) as (served, _, _):
        page = browser.new_page()
        page.goto(served.url)
        page.get_by_label("This server wants a key").fill(key["HOLMES_SERVER_KEY"])
        page.get_by_role("button", name="Use it").click()
        ask(page, "please look")
        assert "[1]" in answer(page)
        page.context.close()


def test_an_answer_shows_what_carries_it(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/#/runs/past-shop")
    answer(page)
    for kind, words in {
        "verified": ["web-1", "web-3", "12", "connection refused: web:8080"],
        "computed": ["1 of 3"],
        "unverified": ["99.7 %", "gke-old-1"],
        "contradicted": ["14.0"],
    }.items():
        assert page.locator(f".said .value.{kind}").all_inner_texts() == words
    assert page.locator(".said .mark").all_inner_texts() == ["(?)", "(?)"]
    expect(page.locator(".statements .pill")).to_have_text("confirmed")
    page.locator(".said .value.verified", has_text="connection refused").click()
    expect(page.locator("#evidence .line.here mark")).to_have_text("connection refused: web:8080")
    page.get_by_role("button", name="Copy as markdown").click()
    expect(page.locator("#said")).to_have_text("Answer copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("# Why does the shop fail?\n\nThe new image of **web**")
    assert "- [2] `kubectl get pods -n shop`" in copied
    page.get_by_label("Comment on the answer").fill("right")
    page.get_by_role("button", name="Useful", exact=True).click()
    expect(page.get_by_text("Put on record.")).to_be_visible()
    session = served.home / ".local/state/holmesgpt/sessions/past-shop.jsonl"
    assert '"comment":"right"' in session.read_text().splitlines()[-1]


def test_hostile_evidence_stays_text(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/#/runs/past-shop/answer/evidence/3")
    search = page.get_by_label("Search the lines")
    for words, shown in {
        "<script>": HOSTILE[0],
        "onerror": HOSTILE[1],
        "desrever": "␛[31mred␛[0m ␛]0;owned␇ and ‹U+202E›desrever‹U+202C›",
        "[click]": HOSTILE[3],
    }.items():
        search.fill(words)
        expect(page.locator(".line.here")).to_contain_text(shown)
    assert "Why does the shop fail?" in page.title()
    assert page.locator("main script, main img, aside script, aside img").count() == 0
    for link in page.locator("main a, aside a").all():
        assert not str(link.get_attribute("href")).lower().startswith("javascript")
    assert "<b>Not bold</b> [here](javascript:alert(1))" in page.locator(".said").inner_text()


def test_logs_are_searched_tables_sort_documents_fold(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/#/runs/past-shop/answer/evidence/3")
    search = page.get_by_label("Search the lines")
    search.fill("in 16 ms")
    expect(page.get_by_text("1 of 117 matching lines")).to_be_visible()
    search.press("Enter")
    expect(page.locator(".line.here")).to_contain_text("GET /cart/33 200 in 16 ms")
    page.get_by_label("only matching").check()
    expect(page.locator(".line").nth(1)).to_contain_text("/cart/33")
    page.goto(f"{served.url}/#/runs/past-shop/answer/evidence/2")
    restarts = page.get_by_role("columnheader", name="RESTARTS")
    restarts.get_by_role("button").click()
    names = page.locator("#evidence [role=cell]:first-child")
    expect(names).to_have_text(["web-1", "web-2", "checkout-7", "web-3"])
    page.get_by_role("columnheader", name="AGE").get_by_role("button").click()
    page.get_by_role("columnheader", name="AGE").get_by_role("button").click()
    expect(page.get_by_role("columnheader", name="AGE")).to_have_attribute(
        "aria-sort", "descending"
    )
    expect(names.first).to_have_text("web-3")
    page.goto(f"{served.url}/#/runs/past-shop/answer/evidence/5")
    inner = page.locator(".tree").get_by_text("registry.local/web:2.1")
    expect(inner).to_have_count(0)
    page.locator(".tree summary", has_text="app, 2 fields").click()
    expect(inner).to_be_visible()


def test_causes_and_plots_are_drawn(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/#/runs/past-shop/causes")
    boxes = page.locator("svg .node .object")
    expect(boxes).to_have_count(5)
    assert boxes.all_text_contents() == [
        "Deployment shop/web",
        "Deployment shop/web",
        "Service shop/web",
        "Ingress shop/shop",
        "Deployment shop/checkout",
    ]
    assert page.locator("svg .relation").all_text_contents() == [
        "before",
        "selects",
        "routes to",
        "calls",
    ]
    page.get_by_role("tab", name="Plots").click()
    expect(page.get_by_text(re.compile("The incident began at .*36:40"))).to_be_visible()
    expect(page.locator(".plot canvas")).to_have_count(1)
    assert page.locator(".u-legend .u-label").all_inner_texts() == [
        "Time",
        "pod=web",
        "pod=checkout",
        "pod=db",
    ]
    red = page.locator(".plot canvas").evaluate(_RED)
    assert red > 100
    page.get_by_text("Figures of 3 series").click()
    expect(page.locator("details tr", has_text="pod=checkout")).to_contain_text("4.5")


def test_causes_of_the_demo_cluster_are_drawn(browser: Browser, tmp_path: Path) -> None:
    def model(body: dict[str, Any]) -> Reply:
        if any(each["role"] == "tool" for each in body["messages"]):
            return text("An image can't be pulled [1].")
        return tool_calls(("find_problems", {}))

    with ScriptedServer([model], repeat_last=True) as server:
        flags = ("--model", "scripted", "--api-base", server.base_url)
        with serving(tmp_path, *flags, "--snapshot", str(DEMO)) as served:
            name = served.ask("What is wrong?")
            served.finished(name)
            page = browser.new_page()
            page.goto(f"{served.url}/#/runs/{name}/causes")
            expect(page.locator(".finding h3").first).to_contain_text("Deployment catalog/search")
            suffers = page.locator(".finding").first.locator(".node.symptom .object")
            assert suffers.all_text_contents() == ["Service catalog/search"]
            page.context.close()


_RED = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let red = 0;
  for (let at = 0; at < data.length; at += 4) {
    if (data[at] > 200 && data[at + 1] < 90 && data[at + 2] < 90) red += 1;
  }
  return red;
}"""
"""Pixels of the line that marks the incident's start."""
