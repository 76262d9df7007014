"""oc: OpenShift's kubectl, with the same reading commands and three of its own."""

from dataclasses import replace

from holmes.policy.programs.kubectl import COMMANDS
from holmes.policy.programs.kubectl import PROGRAM as KUBECTL
from holmes.policy.tables import Command, flags

_OWN = {
    # Without --show-token, which prints it.
    "whoami": Command(operands=0),
    "projects": Command(flags=flags("short/q"), operands=0),
    "status": Command(flags=flags("all-namespaces/A suggest"), operands=0),
    "adm top": COMMANDS["top"],
}

PROGRAM = replace(
    KUBECTL,
    name="oc",
    commands={
        **{name: command for name, command in COMMANDS.items() if name != "top"},
        **_OWN,
    },
    changes=KUBECTL.changes | {"rollout cancel", "rollout latest", "rollout retry"},
)
