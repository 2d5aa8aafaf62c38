"""Settings for tests, and settings as operators see them: variables of the environment."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import pytest

from bot.service.serve import PLATFORMS
from bot.settings import Settings
from bot.support.settings_section import PREFIX, Section
from tests.helpers.paths import ROOT
from tests.helpers.postgres import ON_POSTGRES, database_of

EXAMPLE = ROOT / ".env.example"


@dataclass(frozen=True)
class EnvironmentVariable:
    """A setting's name, its default as the example has it, and its description."""

    name: str
    default: str
    description: str


def defaults() -> Settings:
    """A deployment in which nothing is set, whatever the environment says."""
    return Settings(platforms={platform.name: platform.section() for platform in PLATFORMS})


def make_settings(data_dir: Path, **values: object) -> Settings:
    """A deployment in a folder, whatever the environment says, open to strangers; `values` as `changed` takes them.

    With EARMARK_TEST_STORE=postgresql its databases are not in the folder: `make test-more` runs whole suites so.
    """
    store = {"database_url": database_of(data_dir)} if ON_POSTGRES else {}
    return changed(defaults(), **{"data_dir": data_dir, "strangers": True} | store | values)


def changed(settings: Settings, **values: object) -> Settings:
    """The settings with other values, each by its variable's name in lower case: plan for EARMARK_PLAN."""
    left = dict(values)
    own = {
        one.name: _changed(section, left)
        for one in fields(settings)
        if isinstance(section := getattr(settings, one.name), Section)
    }
    platforms = {name: _changed(section, left) for name, section in settings.platforms.items()}
    assert not left, f"there are no settings {', '.join(left)}"
    return replace(settings, **own, platforms=platforms)


def _changed(section: Section, values: dict[str, object]) -> Any:
    """Take the section's own among the values."""
    own = {
        field: values.pop(name)
        for field, variable in section.variables().items()
        if (name := variable.removeprefix(PREFIX).lower()) in values
    }
    before = {field: getattr(section, field) for field in section.variables()}
    return type(section).model_validate(before | own)


def environment_variables() -> Iterator[EnvironmentVariable]:
    """Every setting that is read, with the default that the example gives; test_settings.py proves that one true."""
    told = {name: default for name, (_, default) in listed().items()}
    for section in defaults().sections():
        for field, variable in section.variables().items():
            description = type(section).model_fields[field].description or ""
            yield EnvironmentVariable(variable, told[variable], description)


def listed() -> dict[str, tuple[str, str]]:
    """The variables of the example file: name -> (sentence, default)."""
    found = re.findall(r"^# (.+)\n#(EARMARK_\w+)=(.*)$", EXAMPLE.read_text("utf-8"), re.MULTILINE)
    return {name: (sentence, default) for sentence, name, default in found}


def set_nothing(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Unset every setting, and go to a folder without .env."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
    for variable in environment_variables():
        for name in (variable.name, f"{variable.name}_FILE"):
            monkeypatch.delenv(name, raising=False)
