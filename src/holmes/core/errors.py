"""The failures that end a command, each with the exit code it ends with.

    HolmesError                     1   never raised as itself
    ├── UsageError                  2   flags, environment, config file
    │   ├── ToolsetFileError        2   a toolset file that can't be used
    │   ├── SnapshotError           2   a snapshot folder that can't be read, written or served
    │   └── SessionError            2   a recorded session that isn't there or can't be used
    └── ModelServerError            3   the model server did not give a usable reply
        ├── ServerUnreachable       3   refused, DNS, TLS, timed out before a byte
        ├── ServerRefused           3   401, 403
        ├── ModelNotFound           3   the server is there, the model is not
        ├── RequestRejected         3   400, 404 of the path, 413, 422 …
        │   ├── ContextOverflow     3   more tokens than the server's context window
        │   └── FeatureRefused      3   tools, streaming or a parameter it won't take
        ├── ServerOverloaded        3   429 and 5xx, after the retries
        ├── UnexpectedResponse      3   not JSON, or JSON of another shape
        └── BrokenStream            3   a stream that was cut off or went silent

A tool that fails, a refused command and a malformed tool call are *values* (see
`holmes.tools.base.ToolOutput`), never exceptions; so is the lack of an answer
(`holmes.core.answer.Answer`, exit code 4).
"""


class HolmesError(Exception):
    """A failure with a message for a person: what was wrong, where, what to do next."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UsageError(HolmesError):
    """The command line, the environment or the config file asks for something impossible."""

    exit_code = 2


class ToolsetFileError(UsageError):
    """A toolset file that can't be read or doesn't have the documented form."""


class SnapshotError(UsageError):
    """A snapshot folder that can't be read, written or served."""


class SessionError(UsageError):
    """A recorded session that isn't there, can't be read, or is still being written."""


class ModelServerError(HolmesError):
    """The model server did not give a usable reply.

    `address` is the URL that was asked; `status` the HTTP status where there was one.
    """

    exit_code = 3

    def __init__(
        self, message: str, *, hint: str = "", address: str = "", status: int | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.address = address
        self.status = status


class ServerUnreachable(ModelServerError):
    """No HTTP response at all: connection refused, DNS, TLS, or silence."""


class ServerRefused(ModelServerError):
    """HTTP 401 or 403: the key is missing, wrong or not allowed."""


class ModelNotFound(ModelServerError):
    """The server answers but has no such model."""


class RequestRejected(ModelServerError):
    """The server understood HTTP and refused the request; asking again changes nothing."""


class ContextOverflow(RequestRejected):
    """The request holds more tokens than the context window.

    `window` is the size in tokens where the server named it.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        address: str = "",
        status: int | None = None,
        window: int | None = None,
    ) -> None:
        super().__init__(message, hint=hint, address=address, status=status)
        self.window = window


class FeatureRefused(RequestRejected):
    """The server refuses a part of the request that can be left out.

    `feature` is one of "tools", "tool_choice", "stream", "max_tokens", "temperature",
    "response_format", "message_shape", "images".
    """

    def __init__(
        self,
        message: str,
        *,
        feature: str,
        hint: str = "",
        address: str = "",
        status: int | None = None,
    ) -> None:
        super().__init__(message, hint=hint, address=address, status=status)
        self.feature = feature


class ServerOverloaded(ModelServerError):
    """429 or 5xx, still so after the retries."""


class UnexpectedResponse(ModelServerError):
    """HTTP 200 with something that is not a chat completion."""


class BrokenStream(ModelServerError):
    """The reply began and did not end: cut off, or silent for longer than the idle timeout."""
