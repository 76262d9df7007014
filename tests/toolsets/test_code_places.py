"""A value never becomes code: refused when the file is loaded, or not reached by any value."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from holmes.core.errors import ToolsetFileError
from holmes.tools.base import Tool
from support.context import from_file, tool_context

pytestmark = pytest.mark.anyio


def load(folder: Path, script: str, parameters: dict[str, Any] | None = None) -> Tool:
    tool = {"name": "t", "description": "d", "script": script, "parameters": parameters or {}}
    path = folder / "x.yaml"
    path.write_text(yaml.safe_dump({"x": {"tools": [tool]}}), encoding="utf-8")
    (toolset,) = from_file(path, tool_context())
    return toolset.tools[0]


REFUSED = r"""
echo $(( {{ n }} * 60 ))
echo $(({{ n }}*60))
(( {{ n }} > 3 )) && echo many
echo $[ {{ n }} + 1 ]
for ((i=0; i<{{ n }}; i++)); do echo $i; done
[[ {{ n }} -gt 3 ]] && echo many
[[ "{{ n }}" -eq 3 ]] && echo three
if [[ 3 -lt {{ n }} ]]; then echo x; fi
[[ -v {{ n }} ]] && echo set
let x={{ n }}*2
let "x = {{ n }}"
eval echo {{ x }}
eval "echo {{ x }}"
eval 'echo {{ x }}'
bash -c "echo {{ x }}"
bash -c 'echo {{ x }}'
bash -lc "kubectl get pods -n {{ ns }}"
bash -ec {{ x }}
sh -c 'kubectl get pods -n {{ ns }}'
/bin/sh -c "echo {{ x }}"
env A=1 sh -c "echo {{ x }}"
timeout 5 bash -c "echo {{ x }}"
sudo -u app sh -c "echo {{ x }}"
nice -n 5 nohup bash -c "echo {{ x }}"
xargs -I X sh -c "echo {{ x }}" < list
find . -name a -exec sh -c "echo {{ x }}" ;
kubectl exec web -- sh -c "cat {{ file }}"
docker exec web sh -c "cat {{ file }}"
ssh host "cat {{ file }}"
echo "echo {{ x }}" | bash
bash <<< "echo {{ x }}"
bash {{ file }}
source {{ file }}
. {{ file }}
trap "echo {{ x }}" EXIT
alias ll={{ x }}
awk '{ print $1 {{ x }} }' /etc/hosts
awk "/{{ x }}/ { print }" /etc/hosts
awk -F: "\$3 > {{ n }}" /etc/passwd
awk -f {{ file }} /etc/hosts
gawk '/{{ x }}/' /etc/hosts
cat /etc/hosts | awk -v a=1 '$1 == "{{ x }}"'
sed 's/a/{{ x }}/' /etc/hosts
sed -n '/{{ x }}/p' /etc/hosts
sed -e "{{ x }}" /etc/hosts
sed -n {{ x }} /etc/hosts
sed --expression='{{ x }}' /etc/hosts
jq '.[] | select(.name == "{{ name }}")' x.json
jq ".{{ key }}" x.json
jq -r {{ filter }} x.json
kubectl get pods -o json | jq '.items[] | {{ x }}'
yq eval '.{{ key }}' x.yaml
jq -f {{ file }} x.json
python3 -c "print('{{ x }}')"
perl -ne "print if /{{ x }}/" /etc/hosts
ruby -e 'puts "{{ x }}"'
node -e "console.log('{{ x }}')"
kubectl get pods -o {{ fmt }}
kubectl get pods -o={{ fmt }}
kubectl get pods --output {{ fmt }}
kubectl get pods --output={{ fmt }}
kubectl get pods -o jsonpath='{.items[*].{{ field }}}'
kubectl get pods -o custom-columns={{ columns }}
kubectl get pods -o go-template --template={{ t }}
oc get pods -o {{ fmt }}
docker inspect -f '{{ fmt }}' web
docker ps --format {{ fmt }}
{{ program }} x | cat
{{ program }} x
env {{ program }} x
sudo {{ program }} x
kubectl {{ a }}{{ b }} pod web
kubectl {{ verb }} pods | head
kubectl -n shop {{ verb }} pods | head
kubectl rollout {{ verb }} deploy/web; true
env X=1 kubectl {{ verb }} pods | cat
microk8s kubectl {{ verb }} pods | cat
oc {{ verb }} pods | cat
for n in a b; do docker {{ verb }} $n; done
N={{ n }}; echo $(( N * 60 ))
N={{ n }}; echo $(( $N * 60 ))
N="{{ n }}"; [[ $N -gt 3 ]] && echo many
N={{ n }}; M=$N; let x=M+1
export N={{ n }}; echo $((N))
N=$(echo {{ n }}); echo $((N))
read N <<< "{{ n }}"; echo $((N))
for N in {{ ns }}; do echo $((N)); done
F={{ filter }}; jq "$F" x.json
F={{ x }}; eval $F
F={{ fmt }}; kubectl get pods -o $F
V={{ verb }}; kubectl $V pod web
P={{ p }}; $P x
X={{ x }}; awk "/$X/" /etc/hosts
a[{{ i }}]=1; x=${a[{{ i }}]}
echo ${HOME:{{ n }}:3}
echo ${!{{ n }}}
N={{ n }}; echo ${!N}
N={{ n }}; echo ${N@P}
printf -v {{ name }} x
declare -i N={{ n }}; echo x
read {{ name }} < /etc/hosts
echo \{{ x }} | cat
echo a | { read b; echo $(( {{ n }} + b )); }
x=$(sed "s/{{ a }}/b/" /etc/hosts)
echo "$(awk "/{{ x }}/" /etc/hosts)"
if true; then sh -c "echo {{ x }}"; fi
{% if ns %}sh -c "echo {{ ns }}"{% endif %}
"""
REFUSED_BLOCKS = [
    "bash <<END\necho {{ x }}\nEND\n",
    "cat <<'END'\n{{ x }}\nEND\n",
    "python3 - <<END\nprint('{{ x }}')\nEND\n",
    "cat <<END\n$(( {{ n }} ))\nEND\n",
    "set -e\ncase $1 in\n  a) echo a;;\nesac\necho $(( {{ n }} ))\n",
]


CORPUS = Path(__file__).parent / "code_corpus"


def corpus(name: str) -> list[str]:
    lines = (CORPUS / name).read_text(encoding="utf-8").splitlines()
    return [line.replace("␤", "\n") for line in lines if not line.startswith("# ")]


WRITTEN = [
    *corpus("attack.txt"),
    *corpus("variants.txt"),
    *corpus("second.txt"),
    *corpus("third.txt"),
    *corpus("fourth.txt"),
]


@pytest.mark.parametrize("script", [*REFUSED.strip().splitlines(), *REFUSED_BLOCKS, *WRITTEN])
def test_a_place_where_a_value_would_be_code_is_refused(tmp_path: Path, script: str) -> None:
    with pytest.raises(ToolsetFileError) as caught:
        load(tmp_path, script)
    said = str(caught.value)
    assert 'tool "t": line ' in said
    assert "of the template" in said
    assert str(tmp_path) in said


def test_the_line_and_what_to_write_instead_are_named(tmp_path: Path) -> None:
    with pytest.raises(ToolsetFileError) as caught:
        load(tmp_path, "set -e\n# it's here\nawk '$1 > {{ n }}' /etc/hosts\n")
    assert "line 3 of the template (\"awk '$1 > {{ n }}' /etc/hosts\")" in str(caught.value)
    assert "awk -v x={{ x }} '… x …'" in str(caught.value)


@pytest.mark.parametrize("script", corpus("honest.txt"))
def test_scripts_as_people_write_them_load(tmp_path: Path, script: str) -> None:
    assert load(tmp_path, script).definition.name == "t"


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ('set -- {{ x }}\neval "$1"', 'line 2 of the template ("eval "$1""): eval would be'),
        ("X={{ x }}\nY=X\necho $((Y))", "line 3 of the template"),
        ("sh -c -- {{ x }}", "a program for sh would be chosen by a value: write sh -c '…"),
        ("echo {{ x }} | perl", "something that perl runs would be chosen by a value"),
        ("PAGER={{ x }} git log", "the variable PAGER, which programs read, would be chosen"),
        ("helm list --post-renderer {{ x }}", "the option --post-renderer of helm would be"),
        ('lookup "run {{ x }}"', "give it as a word of its own, or declare the parameter"),
        ("echo {{ x }} > a.sh\nbash a.sh", "line 2" ),
        ("bash -c 'true\nkubectl get $1' sh {{ x }}", "several words would be chosen by a value"),
    ],
)  # fmt: skip
def test_a_refusal_says_what_would_read_a_value_as_code(
    tmp_path: Path, script: str, said: str
) -> None:
    with pytest.raises(ToolsetFileError) as caught:
        load(tmp_path, script)
    assert said in str(caught.value)


HONEST = r"""
echo $(( 2 * 60 )) {{ x }}
[ {{ x }} -gt 3 ] || echo few
[ "{{ x }}" = "None" ] && echo none || echo {{ x }}
[[ {{ x }} == web ]] || echo {{ x }}
[[ "{{ x }}" =~ ^[a-z]+$ ]] || echo {{ x }}
bash -c 'echo "$1"' bash {{ x }}
sh -c 'echo "$0"' {{ x }}
printf '%s\n' {{ x }} | bash -c 'cat'
awk -v x={{ x }} 'BEGIN { print x }'
printf '%s\n' "{{ x }}" | awk '{ print $1 }'
jq -n --arg x {{ x }} '$x'
echo '{}' | jq --arg a 1 --arg x {{ x }} '{x: $x}'
grep -F -- {{ x }} /etc/hosts || echo {{ x }}
printf '%s\n' {{ x }} | grep -c .
X={{ x }}; echo "$X"
X="{{ x }}"; printf '%s\n' "$X" | tr a-z A-Z
X={{ x }}; echo "${X:-none}"
X={{ x }}; N=3; echo $(( N + 1 )) "$X"
a=( {{ x }} b ); echo "${a[0]}"
for n in a b; do echo $n {{ x }}; done
case {{ x }} in a) echo a;; *) echo {{ x }};; esac
if [ -n "{{ x }}" ]; then echo {{ x }}; fi
echo "$(printf '%s' {{ x }})"
echo `printf '%s' {{ x }}`
env A=1 printf '%s\n' {{ x }}
timeout 5 printf '%s\n' {{ x }}
printf '%s\n' {{ x }} 2>/dev/null | sort
printf '%s\n' "a \"{{ x }}\" b" | cat
printf '%s\n' $'a\t{{ x }}\n' | cat
f() { echo "$1"; }; f {{ x }}
cat <<< "{{ x }}"
sed -n 1p /etc/hosts; echo {{ x }}
python3 -c 'import sys; print(sys.argv[1])' {{ x }}
xargs echo <<< {{ x }}
set -- {{ x }}; printf '%s\n' "$1"
f() { local n=$1; printf '%s\n' "$n"; }; f {{ x }}
N=$(printf '%s\n' {{ x }} | wc -l); echo $(( N + 1 )); [[ $N -gt 0 ]]
N=$(printf '%s\n' {{ x }} | grep -c .); (( N > 0 )) && echo $N
for i in 1 2; do echo "$((i * 2)) {{ x }}"; done
printf '%s\n' {{ x }} | while read -r line; do echo "$line"; done
read -r a b <<< {{ x }}; echo "$b $a"
[[ {{ x }} =~ ^w ]] || echo "$BASH_REMATCH"
X={{ x }} printenv X
export X={{ x }}; bash -c 'printf "%s\n" "$X"'
err=$(mktemp -p .); ls {{ x }} 2>"$err" || cat "$err"; rm -f "$err"
a=(-x {{ x }}); printf '%s\n' "${a[@]}"
printf '%s\n' {{ x }} | sed -e 's/a/b/' -e '/^$/d' | awk '/b|c/ { print $1 }' | sort | head -n 3
printf '%s\n' {{ x }} | python3 -c 'import sys; print(sys.stdin.read().upper())'
jq -n --arg x {{ x }} '{a: $x}' | jq -r .a
trap 'echo bye' EXIT; echo {{ x }}
find . -maxdepth 1 -name {{ x }} -exec ls {} +
"""
VALUES = [
    "web",
    "a[$(touch HOLMES)]",
    "$(touch HOLMES)",
    "`touch HOLMES`",
    "x; touch HOLMES",
    '"; touch HOLMES; "',
    "'; touch HOLMES; '",
    'system("touch HOLMES")',
    "a\ntouch HOLMES\n",
]


@pytest.mark.parametrize("script", HONEST.strip().splitlines())
async def test_a_value_that_stays_one_runs_and_nothing_else_does(
    tmp_path: Path, script: str
) -> None:
    tool = load(tmp_path, f"cd {tmp_path}\n{script}\n")
    for value in VALUES:
        output = await tool.run({"x": value})
        assert output.status in {"ok", "failed", "no_data", "invalid_arguments"}
        assert not (tmp_path / "HOLMES").exists(), value
    assert (await tool.run({"x": "web"})).status in {"ok", "no_data"}


TYPED = [
    ("echo $(( {{ n }} * 60 ))", {"n": {"type": "integer"}}, 5, "300\n"),
    ("[[ {{ n }} -gt 3 ]] && echo many", {"n": {"type": "integer"}}, 5, "many\n"),
    ("N={{ n }}; echo $(( N + 1 ))", {"n": {"type": "integer"}}, 5, "6\n"),
    ("bash -c 'echo {{ n }}'", {"n": {"type": "number"}}, 1.5, "1.5\n"),
    ("printf 'a\\nb\\n' | sed -n '{{ n }}p'", {"n": {"type": "integer"}}, 2, "b\n"),
    ("printf '3\\n9\\n' | awk '$1 > {{ n }}'", {"n": {"type": "integer"}}, 5, "9\n"),
    ("echo '[1,2]' | jq '.[{{ n }}]'", {"n": {"type": "integer"}}, 1, "2\n"),
    ("sh -c '{{ n }} x'", {"n": {"enum": ["echo", "printf"]}}, "echo", "x\n"),
    ("{{ n }} hello", {"n": {"enum": ["echo", "printf"]}}, "printf", "hello"),
    ("echo $(( {{ n | int }} + 1 ))", {"n": {}}, "4", "5\n"),
    ("echo $(( {{ n | default(3) }} + 1 ))", {"n": {"type": "integer"}}, 4, "5\n"),
    ("echo {{ n }} | cat", {"n": {"pattern": "[a-z]+"}}, "web", "web\n"),
    ("echo $(( {{ n }} + 1 ))", {"n": {"pattern": "[0-9]{1,4}"}}, "41", "42\n"),
    ("printf 'a\\nb\\n' | sed -n {{ n }}p", {"n": {"pattern": "^[1-9][0-9]?$"}}, "2", "b\n"),
]


@pytest.mark.parametrize(("script", "parameters", "value", "text"), TYPED)
async def test_a_type_that_can_only_be_harmless_is_let_through(
    tmp_path: Path, script: str, parameters: dict[str, Any], value: object, text: str
) -> None:
    tool = load(tmp_path, script, parameters)
    output = await tool.run({"n": value})  # type: ignore[dict-item]
    assert (output.status, output.text) == ("ok", text)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ({"type": "integer"}, "a[$(touch HOLMES)]"),
        ({"type": "integer"}, "1; touch HOLMES"),
        ({"type": "integer"}, 1.5),
        ({"type": "number"}, "1e9; x"),
        ({"type": "boolean"}, "yes; x"),
        ({"type": "integer", "minimum": 1, "maximum": 9}, 10),
        ({"enum": ["wide", "json"]}, "go-template-file=/etc/passwd"),
        ({"enum": ["pods"]}, "secrets"),
        ({"pattern": "[a-z]+"}, "a b"),
        ({"pattern": "[a-z]+"}, "web; touch HOLMES"),
        ({"pattern": "[a-z]+"}, "web\n"),
        ({"pattern": "a|b"}, "a secrets"),
        ({"pattern": "^[0-9]{1,3}$"}, "12\n3"),
    ],
)
async def test_a_typed_parameter_is_enforced(
    tmp_path: Path, parameter: dict[str, Any], value: object
) -> None:
    mark = tmp_path / "ran"
    tool = load(tmp_path, f"touch {mark}; echo {{{{ n }}}}", {"n": parameter})
    output = await tool.run({"n": value})  # type: ignore[dict-item]
    assert output.status == "invalid_arguments"
    assert not mark.exists()


@pytest.mark.parametrize("pattern", ["[a-z]+", "[0-9a]+", ".*", "\\w+", "[^0-9]", "[0-9]+|a"])
def test_a_pattern_of_more_than_digits_is_no_number(tmp_path: Path, pattern: str) -> None:
    with pytest.raises(ToolsetFileError, match="an arithmetic expression"):
        load(tmp_path, "echo $(( {{ n }} ))", {"n": {"pattern": pattern}})


@pytest.mark.parametrize("value", ["pods -o yaml", "--raw=/api", "*"])
async def test_an_argument_of_a_function_does_not_become_options_or_words(
    tmp_path: Path, value: str
) -> None:
    tool = load(tmp_path, "f() { echo get $1; }; f {{ kind }}")
    assert (await tool.run({"kind": value})).status == "invalid_arguments"
    assert (await tool.run({"kind": "pods"})).text == "get pods\n"


@pytest.mark.parametrize(
    "ns", ["../x", "shop/secrets?limit=5#", "shop?x=1", "a#", "a%2Fb", "..", "a/b"]
)
@pytest.mark.parametrize(
    "command",
    [
        "kubectl get --raw /api/v1/namespaces/{{ ns }}/pods",
        "kubectl get --raw=/api/v1/namespaces/{{ ns }}/pods",
        "kubectl get --raw '/api/v1/namespaces/{{ ns }}/pods' | jq .",
        "NS={{ ns }}; kubectl get --raw /api/v1/namespaces/$NS/pods",
        "env X=1 oc get --raw /api/v1/namespaces/{{ ns }}/pods",
    ],
)
async def test_a_value_does_not_change_a_path(tmp_path: Path, command: str, ns: str) -> None:
    output = await load(tmp_path, command).run({"ns": ns})
    assert output.status == "denied"
    assert load(tmp_path, command).preview({"ns": "shop"})


@pytest.mark.parametrize("kind", ["secrets", "Secret", "secrets.v1.", "pods,secrets", "secret/db"])
@pytest.mark.parametrize(
    "command",
    [
        "KIND={{ kind }}; kubectl get $KIND -o yaml",
        'KIND={{ kind }}\nkubectl get "$KIND" -o yaml',
        "oc get {{ kind }} -o yaml",
        "oc get {{ kind }} -o yaml | cat",
        "microk8s kubectl get {{ kind }} -o yaml",
        "env X=1 kubectl get {{ kind }} -o yaml",
        "env X=1 kubectl get {{ kind }} -o yaml | cat",
        "/usr/bin/kubectl get {{ kind }} -o yaml",
        "sh -c 'kubectl get \"$1\" -o yaml' sh {{ kind }}",
    ],
)
async def test_a_value_does_not_choose_secrets(tmp_path: Path, command: str, kind: str) -> None:
    output = await load(tmp_path, command).run({"kind": kind})
    assert output.status == "denied"
    assert load(tmp_path, command).preview({"kind": "configmap"})


@pytest.mark.parametrize("value", ["pods -o yaml", "--raw=/api", "pods *", "a\tb"])
async def test_a_variable_does_not_become_options_or_words(tmp_path: Path, value: str) -> None:
    output = await load(tmp_path, "KIND={{ kind }}; echo get $KIND").run({"kind": value})
    assert output.status == "invalid_arguments"
