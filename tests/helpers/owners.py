"""Owners of a deployment, as alerts ask for them."""

from collections.abc import Awaitable, Callable, Collection


def owners(*accounts: str) -> Callable[[], Awaitable[Collection[str]]]:
    """Return what returns these accounts."""

    async def named() -> Collection[str]:
        return accounts

    return named
