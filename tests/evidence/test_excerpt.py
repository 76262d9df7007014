"""Excerpts: within the room, honest about what is missing."""

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from holmes.agent.excerpts.excerpt import MAX_LINE, excerpt
from holmes.core.messages import JsonObject
from holmes.core.tool_output import LogLine, LogLines, Table


def test_text_that_fits_is_unchanged() -> None:
    assert excerpt("a\nb\n", 10) == "a\nb\n"


def test_first_and_last_lines_stay_and_what_is_missing_is_said() -> None:
    text = "\n".join(f"line {n}" for n in range(1000))
    cut = excerpt(text, 500, more="read_evidence shows more")
    assert cut.startswith("line 0\n")
    assert "line 999 [" in cut
    assert cut.endswith("of 8,889 characters are left out; read_evidence shows more]")
    gaps = sum(int(n) for n in re.findall(r"\[… (\d+) lines? …\]", cut))
    kept = sum(line.startswith("line ") for line in cut.splitlines())
    assert gaps + kept == 1000


def test_a_rare_error_among_many_lines_of_one_kind_is_kept_with_the_count_of_the_others() -> None:
    lines = [
        f"2026-11-24T10:00:{n % 60:02d}Z GET /api/{n} status=200 in {n} ms" for n in range(900)
    ]
    lines[417] = "2026-11-24T10:00:57Z GET /api/417 status=503 in 2 ms"
    cut = excerpt("\n".join(lines), 700)
    assert lines[417] in cut
    assert "[899 lines like this]" in cut


def test_a_trace_keeps_what_was_raised() -> None:
    quiet = [f"info: step {n} done" for n in range(300)]
    trace = ["Traceback (most recent call last):", '  File "a.py", line 3, in f', "    g()"]
    text = "\n".join([*quiet[:150], *trace, "KeyError: 'PAYMENTS_URL'", *quiet[150:]])
    assert "KeyError: 'PAYMENTS_URL'" in excerpt(text, 500)


TABLE = """\
NAMESPACE   NAME      READY   STATUS             RESTARTS        AGE
""" + "".join(
    f"team-{n:03d}    web-{n:04d}  1/1     Running            0               5d\n"
    for n in range(300)
)


def test_a_table_keeps_its_header_and_the_rows_that_are_not_well() -> None:
    sick = "shop        db-0      0/1     CrashLoopBackOff   17 (2m ago)     5d\n"
    half = "shop        cache-0   1/2     Running            0               5d\n"
    cut = excerpt(TABLE + sick + TABLE.partition("\n")[2] + half, 900)
    assert cut.startswith("NAMESPACE  NAME  READY  STATUS  RESTARTS  AGE")
    assert "shop  db-0  0/1  CrashLoopBackOff  17 (2m ago)  5d" in cut
    assert "shop  cache-0  1/2  Running  0  5d" in cut
    assert "rows are missing here: all of them look well" in cut


def test_a_row_that_the_question_names_is_kept() -> None:
    assert "web-0217  1/1  Running" in excerpt(TABLE, 600, "what of web-0217?")
    assert "web-0217" not in excerpt(TABLE, 600, "what of the others?")


def test_missing_rows_that_look_unwell_are_counted() -> None:
    bad = TABLE.replace("Running", "Pending")
    found = re.search(
        r"\[(\d+) rows are missing here: (\d+) of them look unwell\]", excerpt(bad, 900)
    )
    assert found
    assert found[1] == found[2]


def test_json_becomes_an_outline_without_its_bookkeeping() -> None:
    noise: JsonObject = {f"f:field-{n}": {} for n in range(200)}
    pod = {
        "kind": "Pod",
        "metadata": {"name": "web-1", "managedFields": [{"fieldsV1": noise}], "uid": "a-b-c"},
        "status": {"containerStatuses": [{"state": {"waiting": {"reason": "ErrImagePull"}}}]},
    }
    cut = excerpt(json.dumps(pod), 500)
    assert "name: web-1" in cut
    assert "reason: ErrImagePull" in cut
    assert "f:field" not in cut
    assert "a-b-c" not in cut


def test_a_line_of_an_outline_stands_under_its_headings() -> None:
    pods = "\n".join(
        f"Name:  web-{n}\nContainers:\n  app:\n    Image:  web\n    State:  Running"
        for n in range(80)
    )
    sick = "\nName:  db-1\nContainers:\n  sidecar:\n    State:  Terminated\n      Exit Code:  137"
    cut = excerpt(pods + sick, 600).splitlines()
    at = cut.index("      Exit Code:  137")
    assert cut[at - 3 : at] == ["Containers:", "  sidecar:", "    State:  Terminated"]


def test_one_endless_line_is_shortened_and_says_by_how_much() -> None:
    cut = excerpt("x" * 10_000, 2000)
    assert len(cut) < MAX_LINE + 200
    assert f"{10_000 - MAX_LINE:,} characters of this line" in cut


def test_of_a_long_line_the_part_that_tells_of_trouble_is_kept() -> None:
    line = f"{'a ' * 2000}connection refused by db:5432{' b' * 2000}"
    assert "connection refused by db:5432" in excerpt(f"{line}\n{line}", 900)


def test_the_data_says_what_the_text_is() -> None:
    # Titles that no header looks like, and a log whose first line looks like one.
    rows = [("web", "Running")] * 200 + [("db", "CrashLoopBackOff")]
    text = "\n".join(["name  STATUS", *("  ".join(row) for row in rows)])
    table = Table(columns=("name", "STATUS"), rows=tuple(rows))
    assert "db  CrashLoopBackOff" in (cut := excerpt(text, 600, data=table))
    assert "rows are missing here" in cut
    log = "\n".join(["STARTING  UP  NOW", *(f"GET /{n}" for n in range(200))])
    lines = LogLines(lines=tuple(LogLine(text=line) for line in log.splitlines()))
    assert "lines like this]" in excerpt(log, 600, data=lines)
    assert "lines like this]" not in excerpt(log, 600)


def test_several_tables_keep_their_own_titles() -> None:
    services = "NAME    TYPE\n" + "".join(f"web-{n}   ClusterIP\n" for n in range(200))
    cut = excerpt(f"{TABLE}\n{services}", 900, "what of web-77 and web-0217?")
    assert "NAME  TYPE\n" in cut
    assert "web-77  ClusterIP" in cut
    assert cut.index("web-0217") < cut.index("NAME  TYPE") < cut.index("web-77")


@given(st.text(), st.integers(min_value=1, max_value=300))
def test_never_much_longer_than_asked(text: str, limit: int) -> None:
    cut = excerpt(text, limit)
    assert cut == text or len(cut) <= limit + MAX_LINE + 260
