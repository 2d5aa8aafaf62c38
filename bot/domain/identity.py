"""Identities (a person, a group or a server on a platform), and the accounts that hold their money."""

from typing import NewType

AccountId = NewType("AccountId", str)
"""Name of an account: a pseudonym, which says nothing of the identities that use it."""


def platform_of(identity: str) -> str:
    """Return the platform of an identity ("platform:id")."""
    return identity.partition(":")[0]
