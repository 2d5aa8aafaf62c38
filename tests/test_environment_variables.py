"""The names in the environment and their defaults, as operators have them in their `.env`: a stored file holds them."""

from tests.helpers.paths import DATA
from tests.helpers.settings import EnvironmentVariable, environment_variables

STORED = DATA / "environment_variables.txt"


def test_the_names_and_defaults_are_those_of_the_last_release() -> None:
    assert sorted(map(line, environment_variables())) == STORED.read_text("utf-8").splitlines()


def line(variable: EnvironmentVariable) -> str:
    return f"{variable.name}={variable.default}"
