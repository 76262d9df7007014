"""crictl: containers, pods and images of the node that holmes runs on."""

from holmes.policy.tables import Command, Program, flags

_LIST = "name= namespace= label= state/s= output/o= quiet/q no-trunc all/a last/n= latest/l"
_INSPECT = Command(flags=flags("output/o= quiet/q"))

PROGRAM = Program(
    name="crictl",
    commands={
        "ps": Command(flags=flags(f"{_LIST} image= pod/p="), operands=1),
        "pods": Command(flags=flags(f"{_LIST} verbose/v"), operands=0),
        "images": Command(flags=flags("output/o= quiet/q no-trunc digests verbose/v"), operands=1),
        "imagefsinfo": Command(flags=flags("output/o="), operands=0),
        "info": Command(flags=flags("output/o="), operands=0),
        "inspect": _INSPECT,
        "inspecti": _INSPECT,
        "inspectp": _INSPECT,
        "logs": Command(
            flags=flags("tail= since= timestamps/t previous/p limit-bytes="), operands=1
        ),
        "stats": Command(flags=flags("all/a id= label= output/o= pod/p="), operands=1),
        "statsp": Command(flags=flags("id= label= output/o="), operands=1),
        "version": Command(operands=0),
    },
)
