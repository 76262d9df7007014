"""`holmes model check`: some small requests that tell how a server and model can be used.

    Check(settings, profiles, ...).run()   asks, and returns the `CheckResult`

What is asked stands in `tasks`, which server it is in `server`, how the ways of calling tools are
compared in `ranking`, the order of it all in `run`.
"""

from holmes.models.check.result import CheckResult, Line
from holmes.models.check.run import Check

__all__ = ["Check", "CheckResult", "Line"]
