"""What a template may show: whole values with what names them, in the code that they are in."""

import pytest

from holmes.policy.templates import refused_template

SHOWN = (
    "{.items[*].metadata.name}",
    "NAME:.metadata.name,CPU:.status.allocatable.cpu",
    "table {{.Names}}\\t{{.Status}}",
    '{{range .items}}{{printf "%-20s %d\\n" .metadata.name .spec.replicas}}{{end}}',
    "{{(index (index .spec.containers 0).ports 0).containerPort}}",
    "{range .spec.containers[*].env[*]}{.name}={.value}{end}",
    "{{range (index .spec.containers 0).env}}{{.name}}: {{.value}}{{end}}",
    "{{range $key, $value := .data}}{{$key}}={{$value}}{{end}}",
    "{.spec.tolerations[*].value}",
    "{.spec.volumes[?(@.name=='tls')].secret.secretName}",
)
REFUSED = {
    '{{printf "%x" .data.note}}': "printf",
    '{{printf "%.3s" .data.note}}': "printf",
    "{{slice .data.note 0 3}}": "slice",
    "{{.data.note | urlquery}}": "urlquery",
    "{{index .data.note 0}}": "index",
    "{{range .Config.Env}}{{index . 3}}{{end}}": "index",
    "{.data.DB_PASSWORD}": "by its name",
    '{.spec.containers[0].env[?(@.name=="API_TOKEN")].value}': "by its name",
    "{.spec.containers[*].env[*].value}": "without their names",
    "{range .spec.containers[*].env[*]}{.name}={.value}{.value}{end}": "without their names",
    "{{range $key, $value := .data}}{{$value}}{{end}}": "without their names",
    "{.data.*}": "without their names",
}


@pytest.mark.parametrize("template", SHOWN)
def test_whole_values_are_shown(template: str) -> None:
    assert refused_template(template) == ""


@pytest.mark.parametrize("template", REFUSED)
def test_what_would_escape_the_masking_is_refused(template: str) -> None:
    assert REFUSED[template] in refused_template(template)
