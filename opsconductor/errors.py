# SPDX-License-Identifier: Apache-2.0
"""The one error tree.

    OpsConductorError
    ├── InvalidInput        422  what was given cannot be read or breaks a rule      exit 2
    │   └── Refused         422  understood, and not done: dangerous, secret, …      exit 3
    ├── NotFound            404  no such thing; says what is near                    exit 4
    ├── Conflict            409  the present state does not allow it                 exit 5
    │   ├── NotApproved     409  no valid approval for exactly this plan             exit 6
    │   └── AmbiguousCredential  409  two groups of one depth both give one          exit 5
    ├── Unreachable         502  a machine or service did not answer                 exit 7
    ├── Unsupported         501  this installation cannot do that                    exit 8
    └── Broken              500  our own data or environment is damaged              exit 9

A message says what is wrong; `remedy` says what to do about it. Neither ever holds a secret.
Feature errors subclass one of these beside their noun.
"""

from typing import Any, ClassVar


class OpsConductorError(Exception):
    """Something went wrong."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str | None = None, *, remedy: str | None = None, **context: Any) -> None:
        self.message = message or (self.__doc__ or "").strip().splitlines()[0]
        self.remedy = remedy
        #: JSON-ready facts about the error (names, counts, suggestions); shown, so never a secret.
        self.context = context
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}" if self.remedy else self.message

    def problem(self) -> dict[str, Any]:
        """The RFC 9457 body of this error."""
        body: dict[str, Any] = {
            "type": f"urn:opsconductor:problem:{self.code}",
            "title": (self.__doc__ or "").strip().splitlines()[0],
            "status": self.status,
            "detail": self.message,
            "code": self.code,
        }
        if self.remedy:
            body["remedy"] = self.remedy
        if self.context:
            body["context"] = self.context
        return body


class InvalidInput(OpsConductorError):
    """The input cannot be used."""

    status = 422
    code = "invalid-input"
    exit_code = 2


class Refused(InvalidInput):
    """The request was understood and is refused."""

    code = "refused"
    exit_code = 3


class NotFound(OpsConductorError):
    """There is no such thing."""

    status = 404
    code = "not-found"
    exit_code = 4


class Conflict(OpsConductorError):
    """The present state does not allow this."""

    status = 409
    code = "conflict"
    exit_code = 5


class NotApproved(Conflict):
    """The plan has no valid approval."""

    code = "not-approved"
    exit_code = 6


class AmbiguousCredential(Conflict):
    """Two credentials apply with equal right."""

    code = "ambiguous-credential"


class Unreachable(OpsConductorError):
    """A machine or service did not answer."""

    status = 502
    code = "unreachable"
    exit_code = 7


class Unsupported(OpsConductorError):
    """This installation cannot do that."""

    status = 501
    code = "unsupported"
    exit_code = 8


class Broken(OpsConductorError):
    """Stored data or the environment is damaged."""

    status = 500
    code = "broken"
    exit_code = 9
