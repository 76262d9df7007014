"""A metric triage in ten lines, with what the objects of the same workloads say."""

from collections.abc import Sequence
from datetime import UTC, datetime

from holmes.core.finding import Finding
from holmes.core.series import sparkline
from holmes.toolsets.configured.prometheus.changes import Changed, Triage
from holmes.toolsets.configured.prometheus.describe import labelled, number
from holmes.toolsets.configured.prometheus.place import Place
from holmes.toolsets.configured.prometheus.signals import EXPIRY
from holmes.toolsets.configured.prometheus.times import said

MOST_SHOWN = 8
_MOST_USUAL = 4
_MOST_FINDINGS = 3
_MOST_IN_ORDER = 6
_HIDDEN = frozenset({"namespace", "exported_namespace", "job", "workload", "prometheus"})


def render(found: Triage, place: Place, start: float, findings: Sequence[Finding] = ()) -> str:
    """What changed, heaviest first; the order in which it began; what is as on other days."""
    over = found.over
    head = (
        f"metrics of {place.said} around {said(start, day=True)} UTC ({said(over.start)} to "
        f"{said(over.end)}, {found.series} series of {found.metrics} metrics):"
    )
    lines = [head]
    shown = found.changed[:MOST_SHOWN]
    told: set[Finding] = set()
    for place_number, each in enumerate(shown, start=1):
        lines.append(f"{place_number}. {_line(each)}")
        about = [finding for finding in findings if _about(finding, each) and finding not in told]
        told |= set(about)
        lines += [f"   object: {finding.summary}" for finding in about[:_MOST_FINDINGS]]
    if not shown:
        lines.append("nothing changed there that does not change like that on other days, too.")
    elif len(shown) > 1:
        lines.append(f"in this order: {_order(shown)}")
    if found.around:
        there = _order(found.around[:_MOST_USUAL])
        lines.append(f"on its nodes, without an effect on these metrics: {there}")
    rest = [finding for finding in findings if finding not in told][:_MOST_FINDINGS]
    lines += [f"objects without such a metric: {finding.summary}" for finding in rest]
    if found.usual:
        names = [f"{each.name} of {each.subject}" for each in found.usual[:_MOST_USUAL]]
        more = len(found.usual) - len(names)
        names += [f"{more} more"] if more > 0 else []
        lines.append(f"as at the same hour before: {', '.join(names)}")
    return "\n".join(lines)


def _line(each: Changed) -> str:
    """`CPU throttling of cart: 1 % to 79 % from 09:30  ▁▁▁▇▇▇  container_cpu_…{…}`."""
    labels = {k: v for k, v in each.series.labels.items() if k not in _HIDDEN and v != each.subject}
    name = each.probe.metrics[0]
    named = {} if each.name.startswith(name) else {"__name__": name}
    source = labelled({**named, **labels}) if named or labels else ""
    if each.probe.role == "neighbour":
        where = f" (namespace {each.series.labels.get('namespace', '')}, same node)"
    else:
        where = ""
    what = f"{each.name} of {each.subject}{where}"
    if each.kind is EXPIRY:
        over = datetime.fromtimestamp(each.at, UTC)
        return f"{what}: {number(each.before / 3600)} hours (seen {over:%H:%M})  {source}"
    values = [value for _, value in each.series.points]
    change = f"{_value(each, each.before)} to {_value(each, each.after)} from {said(each.at)}"
    return f"{what}: {change}  {sparkline(values)}  {source}".rstrip()


def _value(each: Changed, value: float) -> str:
    return f"{number(100 * value)} %" if each.kind.share else f"{number(value)}{each.kind.unit}"


def _order(shown: Sequence[Changed]) -> str:
    changed = sorted((each for each in shown if each.kind is not EXPIRY), key=lambda each: each.at)
    told = [f"{each.name} of {each.subject} {said(each.at)}" for each in changed]
    return " → ".join(told[:_MOST_IN_ORDER])


def _about(finding: Finding, each: Changed) -> bool:
    """Whether a finding is about the workload of a series, or about one of its pods."""
    names = [finding.name, *(ref.name for ref in finding.affected)]
    subject = each.subject
    return bool(subject) and any(n == subject or n.startswith(f"{subject}-") for n in names)
