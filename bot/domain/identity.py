"""Identities (a person, a group or a server on a platform), and the accounts that hold their money.

An identity is stored as text: "console:ada" and "platform:5" are people; "platform:-100" (a platform may give groups
and channels negative numbers) and "platform:server:7" are places.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

AccountId = NewType("AccountId", str)
"""Name of an account: a pseudonym, which says nothing of the identities that use it."""
OPERATOR, PROVIDER = "house", "provider"
"""Begin the names of the ledger's own accounts, which are no identities. Ledgers hold these words since the first."""
_TEXT = re.compile(r"(?P<platform>[^:\s]+):(?:(?P<kind>channel|group|server):)?(?P<id>.+)", re.DOTALL)
_NEGATIVE = re.compile(r"-\d+")


class Kind(StrEnum):
    """The kind of an identity, by what it can be on its platform."""

    PERSON = "person"
    PLACE = "place"
    """A group, a channel or a server: each user can make some, so a new one is given nothing."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A person or a place on a platform."""

    platform: str
    id: str
    kind: Kind = Kind.PERSON
    named: str = ""
    """The platform's own word for the kind of a place, as it stands in the text; "": none stands there."""

    @staticmethod
    def parse(text: str) -> "Identity":
        """Return the identity of a text. Raises ValueError for any other text, and for the ledger's own accounts."""
        found = _TEXT.fullmatch(text)
        if found is None or found["platform"] in (OPERATOR, PROVIDER):
            raise ValueError("no identity of a person or a place")
        named, of = found["kind"] or "", found["id"]
        kind = Kind.PLACE if named or _NEGATIVE.fullmatch(of) else Kind.PERSON
        return Identity(found["platform"], of, kind, named)

    def __str__(self) -> str:
        return ":".join(filter(None, (self.platform, self.named, self.id)))


def platform_of(text: str) -> str:
    """Return the platform of an identity's text."""
    return Identity.parse(text).platform


def is_place(text: str) -> bool:
    """Return True for the identity of a group, a channel or a server."""
    return Identity.parse(text).kind is Kind.PLACE
