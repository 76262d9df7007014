"""argocd: applications and what they are made of, on the server that is logged in to."""

from functools import partial

from holmes.policy.secrets import manifests_without_values
from holmes.policy.tables import (
    Command,
    Program,
    flags,
)

PROGRAM = Program(
    name="argocd",
    commands={
        "app list": Command(
            flags=flags("output/o= project/p= selector/l= app-namespace/N= cluster/c= repo/r="),
            operands=0,
        ),
        # Not with --refresh, which writes an annotation.
        "app get": Command(
            flags=flags("output/o= show-operation show-params app-namespace/N="), operands=1
        ),
        "app history": Command(flags=flags("output/o= app-namespace/N="), operands=1),
        "app resources": Command(flags=flags("output/o= orphaned project="), operands=1),
        "app manifests": Command(
            flags=flags("source= revision= app-namespace/N="),
            operands=1,
            scrub=lambda _: partial(manifests_without_values, "yaml"),
        ),
        "app logs": Command(
            flags=flags(
                "container/c= group= kind= name= namespace= tail= since-seconds= filter= previous/p"
            ),
            operands=1,
        ),
        "cluster list": Command(flags=flags("output/o="), operands=0),
        "proj list": Command(flags=flags("output/o="), operands=0),
        "proj get": Command(flags=flags("output/o="), operands=1),
        "repo list": Command(flags=flags("output/o="), operands=0),
        "version": Command(flags=flags("client short output/o="), operands=0),
    },
    common=flags("help/h"),
    granted=flags("revision= prune timeout= app-namespace/N= resource= dry-run"),
    changes=frozenset(
        {"app delete", "app patch", "app rollback", "app set", "app sync", "app terminate-op"}
    ),
)
