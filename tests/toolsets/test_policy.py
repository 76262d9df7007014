import importlib
import re
import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holmes.policy import names_secrets, programs, refusal
from holmes.policy.programs import known

ALLOWED = """
get pods
get pods -A -o wide
get pods -Ao wide
get po -n shop -l app=cart --field-selector=status.phase!=Running --sort-by .metadata.name
get pods web-1 -n shop -o yaml
get pods -o custom-columns=NS:.metadata.namespace
get pods -o jsonpath={.items}
-n shop get pods
get secrets -A -o wide
get secret db -n shop
get secrets -oname
describe pod web-1 -n shop
describe deployments.apps/web -nshop
logs web-1 -n shop -c app --previous --tail=50 --since=10m
logs web-1 -pc app
events -n shop --for pod/web-1 --types Warning
top nodes
top pods -A --containers
api-resources --namespaced=true
explain pods.spec.containers
version
cluster-info
auth can-i list configmaps -n shop
auth whoami
rollout history deploy/web -n shop
rollout status deploy/web --watch=false
"""
REFUSED = """
delete pod web-1
apply -f x.yaml
exec web-1 -- sh
cp web-1:/etc/passwd .
port-forward web-1 80
debug web-1
edit deploy web
scale deploy web --replicas=0
rollout restart deploy/web
rollout undo deploy/web
rollout status deploy/web
rollout
auth reconcile -f x
auth can-i list pods --as admin
config view
config view --raw
proxy
drain node-1
cordon node-1
cluster-info dump
cluster-info dump --output-directory=/tmp/x
get pods -w
get pods --watch
get pods --watch-only
get pods -Aw
logs web-1 -f
logs web-1 --follow
logs web-1 -pf
get -f /etc/shadow
get --filename=/etc/shadow
get -k .
get --raw /api/v1/namespaces/shop/secrets
get --raw=/api/v1/secrets
get pods --kubeconfig other
get pods --context=other
get pods --server=https://evil
get pods --token abc
get pods --as=system:admin
get pods --as-group system:masters
get pods --cache-dir /tmp/x
get pods --profile=cpu --profile-output=/tmp/x
get pods --template={{.items}}
get pods -o go-template-file=/etc/passwd
get pods -o jsonpath-file=/etc/passwd
get pods -o custom-columns-file=/etc/passwd
get pods -o jsonpath
get pods -o kyaml
get pods -n --context=other
get pods -l -A
--context other get pods
get pods -- --context other
get pods -
get secrets -o yaml
get secret db -o json
get secret/db -ojson
get Secret db -o=json
get SECRETS --output yaml
get secrets.v1 -o yaml
get secret.v1. db -o json
get pods,secrets -o json
get all -o yaml
get pods/web secrets/db -o yaml
get secrets -o jsonpath={.items[*].data}
get secrets -o custom-columns=V:.data
get secrets -o go-template={{.items}}
get pods -o wide -o yaml
get secrets -o wide -o yaml
describe secret db
describe secrets/db
describe Secret
describe pods,secret
describe all
kustomize .
diff -f x
wait pod/web --for=delete

"""


@pytest.mark.parametrize("line", ALLOWED.strip().splitlines())
def test_reading_is_allowed(line: str) -> None:
    assert refusal(["kubectl", *shlex.split(line)]) == ""


@pytest.mark.parametrize("line", REFUSED.strip("\n").splitlines())
def test_anything_else_is_refused_with_a_sentence(line: str) -> None:
    assert refusal(["kubectl", *line.split()]) != ""


def test_where_the_values_are_taken_out_a_secret_may_be_read() -> None:
    argv = ["kubectl", "get", "secret", "db", "-o", "json"]
    assert refusal(argv, values_removed=True) == ""
    assert refusal([*argv, "--raw", "/x"], values_removed=True) != ""


@pytest.mark.parametrize("kind", ["configmap", "pods", "secretstores", "externalsecrets.es.io", ""])
def test_other_kinds_are_no_secrets(kind: str) -> None:
    assert not names_secrets(kind)


WORDS = """
get describe secrets secret/db Secrets.v1 pods,secret -o yaml -ojson --output=json -A -n x -l
--raw --watch -o=jsonpath={.data} logs delete auth can-i top --show-labels wide
"""


@given(st.lists(st.sampled_from(WORDS.split()) | st.text(max_size=8), max_size=8))
def test_no_accepted_command_prints_a_secret_or_writes(words: list[str]) -> None:
    if refusal(["kubectl", *words]):
        return
    assert words[0] in {"get", "describe", "logs", "events", "top", "api-resources", "explain",
                        "version", "cluster-info", "auth", "rollout"}  # fmt: skip
    text = " ".join(words)
    assert "--raw" not in words
    if any(names_secrets(word) for word in words[1:]) and words[0] in {"get", "describe"}:
        assert words[0] == "get"
        assert not any(shape in text for shape in ("yaml", "json"))


READ_ONLY = (Path(__file__).parents[2] / "docs/read-only.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(known()))
def test_every_program_says_what_it_is_and_is_in_the_docs(name: str) -> None:
    assert re.search(rf"^\| ([a-z0-9, ]+, )?{name}(, [a-z0-9, ]+)? \|", READ_ONLY, re.MULTILINE)


def test_every_program_has_honest_and_dangerous_commands_in_the_corpora() -> None:
    for corpus in ("honest.txt", "attacks.txt"):
        text = (Path(__file__).parent / "policy_corpus" / corpus).read_text(encoding="utf-8")
        modules = {find_module(program.name) for program in known().values()}
        missing = [
            names for names in modules if not any(re.search(rf"\b{n} ", text) for n in names)
        ]
        assert missing == []


def find_module(name: str) -> tuple[str, ...]:
    """The programs that share a file with this one."""
    for path in sorted(Path(programs.__file__).parent.glob("[a-z]*.py")):
        module = importlib.import_module(f"{programs.__name__}.{path.stem}")
        listed = getattr(module, "PROGRAMS", None) or (module.PROGRAM,)
        if name in {program.name for program in listed}:
            return tuple(program.name for program in listed)
    raise AssertionError(name)
