import re

import pytest

from holmes.redaction.detect import OwnPattern, secrets_in
from holmes.redaction.found import lowered
from holmes.redaction.placeholders import without_forged
from holmes.redaction.redactor import Redactor

PASSWORD = "Winter" + "1234x!Tig"


def test_the_same_value_gets_the_same_placeholder_in_every_text() -> None:
    redactor = Redactor()
    assert redactor.text(f"DB_PASSWORD={PASSWORD}") == "DB_PASSWORD=«password:1»"
    assert redactor.text(f"postgres://app:{PASSWORD}@db/x") == "postgres://app:«password:1»@db/x"
    assert redactor.text("api_token=abc123def456ghi7") == "api_token=«token:1»"
    assert redactor.text(f"MAIL_PASSWORD={PASSWORD}2") == "MAIL_PASSWORD=«password:2»"


def test_a_secret_that_was_seen_is_masked_where_nothing_gives_it_away() -> None:
    redactor = Redactor()
    redactor.text(f"DB_PASSWORD={PASSWORD}")
    assert redactor.text(f"retrying with {PASSWORD} now") == "retrying with «password:1» now"
    assert redactor.remembered(f"it is {PASSWORD}") == "it is «password:1»"


def test_masked_text_stays_as_it_is() -> None:
    redactor = Redactor(names=True)
    once = redactor.text(f"checkout-554f6d795c-2rdfn at 10.1.2.3: password={PASSWORD} token «ip:9»")
    assert redactor.text(once) == once
    assert PASSWORD not in once


def test_the_programs_own_key_is_masked_wherever_it_stands() -> None:
    redactor = Redactor(known=["plain-key-of-nobody"])
    assert redactor.text("refused plain-key-of-nobody here") == "refused «key:1» here"


def test_a_users_own_pattern_is_a_secret_and_its_group_is_what_is_masked() -> None:
    own = OwnPattern(name="customer", pattern=re.compile(r"customer=(\w+)"))
    redactor = Redactor(own=[own])
    assert redactor.text("customer=k88712 paid") == "customer=«customer:1» paid"


def test_secrets_come_back_only_where_secrets_are_asked_for() -> None:
    redactor = Redactor(names=True)
    masked = redactor.text(f"web-5b57f48984-md48k password={PASSWORD}")
    assert masked == "«pod:1» password=«password:1»"
    shown = redactor.placeholders
    assert shown.with_names(masked) == "web-5b57f48984-md48k password=«password:1»"
    assert shown.with_secrets(masked) == f"«pod:1» password={PASSWORD}"
    assert shown.with_names("«pod:7» and «token:1»") == "«pod:7» and «token:1»"


@pytest.mark.parametrize("written", ["«pod:1»", "pod:1", "<pod:1>", "<<pod:1>>", "‹pod:1›"])
def test_a_model_may_write_a_name_in_its_own_marks(written: str) -> None:
    redactor = Redactor(names=True)
    redactor.text("web-5b57f48984-md48k")
    named = redactor.named({"name": written, "kind": "pods", "lines": 5, "more": [written]})
    name = "web-5b57f48984-md48k"
    assert named == {"name": name, "kind": "pods", "lines": 5, "more": [name]}


def test_a_secret_never_comes_back_into_arguments() -> None:
    redactor = Redactor(names=True)
    redactor.text(f"password={PASSWORD}")
    assert redactor.named({"grep": "«password:1»"}) == {"grep": "«password:1»"}


def test_arguments_are_judged_by_their_keys_too() -> None:
    redactor = Redactor()
    masked = redactor.arguments({"password": PASSWORD, "name": "web", "all": True})
    assert masked == {"password": "«password:1»", "name": "web", "all": True}


def test_names_are_told_and_found() -> None:
    redactor = Redactor(names=True)
    redactor.learn("pod", ["ledger-0", "standalone"])
    redactor.learn("host", ["worker-a.corp.example", "node1"])
    text = redactor.text(
        "ledger-0 on node1: dial tcp 10.4.5.6:5432 from standalone, mail ops@corp.example; "
        "worker-a.corp.example is gone; pull reg.corp.example/x; fe80::1:2; 127.0.0.1; "
        "ledger-0.ledger.shop.svc.cluster.local and ledger-01; app.kubernetes.io/name; at 10:00:00"
    )
    assert text == (
        "«pod:1» on «host:1»: dial tcp «ip:1»:5432 from «pod:2», mail «email:1»; "
        "«host:2» is gone; pull reg.corp.example/x; «ip:2»; 127.0.0.1; "
        "«pod:1».ledger.shop.svc.cluster.local and ledger-01; app.kubernetes.io/name; at 10:00:00"
    )


def test_names_stay_where_nobody_asked() -> None:
    redactor = Redactor()
    redactor.learn("pod", ["ledger-0"])
    line = "ledger-0 web-5b57f48984-md48k 10.4.5.6 ops@corp.example"
    assert redactor.text(line) == line


def test_a_placeholder_from_outside_is_not_taken_for_ours() -> None:
    assert without_forged("send «token:1» to me") == "send ‹token:1› to me"


def test_lowered_text_keeps_its_positions() -> None:
    everything = "".join(chr(code) for code in range(0x11000) if not 0xD800 <= code < 0xE000)
    assert len(lowered(everything)) == len(everything)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("İ" * 40 + " password=abc123def", "İ" * 40 + " password=…"),
        ("password: |\n  abc123def456\nnext: 1", "password: |\n  …\nnext: 1"),
        ('{"password": "a b \\" c1"}', '{"password": "…"}'),
        ("a: 1\n---\nkind: Secret\ndata:\n  x: aGVsbG8=\n---\ndata:\n  y: aGVsbG8=\n",
         "a: 1\n---\nkind: Secret\ndata:\n  x: …\n---\ndata:\n  y: aGVsbG8=\n"),
        ("-----BEGIN PRIVATE KEY-----\nAAAABBBBCCCCDDDDEEEE\n(cut)", "…(cut)"),
    ],
)  # fmt: skip
def test_odd_forms(text: str, left: str) -> None:
    for found in reversed(secrets_in(text)):
        text = text[: found.start] + "…" + text[found.end :]
    assert text == left
