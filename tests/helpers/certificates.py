"""The certificates that the tests' clients trust."""

import os

import certifi

from tests.helpers.paths import DATA

_NAME = "SSL_CERT_FILE"
"""The setting of the environment that httpx, and uv, prefer to their own authorities."""
_of_the_machine = os.environ.get(_NAME)


def trust_one_authority() -> None:
    """Have this process, and those that it starts, trust one authority, which has signed nothing, in place of all.

    No test speaks to a public server, and httpx loads all authorities for each of its clients: four in a service, a
    tenth of a second of the processor.
    """
    authority = str(DATA / "authority.pem")
    certifi.where = lambda: authority
    if _of_the_machine is not None:
        os.environ[_NAME] = authority


def trusting_the_machine_s() -> dict[str, str]:
    """Return this process's environment with the authorities of the machine, for what asks the package index."""
    return dict(os.environ) if _of_the_machine is None else os.environ | {_NAME: _of_the_machine}
