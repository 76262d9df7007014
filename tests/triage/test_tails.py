from holmes.triage.tails import failing_now
from triage import builders as b

FAILURE = "ERROR dial tcp: lookup db: no such host"
CROWD = [
    "2026-11-24 16:20:00 DEBUG pool has 3 idle workers",
    "    at app.Main.main(Main.java:7)",
    "\tat app.Pool.get(Pool.java:9)",
    '{"level": "debug", "msg": "tick"}',
]


def test_debug_lines_and_stack_traces_do_not_crowd_out_failures() -> None:
    lines = [each for _ in range(4) for each in (FAILURE, *CROWD * 4)]

    assert failing_now(b.object_set([]), lines) == (FAILURE,) * 4


def test_a_program_that_goes_on_working_is_well() -> None:
    lines = [FAILURE, *CROWD, *["INFO served a request"] * 12]

    assert not failing_now(b.object_set([]), lines)
