import shlex

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holmes.tools.code_places import needs_shell
from holmes.tools.process import run_process
from holmes.tools.template import (
    OptionValueError,
    Rendered,
    TemplateError,
    render_command,
    render_text,
    variables_of,
)

ENVIRONMENT = {"TOKEN": "s3cret $(id)", "URL": "http://x"}


def render(template: str, **values: object) -> Rendered:
    return render_command(template, values, ENVIRONMENT)


@pytest.mark.parametrize(
    "line",
    [
        "kubectl get pods -A -o wide",
        "kubectl get pods -o 'jsonpath={.items[*].metadata.name}'",
        'printf "%s %s" a b',
        "curl -s http://host:80/path",
    ],
)
def test_a_program_with_arguments_needs_no_shell(line: str) -> None:
    assert not needs_shell(line)


@pytest.mark.parametrize(
    "line",
    [
        "a | b",
        "a > b",
        "a && b",
        "a; b",
        "a &",
        "echo $HOME",
        'echo "$HOME"',
        "echo $(id)",
        "echo `id`",
        "ls *.py",
        "ls [ab]",
        "ls ~",
        "echo {a,b}",
        "a \\\n b",
        "a\nb",
        "X=1 a",
        "cd /tmp",
        "if true",
        "echo 'open",
        "a # comment",
        "",
    ],
)
def test_what_only_a_shell_understands_is_left_to_one(line: str) -> None:
    assert needs_shell(line)


def test_values_never_add_words() -> None:
    rendered = render(
        "get {{ kind }} -n '{{ ns }}' --l={{ label }}", kind="a b", ns="'", label="x y"
    )
    assert rendered.argv == ("get", "a b", "-n", "'", "--l=x y")
    assert shlex.split(rendered.display) == list(rendered.argv)
    assert rendered.chosen == {1, 3, 4}


def test_what_is_left_out_leaves_nothing() -> None:
    template = "get pods {% if namespace %}-n {{ namespace }}{% else %}-A{% endif %} {{ name }}"
    assert render(template).argv == ("get", "pods", "-A")
    assert render(template, namespace="shop").argv == ("get", "pods", "-n", "shop")


def test_jinja_globals_do_not_stand_for_missing_arguments() -> None:
    assert render("x{% if namespace %} {{ namespace }}{% endif %} {{ cycler }}").argv == ("x",)


@pytest.mark.parametrize(
    ("value", "word"),
    [(True, "true"), (5, "5"), (5.0, "5"), (0.5, "0.5"), (["a", "b"], '["a","b"]')],
)
def test_scalars_and_lists_are_written_as_a_command_line_writes_them(
    value: object, word: str
) -> None:
    assert render("x {{ v }}", v=value).argv == ("x", word)


@pytest.mark.parametrize(
    "template", ["x {{ v }}", "x '{{ v }}'", "x -n {{ v }}", "x {{ v }}{{ v }}"]
)
def test_a_value_can_not_become_an_option(template: str) -> None:
    with pytest.raises(OptionValueError, match="would be read as an option"):
        render(template, v="--kubeconfig=/etc/x")
    with pytest.raises(OptionValueError):
        render(f"{template} | cat", v="-rf")


@pytest.mark.parametrize("template", ["x -- {{ v }}", "x --flag={{ v }}", "x a{{ v }}"])
def test_where_it_can_be_no_option_a_dash_is_fine(template: str) -> None:
    assert render(template, v="-1").argv[-1].endswith("-1")


def test_an_argument_can_not_choose_the_program() -> None:
    with pytest.raises(TemplateError, match="the name of the program"):
        render("{{ program }} x", program="rm")


def test_environment_values_are_used_and_never_shown() -> None:
    rendered = render("curl -H 'Bearer {{ env.TOKEN }}' {{ env.URL }}/{{ path }}", path="a b")
    assert rendered.argv == ("curl", "-H", "Bearer s3cret $(id)", "http://x/a b")
    assert "s3cret" not in rendered.display
    assert rendered.display == 'curl -H "Bearer ${TOKEN}" "${URL}/a b"'


def test_an_environment_variable_that_is_not_set_is_named() -> None:
    with pytest.raises(TemplateError, match='"NOPE" is not set'):
        render("curl {{ env.NOPE }}")
    assert render("curl{% if env.NOPE %} x{% endif %}").argv == ("curl",)


def test_the_sandbox_keeps_python_out() -> None:
    with pytest.raises(TemplateError):
        render("x {{ v.__class__.__mro__[1].__subclasses__() }}", v="a")


def test_a_broken_template_is_named() -> None:
    with pytest.raises(TemplateError, match="can't be filled"):
        render("x {% if %}")
    with pytest.raises(TemplateError, match="line 1"):
        variables_of("x {% if %}")


def test_undeclared_variables_are_found_in_every_form() -> None:
    assert variables_of("x {{ a }} {{ b }}") == {"a", "b"}
    template = (
        "{% for i in items %}{{ i }}{% endfor %}{{ env.X }}{% if ns %}{{ config.y }}{% endif %}"
    )
    assert variables_of(template) == {"items", "ns"}


def test_prose_is_not_quoted() -> None:
    assert render_text("Use {{ config.url }} & {{ n }}.", {"config": {"url": "a b"}, "n": 1}) == (
        "Use a b & 1."
    )


SIMPLE = st.lists(
    st.sampled_from(["x ", "{{ a }}", "{{b}}", "-f ", "'{{ a }}' ", '"{{ b }}"', " "]), max_size=6
).map(lambda parts: "printf " + "".join(parts))


@given(SIMPLE, st.text(), st.text())
def test_without_jinja2_a_simple_template_renders_the_same(template: str, a: str, b: str) -> None:
    def outcome(text: str) -> tuple[str, ...] | type:
        try:
            return render(text, a=a, b=b).argv
        except TemplateError as error:
            return type(error)

    # An empty comment changes nothing and takes the way through jinja2.
    assert outcome(template) == outcome(template + "{# #}")


SCRIPTS = [
    "printf '%s\\0' {{ v }} | cat",
    "printf '%s\\0' \"{{ v }}\" | cat",
    "printf '%s\\0' '{{ v }}' | cat",
    'printf "%s\\0" "$(printf %s {{ v }})" | cat',
    'printf "%s\\0" "$(printf %s "{{ v }}")" | cat',
    "printf '%s\\0' `printf %s {{ v }}` | cat",
    "x={{ v }}; printf '%s\\0' \"$x\"",
    "if [ -n {{ v }} ]; then printf '%s\\0' {{ v }}; fi",
    "# it's a comment\nprintf '%s\\0' {{ v }}",
    "printf '%s\\0' a\"{{ v }}\"'{{ v }}'{{ v }} | cat",
    "cat <<END\n{{ v }}\nEND\n",
    "case x in x) printf '%s\\0' {{ v }};; esac",
]
EVIL = [
    "$(touch HOLMES)",
    "`touch HOLMES`",
    "'; touch HOLMES; '",
    '"; touch HOLMES; "',
    "a\ntouch HOLMES\n",
    "x; touch HOLMES #",
    "END\ntouch HOLMES",
    "a' $(touch HOLMES) 'b",
    "${IFS}touch${IFS}HOLMES",
    "\\",
    "a b",
]


def executed(rendered: Rendered, folder: str) -> str:
    async def run() -> str:
        environment = {"PATH": "/usr/bin:/bin", **rendered.variables}
        argv = ["bash", "-c", f"cd {folder}\n{rendered.script}"]
        result = await run_process(argv, timeout=10, env=environment)
        return result.stdout

    return anyio.run(run)


@pytest.mark.parametrize("template", SCRIPTS)
@pytest.mark.parametrize("value", EVIL)
def test_a_shell_never_runs_a_value(
    template: str, value: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("scratch")
    executed(render(template, v=value), str(folder))
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("template", SCRIPTS[:3] + SCRIPTS[6:9])
@pytest.mark.parametrize("value", EVIL)
def test_a_shell_passes_a_value_on_whole(
    template: str, value: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    out = executed(render(template, v=value), str(tmp_path_factory.mktemp("scratch")))
    assert out == f"{value}\0"


@given(
    st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
)
@settings(max_examples=40, deadline=None)
def test_any_text_reaches_a_program_behind_a_shell_whole(value: str) -> None:
    if not value or value.startswith("-"):
        return
    rendered = render("printf '%s' {{ v }} | cat", v=value)
    assert executed(rendered, "/") == value
