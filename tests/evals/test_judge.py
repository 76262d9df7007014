"""What is taken from a judge's reply."""

import pytest

from holmes.evals.judge import mark_in


@pytest.mark.parametrize(
    ("reply", "mark"),
    [
        ('{"mark": 5, "why": "right"}', 5),
        ('Sure!\n```json\n{"mark": 2, "why": "vague"}\n```', 2),
        ('{"mark": 1} no, {"mark": 3, "why": "better"}', 3),
        ('{"mark": 6}', None),
        ('{"mark": 0}', None),
        ('{"mark": true}', None),
        ('{"mark": "4"}', None),
        ('{"mark": 4', None),
        ("4 of 5", None),
        ("", None),
    ],
)
def test_a_mark_is_a_whole_number_from_1_to_5(reply: str, mark: int | None) -> None:
    assert mark_in(reply)["mark"] == mark
