"""Settings that lie in files: EARMARK_<NAME>_FILE holds the path of a file whose content is the setting's value.

So secrets come from where an orchestrator puts them, and stand in no environment that others can look at.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource

from bot.domain.errors import BadSettings

SUFFIX = "_FILE"


class FromFiles(PydanticBaseSettingsSource):
    """Reads the files that the environment and `.env` name."""

    def __init__(self, settings: type[BaseSettings], *places: PydanticBaseSettingsSource) -> None:
        """`places`: where settings are given by name, the first of which counts most."""
        super().__init__(settings)
        self._given: dict[str, str] = {}
        for place in reversed(places):
            if isinstance(place, EnvSettingsSource):
                self._given |= {name.upper(): value for name, value in place.env_vars.items() if value}

    def get_field_value(self, _field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The content of the field's file, or None. Raises _Fault."""
        return _content(self._variable(field_name), self._given), field_name, False

    def __call__(self) -> dict[str, Any]:
        """What stands in files, by field. Raises BadSettings with all faults, and no value."""
        found: dict[str, Any] = {}
        faults = []
        for name, field in self.settings_cls.model_fields.items():
            try:
                value, _, _ = self.get_field_value(field, name)
            except _Fault as fault:
                faults.append(str(fault))
            else:
                found |= {} if value is None else {name: value}
        if faults:
            raise BadSettings(reason="; ".join(faults))
        return found

    def _variable(self, field_name: str) -> str:
        return f"{self.config.get('env_prefix', '')}{field_name}".upper()


class _Fault(Exception):
    """What is wrong with one variable."""


def _content(variable: str, given: Mapping[str, str]) -> str | None:
    """What the variable's file holds, without its last line break; None where no file is named. Raises _Fault."""
    path = given.get(variable + SUFFIX)
    if path is None:
        return None
    if variable in given:
        raise _Fault(f"{variable} and {variable}{SUFFIX} are both set: one of them must go")
    try:
        content = Path(path).read_text("utf-8")
    except OSError as error:
        raise _Fault(f"{variable}{SUFFIX}: its file cannot be read ({error.strerror})") from None
    except ValueError:
        raise _Fault(f"{variable}{SUFFIX}: its file is no text") from None
    return content.removesuffix("\n").removesuffix("\r")
