"""flux: sources, kustomizations and releases, and why they are not ready."""

from holmes.policy.tables import (
    Command,
    Program,
    flags,
    names,
)

_GET = Command(
    flags=flags("all-namespaces/A label-selector/l= status-selector= no-header show-source")
)

PROGRAM = Program(
    name="flux",
    commands={
        **{
            f"get {kind}": _GET
            for kind in (
                "all",
                "sources all",
                "sources git",
                "sources helm",
                "sources oci",
                "sources bucket",
                "sources chart",
                "kustomizations",
                "kustomization",
                "ks",
                "helmreleases",
                "helmrelease",
                "hr",
                "images all",
                "alerts",
                "receivers",
            )
        },
        "events": Command(flags=flags("all-namespaces/A for= types="), operands=0),
        "logs": Command(
            flags=flags("all-namespaces/A kind= name= level= since= since-time= tail="), operands=0
        ),
        "stats": Command(flags=flags("all-namespaces/A"), operands=0),
        "trace": Command(flags=flags("kind= api-version="), operands=2),
        "tree kustomization": (_tree := Command(flags=flags("compact output/o="), operands=1)),
        "tree ks": _tree,
        "check": Command(flags=flags("pre"), operands=0),
        "version": Command(flags=flags("client output/o="), operands=0),
    },
    common=flags("namespace/n= help/h timeout="),
    environment="cluster",
    granted=flags("namespace/n= with-source timeout="),
    changes=names("delete reconcile resume suspend"),
)
