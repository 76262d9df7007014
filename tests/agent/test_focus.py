"""Which of many findings a question is about."""

import pytest

from holmes.agent.focus import focused

FOUND = """\
- Node worker-3: the node is NotReady: Kubelet stopped posting node status
  pods: maps/tile-server-b956c4778-s5p6q
  leads to: Deployment tile-server: 0 of 2 pods are ready
- PersistentVolumeClaim finance/data-books-db-0: the claim is Pending: StorageClass fast is missing
  pods: books-db-0
- Job releases/invoices-migrate-7: the Job failed (BackoffLimitExceeded)
  pods: invoices-migrate-7-psv44
- Deployment accounts/profile: readinessProbe GET /readyz keeps the pods from becoming ready
  pods: profile-76d68b7d45-5ttqq
- Deployment shop/catalogue: image registry.test/catalogue:4 can't be pulled
  pods: catalogue-5b57f48984-md48k
- Deployment shop/basket: container basket crash-loops: missing variable TOKEN
  pods: basket-5b57f48984-md48k
- Deployment edge/log-shipper: 3 pods were Evicted
looked at: 30 pods, 2 nodes in 9 namespaces"""


def about(question: str) -> list[str]:
    lines = focused(question, FOUND).splitlines()
    return [line.split()[2].rstrip(":") for line in lines if line.startswith("- ")]


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("user profiles can't be opened, why?", "accounts/profile"),
        ("the migration of the invoices did not finish", "releases/invoices-migrate-7"),
        ("the books database has not come up", "finance/data-books-db-0"),
        ("map tiles do not load", "worker-3"),
        ("the log shipper's pods are thrown out", "edge/log-shipper"),
        ("why is log-shipper unhealthy?", "edge/log-shipper"),
        ("basket of the shop: no new version since yesterday?", "shop/basket"),
    ],
)
def test_a_question_is_about_what_its_words_name(question: str, named: str) -> None:
    assert about(question)[0] == named


def test_what_shares_only_the_namespace_comes_after_what_is_named() -> None:
    assert about("nothing works in the shop since noon") == ["shop/catalogue", "shop/basket"]


@pytest.mark.parametrize(
    "question",
    [
        "what pods are unhealthy and why?",
        "what is wrong in this cluster?",
        "is anything missing?",
        "do pods crash or restart over and over?",
        "why does fraud-check keep crashing?",
        "pods of which deployment become ready?",
    ],
)
def test_a_question_about_everything_or_something_else_is_about_no_finding(question: str) -> None:
    assert not about(question)


def test_a_hyphenated_name_counts_whole() -> None:
    assert not about("why is the tile-cache slow?")
    assert about("why is tile-server down?") == ["worker-3"]


def test_the_whole_finding_is_given_and_nothing_after_it() -> None:
    assert focused("why is log-shipper failing?", FOUND) == (
        "- Deployment edge/log-shipper: 3 pods were Evicted"
    )
    assert focused("are books written?", FOUND).endswith("  pods: books-db-0")


def test_text_without_findings_has_no_focus() -> None:
    assert not focused("why is log-shipper failing?", "")
    assert not focused("why?", "Nothing is wrong.\nlooked at: 3 pods")
