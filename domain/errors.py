"""The error tree: one root, branches by whose fault it is, words elsewhere.

Every error carries a stable ``code`` and typed ``fields``; the sentence a person
reads comes from ``templates/messages/errors.<lang>.toml`` under that code.  A bad
*document* is never an error: it is a verdict (see :mod:`domain.verdict`).
"""

from __future__ import annotations


class CreditDocError(Exception):
    """Root of every error this product raises on purpose.

    ``code`` is a stable lower-case word (also the tail of the problem type URN),
    ``fields`` are the values its sentence names.  Never put a secret, a token or a
    certificate number of a person into ``fields``: they reach logs and screens.
    """

    def __init__(self, code: str, **fields: object) -> None:
        self.code = code
        self.fields = fields
        super().__init__(code + "".join(f" {k}={v!r}" for k, v in fields.items()))


class MalformedInput(CreditDocError):
    """The bytes or words given do not have the form they must have (exit 2)."""


class Refused(CreditDocError):
    """A rule or a permission says no, although the request was well formed (exit 1)."""


class NotFound(CreditDocError):
    """The named thing does not exist here, or may not be seen by this caller (exit 2)."""


class Conflict(CreditDocError):
    """The thing exists already, or changed since it was read (exit 1)."""


class DependencyUnavailable(CreditDocError):
    """Something outside this process did not answer: time stamp, database, printer (exit 4)."""


class InvariantBroken(CreditDocError):
    """A promise of our own does not hold; nothing was released (exit 4)."""


class TooMany(Refused):
    """Asked too often; ``retry_after`` in ``fields`` says after how many seconds to come again."""
