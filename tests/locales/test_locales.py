"""The catalogs: every key that is said is there, and every language's keys are English ones with the same values."""

import re
from pathlib import Path

import pytest
from fluent.syntax import FluentParser, ast

from bot import locales as catalogs
from bot.chat.command_table import COMMANDS, TELEGRAM, Where, commands_for
from bot.locales import locale_of, locales, text
from tests.helpers.paths import ROOT

CATALOGS = Path(catalogs.__file__).parent


def messages(locale: str) -> dict[str, ast.Message]:
    found: dict[str, ast.Message] = {}
    for file in (CATALOGS / locale).glob("*.ftl"):
        for entry in FluentParser().parse(file.read_text("utf-8")).body:
            assert not isinstance(entry, ast.Junk), f"{file.name}: {entry.content}"
            if isinstance(entry, ast.Message):
                assert entry.id.name not in found, f"{entry.id.name} is there twice"
                found[entry.id.name] = entry
    return found


def values(message: ast.Message) -> set[str]:
    return set(re.findall(r"VariableReference\(id=Identifier\(name='(\w+)'", repr_of(message)))


def repr_of(node: object) -> str:
    if isinstance(node, ast.BaseNode):
        inside = ", ".join(f"{name}={repr_of(value)}" for name, value in vars(node).items() if name != "span")
        return f"{type(node).__name__}({inside})"
    return f"[{', '.join(map(repr_of, node))}]" if isinstance(node, list) else repr(node)


def source() -> str:
    return "\n".join(
        path.read_text("utf-8") for folder in ("bot", "adapters") for path in (ROOT / folder).rglob("*.py")
    )


def test_every_key_that_is_said_is_in_the_english_catalog() -> None:
    said = set(re.findall(r'\btext\([^()"]*(?:\([^()]*\))?[^()"]*,\s*"([\w-]+)"', source()))
    assert len(said) > 50
    assert said <= set(messages("en"))


def test_every_english_key_is_said_somewhere() -> None:
    code = source()
    for key in messages("en"):
        stems = [key[: place + 1] for place, mark in enumerate(key) if mark == "-"]
        made = any(f"f{quote}{stem}{{" in code for stem in stems for quote in "\"'")
        assert f'"{key}"' in code or f"'{key}'" in code or made, f"nobody says {key}"


@pytest.mark.parametrize("locale", [one for one in locales() if one != "en"])
def test_another_language_says_what_english_says_with_the_same_values(locale: str) -> None:
    english = messages("en")
    for key, message in messages(locale).items():
        assert key in english, f"{locale} has {key}, which nobody says"
        assert values(message) <= values(english[key]), key


def test_what_a_language_lacks_is_said_in_english() -> None:
    assert text("de", "command-balance") != text("en", "command-balance")
    assert text("tlh", "command-balance") == text("en", "command-balance")
    with pytest.raises(KeyError):
        text("en", "nothing-of-that-name")


def test_values_stand_in_a_text_as_they_are() -> None:
    assert (
        text("en", "name-ask", speaker="{ $x } <b>")
        == "What is { $x } <b> called? Reply to this message with the name."
    )


@pytest.mark.parametrize("locale", [one for one in locales() if one != "en"])
def test_every_language_says_everything(locale: str) -> None:
    assert set(messages(locale)) == set(messages("en"))


@pytest.mark.parametrize(("code", "locale"), [("de-AT", "de"), ("ES", "es"), ("pt-br", "en"), ("", "en"), (None, "en")])
def test_people_are_spoken_to_in_their_platform_s_language(code: str | None, locale: str) -> None:
    assert locale_of(code) == locale


def test_every_command_says_what_it_does_in_every_language() -> None:
    for locale in locales():
        for command in COMMANDS:
            assert f"command-{command.name}" in messages(locale)
            assert 1 <= len(command.says(locale)) <= 100


def test_commands_of_payment_are_shown_only_where_there_is_any() -> None:
    def shown(payment: bool) -> set[str]:
        return {one.name for one in commands_for(Where.PRIVATE, payment, TELEGRAM)}

    assert shown(payment=True) - shown(payment=False) == {"topup", "paysupport"}
