"""Random spellings of commands that change something, and random lines: none is let through."""

import shlex

from hypothesis import given, settings
from hypothesis import strategies as st

from holmes.core.tool_output import ToolOutput
from holmes.policy import judge
from holmes.policy.line import split
from holmes.policy.programs import known
from holmes.toolsets.command import RunCommand
from support.context import tool_context

TOOL = RunCommand(context=tool_context())
known()  # read the tables before a first example is timed
WRITES = (
    "delete pod web-1", "apply", "create deploy x", "scale deploy web --replicas=0", "edit svc x",
    "rollout restart deploy/web", "rollout undo deploy/web", "exec web-1 id", "cp a b", "drain n1",
    "label pod x a=b", "set image deploy/web a=b", "patch deploy web -p {}", "port-forward x 80",
    "config set-context x", "auth reconcile", "certificate approve x", "run x", "debug x",
)  # fmt: skip
AIMS = (
    *("--kubeconfig", "--context", "--server", "--token", "--as", "--cluster", "--user", "-s"),
    *("--as-group", "--tls-server-name"),
)
HARMLESS = ("-n shop", "--namespace=shop", "--request-timeout=5s", "-nshop", "--namespace shop")


def denied(argv: list[str]) -> bool:
    line = shlex.join(argv)
    if TOOL.preview({"command": line}):
        return False
    return bool(judge(argv).refusal) if argv else True


@st.composite
def spelled(draw: st.DrawFn, words: str) -> list[str]:
    """The words in their order, in any case, with flags anywhere among them."""
    argv: list[str] = []
    for word in words.split():
        for flag in draw(st.lists(st.sampled_from(HARMLESS), max_size=2)):
            argv += flag.split()
        swapped = draw(st.sampled_from((word, word, word.upper(), word.title(), f"{word} ")))
        argv.append(swapped)
    return argv


@given(st.sampled_from(WRITES).flatmap(spelled))
def test_no_spelling_of_a_writing_command_passes(words: list[str]) -> None:
    assert denied(["kubectl", *words])


@given(
    st.lists(st.sampled_from(("get", "pods", "-A", "-o", "wide", "-n", "shop")), max_size=6),
    st.sampled_from(AIMS),
    st.sampled_from(("=x", " x", "=", "")),
    st.integers(0, 6),
    # kubectl reads `--as_group` as `--as-group`.
    st.sampled_from((str, str.upper, str.title, lambda word: f"--{word[2:].replace('-', '_')}")),
)  # fmt: skip
def test_no_other_cluster_or_identity_anywhere(
    words: list[str], flag: str, form: str, at: int, case: object
) -> None:
    assert callable(case)
    aimed = f"{case(flag)}{form}".split() if flag != "-s" else f"-s{form}".split()
    assert denied(["kubectl", *words[:at], *aimed, *words[at:]])


@given(
    st.permutations(("get", "secrets", "-n shop", "--output=jsonpath={.data}", "db")),
    st.sampled_from(("secret", "Secrets", "SECRET", "secret.v1", "secrets/db", "pods,secrets")),
)
def test_no_template_over_secrets_in_any_order(words: list[str], kind: str) -> None:
    line = " ".join(words).replace("secrets", kind, 1).split()
    assert denied(["kubectl", *line])


ALPHABET = st.sampled_from(" \t\n'\"\\$`;|&<>(){}[]*?!#~=-abckubectl getpods")


@settings(max_examples=300)
@given(st.text(ALPHABET, max_size=40) | st.text(max_size=40))
def test_any_text_is_taken_apart_or_refused(line: str) -> None:
    stages = split(line)
    if isinstance(stages, str):
        assert stages
        assert isinstance(TOOL._plan(line), ToolOutput)  # noqa: SLF001  (what run would decide)
        return
    for stage in stages:
        assert stage
        assert all("\n" not in word for word in stage)
        if stage[0] not in known():
            assert TOOL.preview({"command": line}) == ""


@given(
    st.lists(
        st.text(st.characters(codec="ascii", exclude_categories=["C"]), min_size=1), min_size=1
    )
)
def test_quoted_words_come_back_as_they_were(words: list[str]) -> None:
    stages = split(shlex.join(words))
    assert isinstance(stages, str) or stages == (tuple(words),)
