"""Conversations as a person has them: real keys on a terminal, a scripted model over HTTP."""

import json
import stat
import threading
from pathlib import Path

import pytest

from chat.desk import Desk, said_to, says
from chat.screen import ALT_ENTER, CTRL_C, CTRL_D, ENTER, ESCAPE, PROMPT, TAB, UP, ChatScreen
from servers.scripted_server import Reply, ScriptedServer, ScriptStep, refusal, tool_calls


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    made.note("monday", "web-1 restarted 7 times, exit code 137")
    made.note("tuesday", "web-2 is fine")
    return made


def read(title: str) -> Reply:
    return tool_calls(("read_note", {"title": title}))


MONDAY = (read("monday"), says("web-1 restarted 7 times with exit code 137 [1]."))


def test_a_follow_up_sees_what_was_found_and_cites_it(desk: Desk) -> None:
    script = [*MONDAY, says("As [1] says: exit code 137.")]
    with ScriptedServer(script) as server, desk.chat(server) as chat:
        chat.until_idle()
        chat.ask("what happened on monday?")
        shown = chat.ask("with which code?")
        assert "As [1] says: exit code 137." in shown
        assert "[1] cat notes/monday" in shown, "an earlier result can be cited"
        assert "web-1 restarted 7 times" in said_to(server)
        chat.keys(CTRL_D)
        assert chat.end() == 0
    kinds = [line["kind"] for line in desk.lines()]
    assert kinds.count("settled") == 2
    assert kinds[-1] == "exit"


def test_escape_interrupts_and_keeps_what_was_found_and_a_second_one_leaves(desk: Desk) -> None:
    calls = tool_calls(("read_note", {"title": "monday"}), ("slow_note", {"seconds": "47.11"}))
    script = [calls, says("web-1 restarted 7 times [1].")]
    with ScriptedServer(script) as server, desk.chat(server) as chat:
        chat.until_idle()
        chat.enter("what happened?")
        chat.until(r"\[1\] cat notes/monday")
        shown = chat.until("sleep 47.11")
        assert "Escape interrupts" in shown
        chat.enter("what next?")
        chat.until("Asked as soon as this is answered")
        chat.keys(ESCAPE)
        chat.until("Not asked: what next[?]")
        shown = chat.until("Interrupted; what was found so far is kept.")
        chat.until_idle()
        assert "[2] " in shown
        assert "It was interrupted." in shown
        answer = chat.ask("so what happened?")
        assert "web-1 restarted 7 times [1]." in answer
        assert "exit code 137" in said_to(server), "the model knows what was found"
        chat.enter("again?")
        chat.until("again[?]")
        chat.keys(CTRL_C)
        chat.until_idle()
        chat.keys(CTRL_C)
        assert chat.end() == 0


def test_a_killed_conversation_goes_on_with_its_evidence_and_citations(desk: Desk) -> None:
    slow = tool_calls(("slow_note", {"seconds": "47.11"}))
    quick = tool_calls(("read_note", {"title": "tuesday"}))
    with ScriptedServer([*MONDAY, quick, slow]) as server, desk.chat(server) as chat:
        chat.until_idle()
        chat.ask("what happened on monday?")
        chat.enter("and on tuesday?")
        chat.until("sleep 47.11")
        chat.kill()
    assert desk.lines()[-1]["kind"] != "exit"
    asked = len(server.requests)
    (desk.home / "tools.yaml").write_text(
        (desk.home / "tools.yaml").read_text().replace("sleep {{ seconds }}; ", ""), "utf-8"
    )
    script = [says("web-2 is fine [2], web-1 was not [1].")]
    with ScriptedServer(script) as server:
        arguments = ["chat", "--resume", "last", "--api-base", server.base_url, "-t", "tools.yaml"]
        with ChatScreen(arguments, home=desk.home) as chat:
            shown = chat.until(r"web-2 is fine \[2\], web-1 was not \[1\]\.")
            assert "questions so far: 1" in shown
            assert "2 of the model's replies, 1 tool results" in " ".join(shown.split())
            chat.until_idle()
            assert "[1] cat notes/monday" in chat.text
            whole = chat.ask("/evidence 1")
            assert "web-1 restarted 7 times" in whole
    assert (asked, len(server.requests)) == (4, 1), "no reply is paid for twice"
    assert "web-1 restarted 7 times" in said_to(server)
    numbers = [n["evidence"]["number"] for n in desk.lines() if n["kind"] == "tool_finished"]
    assert numbers == [1, 2, 3]


def test_undo_and_clear_take_words_back_but_no_evidence(desk: Desk) -> None:
    script = [*MONDAY, says("Wrong turn."), says("Right turn [1]."), says("Nothing before.")]
    with ScriptedServer(script) as server, desk.chat(server) as chat:
        chat.until_idle()
        chat.ask("what happened on monday?")
        chat.ask("is it the moon?")
        assert '"is it the moon?" is taken back' in chat.ask("/undo")
        chat.ask("is it the memory?")
        assert "moon" not in said_to(server)
        assert "exit code 137" in said_to(server)
        chat.ask("/clear")
        chat.ask("hello?")
        assert "memory" not in said_to(server)
        assert "/undo goes back" in chat.text
        assert "cat notes/monday" in chat.ask("/show")
        chat.ask("/undo")
        chat.ask("/undo")
    states = [line for line in desk.lines() if line["kind"] == "settled"]
    assert [line["depth"] for line in states] == [1, 2, 1, 2, 3, 4, 3, 2]


def test_the_persons_own_command_is_shared_masked_and_only_with_a_yes(desk: Desk) -> None:
    script = [says("The disk is 91 % full [1]."), says("Nothing more.")]
    with ScriptedServer(script) as server, desk.chat(server) as chat:
        chat.until_idle()
        chat.enter("/run echo disk 91 % full, password: hunter2swordfish")
        shown = chat.until("1 or 2>")
        assert "exit code 0" in shown
        assert "Escape interrupts" in shown
        chat.enter("1 how full is it?")
        chat.until(r"The disk is 91 % full \[1\]\.")
        chat.until_idle()
        assert "disk 91 % full" in said_to(server)
        assert "hunter2swordfish" not in json.dumps(server.requests)
        assert "hunter2swordfish" not in json.dumps(desk.lines())
        chat.enter("/run echo a secret of mine; exit 3")
        chat.until("exit code 3")
        chat.enter("2")
        chat.until_idle()
        chat.ask("anything else?")
        assert "a secret of mine" not in json.dumps(server.requests)


def test_yes_for_all_alike_and_no_with_a_reason(desk: Desk) -> None:
    def close(title: str) -> Reply:
        return tool_calls(("close_note", {"title": title}))

    script = [close("a"), says("Not closed."), close("b"), says("Closed."), close("b"), says("So.")]
    with ScriptedServer(script) as server, desk.chat(server) as chat:
        chat.until_idle()
        chat.keys("half a line")
        chat.until("half a line$")
        chat.keys(ESCAPE)
        chat.until_idle()
        chat.enter("close a")
        shown = chat.until("3  no; what you write after it is told to the model")
        assert "This needs your yes:\n  echo closed a >> closed" in shown
        chat.enter("maybe")
        chat.enter("3 it is still read")
        chat.until("Not closed.")
        chat.until_idle()
        assert "the user said no: it is still read" in said_to(server)
        assert not (desk.home / "closed").exists()
        chat.enter("close b")
        chat.until("every|this very command from now on[\\s\\S]*1, 2 or 3>\\Z")
        chat.enter("2")
        chat.until("^Closed")
        chat.until_idle()
        chat.ask("once more")
        assert (desk.home / "closed").read_text() == "closed b\nclosed b\n"
        assert chat.text.count("This needs your yes") == 3


def test_a_long_paste_and_a_file_go_along_as_attachments(desk: Desk) -> None:
    (desk.home / "app.log").write_text("ERROR shard 7 is full\n", encoding="utf-8")
    pasted = "".join(f"line {n} of the log\r" for n in range(10_000))
    with ScriptedServer([says("Seen.", 20_000)]) as server, desk.chat(server) as chat:
        chat.until_idle()
        chat.keys("what is ", f"\x1b[200~{pasted}\x1b[201~")
        chat.until(r"what is \[pasted 10,000 lines\]")
        chat.keys(" and @app.l", TAB)
        chat.until(r"@app\.log")
        chat.keys(ALT_ENTER, "in short")
        chat.keys(ENTER)
        chat.until("Seen")
        chat.until_idle()
        question = said_to(server)
        assert "what is [pasted 10,000 lines] and @app.log\nin short" in question
        assert "--- pasted 10,000 lines (data) ---\nline 0 of the log" in question
        assert "--- app.log (data) ---\nERROR shard 7 is full" in question
    history = desk.home / ".local/state/holmesgpt/chat/history"
    assert stat.S_IMODE(history.stat().st_mode) == 0o600
    assert "line 4711" not in history.read_text()


def test_lines_of_before_come_back_and_commands_may_be_cut(desk: Desk) -> None:
    with ScriptedServer([says("One.")]) as server, desk.chat(server) as chat:
        chat.until_idle()
        chat.ask("the first question")
        assert '"/c" begins several: /config, /context, /cluster, /clear.' in chat.ask("/c")
        assert "There is no command" in chat.ask("/nonsense")
        assert "/evidence N" in chat.ask("/he")
        chat.enter("/ex")
        assert chat.end() == 0
    with ScriptedServer([says("Two.")]) as server, desk.chat(server) as chat:
        chat.until_idle()
        chat.keys(*[UP] * 5)  # /exit, /help, /nonsense, /c
        chat.until("holmes> the first question")
        chat.keys(ENTER)
        chat.until(r"^Two\.")


def test_results_are_opened_searched_and_closed_while_the_model_goes_on(desk: Desk) -> None:
    desk.note("long", "\n".join(f"row {n}" for n in range(2000)) + "\nthe needle is here\n")

    looked = threading.Event()

    def slowly(body: dict[str, object]) -> Reply:
        del body
        looked.wait(300)
        return says("It is there [1].")

    with ScriptedServer([read("long"), slowly]) as server, desk.chat(server) as chat:
        chat.until_idle()
        chat.enter("where is the needle?")
        chat.until(r"\[1\] cat notes/long")
        chat.enter("/show 1")
        chat.until("q closes")
        chat.until("row 3")
        chat.keys("/", "needle", ENTER)
        chat.until("the needle is here")
        looked.set()
        chat.keys("q")
        chat.until(r"It is there \[1\]\.")
        shown = chat.until_idle()
        assert "1 tool call" in shown


def test_what_fills_the_window_what_is_verified_and_what_was_called(desk: Desk) -> None:
    script = [read("monday"), says("web-1 restarted 7 times, web-9 is gone [1].")]
    with ScriptedServer(script, context_window=8192) as server, desk.chat(server) as chat:
        chat.until_idle()
        chat.ask("what happened on monday?")
        context = chat.ask("/context")
        assert "of 8,192 tokens" in context
        assert "read_note" in context
        why = chat.ask("/why")
        assert "verified" in why
        assert "unverified  web-9" in why
        assert "cat notes/monday" in chat.ask("/last")
        assert "notes" in chat.ask("/tools")
        assert "m at http://127.0.0.1" in chat.ask("/config")
        assert "what happened on monday?" in chat.ask("/sessions")


def test_it_is_saved_as_markdown_json_and_a_report_and_judged(desk: Desk) -> None:
    with ScriptedServer(MONDAY) as server, desk.chat(server) as chat:
        chat.until_idle()
        chat.ask("what happened on monday?")
        for name in ("a.md", "a.json", "incident report.md"):
            assert "Saved" in chat.ask(f"/save {name}")
        assert "is there already" in chat.ask("/save a.md")
        chat.enter("/feedback")
        chat.until("1 or 2>")
        chat.enter("2 it was tuesday")
        chat.until("Kept in the session's transcript")
    assert "## what happened on monday?" in (desk.home / "a.md").read_text()
    saved = json.loads((desk.home / "a.json").read_text())
    assert saved["exchanges"][0]["results"] == [1]
    report = (desk.home / "report.md").read_text()
    assert "# Incident: what happened on monday?" in report
    done = [report.index(each) for each in ("UTC asked:", "UTC looked [1]: `cat", "UTC answered")]
    assert done == sorted(done), "in the order in which it was done"
    [judged] = [line for line in desk.lines() if line["kind"] == "feedback"]
    assert (judged["good"], judged["comment"]) == (False, "it was tuesday")


def test_a_failing_server_costs_the_question_and_not_the_conversation(desk: Desk) -> None:
    strike = refusal(400, "this model is on strike")
    script: list[ScriptStep] = [*MONDAY, strike, says("Still there [1].")]
    with ScriptedServer(script) as server, desk.chat(server) as chat:
        chat.until_idle()
        chat.ask("what happened on monday?")
        assert "on strike" in chat.ask("and then?")
        sessions = desk.home / ".local/state/holmesgpt/sessions"
        sessions.chmod(0o777)
        assert "others can write to it" in " ".join(chat.ask("/sessions").split())
        sessions.chmod(0o700)
        assert "Still there [1]." in chat.ask("are you there?")


def test_another_model_goes_on_with_what_was_found(desk: Desk) -> None:
    with ScriptedServer([*MONDAY, says("I see 137 [1].")]) as server, desk.chat(server) as chat:
        chat.until_idle()
        chat.ask("what happened on monday?")
        chat.enter("/model another")
        chat.until("From here on: another at http")
        chat.until_idle()
        assert "I see 137 [1]." in chat.ask("which code?")
        assert server.requests[-1]["model"] == "another"
        assert "web-1 restarted 7 times" in said_to(server)
    settled = [line for line in desk.lines() if line["kind"] == "settled"]
    assert settled[-2]["settings"]["model"] == "another"


@pytest.mark.parametrize("columns", [60, 200])
def test_narrow_and_wide(desk: Desk, columns: int) -> None:
    with ScriptedServer(MONDAY) as server, desk.chat(server, columns=columns) as chat:
        chat.until_idle()
        shown = chat.ask("what happened on monday?")
        assert max(map(len, shown.splitlines())) <= columns
        assert "exit code" in shown
        assert chat.text.rstrip().endswith(PROMPT.strip())
