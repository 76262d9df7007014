"""What a request can be refused for; each becomes a reply with its status and one sentence."""


class Problem(Exception):
    """A refusal; `detail` is for the caller to read."""

    status = 400

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Unreadable(Problem):
    """The body is not what this path takes."""

    status = 422


class NotFound(Problem):
    """There is no such thing."""

    status = 404


class Conflict(Problem):
    """It can't be done now."""

    status = 409


class TooLong(Problem):
    """The body is longer than the limit."""

    status = 413


class TooSlow(Problem):
    """The body did not come in time."""

    status = 408


class Busy(Problem):
    """As much runs as may."""

    status = 429


class Unanswered(Problem):
    """The model server did not give what was asked for."""

    status = 502


class Stopping(Problem):
    """The server is about to end."""

    status = 503
