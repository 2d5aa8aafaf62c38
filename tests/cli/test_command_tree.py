"""The command line that users script against: its commands, options and arguments, as the stored tree has them."""

from collections.abc import Iterator
from enum import Enum
from typing import Any

from typer.main import get_command

from bot.cli.main import whole
from tests.helpers.paths import DATA

TREE = DATA / "command_tree.txt"


def test_the_commands_and_their_parameters_are_those_of_the_last_release() -> None:
    assert "\n".join(tree(get_command(whole()), ["earmark"])) + "\n" == TREE.read_text("utf-8")


def tree(command: Any, path: list[str]) -> Iterator[str]:
    """One line a command, then one a parameter."""
    yield " ".join(path)
    for parameter in command.params:
        yield f"    {described(parameter)}"
    for name, below in sorted(getattr(command, "commands", {}).items()):
        yield from tree(below, [*path, name])


def described(parameter: Any) -> str:
    """The names, type and default of an option or an argument, without its help."""
    names = "/".join([*parameter.opts, *parameter.secondary_opts])
    takes = "flag" if getattr(parameter, "is_flag", False) else value_type(parameter.type_descriptor.annotation)
    several = " several" if parameter.nargs != 1 else ""
    default = getattr(parameter.default, "value", parameter.default)
    need = "required" if parameter.required else f"default={default!r}"
    return f"{parameter.param_type_name} {names} {takes}{several} {need}"


def value_type(annotation: Any) -> str:
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return "|".join(str(one.value) for one in annotation)
    return annotation.__name__ if type(annotation) is type else str(annotation)
