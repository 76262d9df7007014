import pytest

from holmes.triage.logs import LogBook, LogRequest, complaint, decisive, message, quote

PYTHON = """\
{"level": "error", "msg": "migration failed; rolled back"}
Traceback (most recent call last):
  File "/app/migrate.py", line 61, in main
psycopg2.errors.DuplicateColumn: column "a" already exists
"""
JAVA = """\
Exception in thread "main" java.lang.IllegalStateException: could not start
\tat app.Main.main(Main.java:7)
Caused by: java.net.UnknownHostException: db
"""


@pytest.mark.parametrize(
    ("log", "line"),
    [
        (PYTHON, 'psycopg2.errors.DuplicateColumn: column "a" already exists'),
        (JAVA, "Caused by: java.net.UnknownHostException: db"),
        ("INFO error budget is fine\nFATAL no config\nINFO bye", "FATAL no config"),
        ("2026/11/24 [warn] slow\n2026/11/24 [emerg] bad\nerror", "2026/11/24 [emerg] bad"),
        ("listening\nready", ""),
        ("flag provided but not defined: -x\nUsage of app:\n  -p int\n    \tport",
         "flag provided but not defined: -x"),
    ],
)  # fmt: skip
def test_the_line_that_decides(log: str, line: str) -> None:
    assert decisive(log.splitlines()) == line


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"ts": "x", "level": "fatal", "msg": "no key", "error": "E1"}', "no key: E1"),
        ('{"time": "x", "caller": "a.go:1", "msg": "no key", "name": "A", "n": 2}',
         "no key (name=A, n=2)"),
        ("2026/11/24 16:20:10 [emerg] 1#1: unknown directive", "unknown directive"),
        ("2026-11-24T16:20:10.000000001Z plain", "plain"),
        ('E1124 16:21:03.420033       1 scraper.go:149] "Failed"', '"Failed"'),
    ],
)  # fmt: skip
def test_what_a_line_says(line: str, said: str) -> None:
    assert message(line) == said


def test_of_a_usage_text_the_line_before_it_decides() -> None:
    assert complaint(["boot", "what is -x", "usage: app [-h]", "  -h  help"]) == "what is -x"
    assert complaint(["usage: app [-h]", "", "bye", ""]) == "bye"


def test_a_quotation_is_a_part_of_the_line() -> None:
    line = '{"ts": "x", "level": "fatal", "msg": "no key", "n": 1}'

    assert quote(line) == '"msg": "no key", "n": 1'
    assert quote(line) in line


def test_logs_that_were_not_fetched_are_remembered_urgent_first() -> None:
    book = LogBook()
    calm = LogRequest(namespace="shop", pod="a", container="app", urgent=False)
    urgent = LogRequest(namespace="shop", pod="b", container="app")

    assert not book.read(calm)
    assert not book.read(urgent)
    assert book.wanted() == [urgent, calm]
    book.add(urgent, ["x"])
    assert book.read(urgent) == ["x"]
    assert book.wanted() == [calm]
