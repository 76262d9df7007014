"""The house's one ranking: what holds of it whatever the texts, in any language."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from holmes.core.ranking import Ranking, terms

WORDS = st.sampled_from(
    ["web", "checkout", "migration", "Datenbank", "память", "内存", "メモリ", "ذاكرة", "7"]
)
TEXTS = st.lists(st.lists(WORDS, max_size=8).map(" ".join), max_size=8)
QUERIES = st.lists(WORDS, max_size=5).map(" ".join)


def scores(texts: list[str], query: str) -> list[float]:
    return Ranking(map(terms, texts)).scores(terms(query))


@given(TEXTS, QUERIES)
def test_no_score_is_negative_and_none_is_nothing_shared(texts: list[str], query: str) -> None:
    for text, score in zip(texts, scores(texts, query), strict=True):
        assert score >= 0
        assert (score > 0) == bool(set(terms(text)) & set(terms(query)))


@given(TEXTS, QUERIES, st.randoms(use_true_random=False))
def test_a_score_does_not_depend_on_the_order_of_the_texts(
    texts: list[str], query: str, chance: object
) -> None:
    order = list(range(len(texts)))
    chance.shuffle(order)  # type: ignore[attr-defined]
    shuffled = scores([texts[place] for place in order], query)
    straight = scores(texts, query)
    assert shuffled == pytest.approx([straight[place] for place in order])


@given(TEXTS, QUERIES)
def test_nor_on_the_order_or_case_of_words(texts: list[str], query: str) -> None:
    backwards = [" ".join(reversed(text.split())) for text in texts]
    upper = " ".join(reversed(query.upper().split()))
    assert scores(backwards, upper) == pytest.approx(scores(texts, query))


@given(TEXTS, QUERIES, st.integers(0, 10))
def test_the_best_are_sorted_by_score_and_all_share_something(
    texts: list[str], query: str, most: int
) -> None:
    ranking = Ranking(map(terms, texts))
    best = ranking.best(terms(query), most)
    by_place = ranking.scores(terms(query))
    assert len(best) <= most
    found = [by_place[place] for place in best]
    assert found == sorted(found, reverse=True)
    assert all(score > 0 for score in found)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("the orders migration", "Job orders-migrate-42"),
        ("user profiles", "Deployment users/profile"),
        ("Datenbankverbindung", "ConfigMap datenbank-settings"),
        ("почему падает платёж", "Deployment платёж/api"),
        ("支付 为什么失败", "支付 service"),
        ("paymentApi", "deployment payment-api"),
    ],
)
def test_words_are_compared_as_they_are_and_by_their_beginnings(query: str, text: str) -> None:
    texts = ["Deployment web/front", text, "Node node-1"]
    assert Ranking(map(terms, texts)).best(terms(query), 1) == [1]


def test_a_rare_word_tells_more_than_a_common_one() -> None:
    texts = ["pod web", "pod db", "pod cache", "pod rare"]
    assert Ranking(map(terms, texts)).best(terms("pod rare"), 4)[0] == 3
