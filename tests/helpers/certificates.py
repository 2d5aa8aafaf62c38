"""The certificates that the tests' clients trust."""

import certifi

from tests.helpers.paths import DATA


def trust_one_authority() -> None:
    """Have this process trust one authority, which has signed nothing, in place of all public ones.

    No test speaks to a public server, and httpx loads all authorities for each of its clients: four in a service, a
    tenth of a second of the processor.
    """
    certifi.where = lambda: str(DATA / "authority.pem")
