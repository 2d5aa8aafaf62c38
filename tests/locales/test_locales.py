"""The catalogs: every key that is said is there, and every language's keys are English ones with the same values."""

import re
from pathlib import Path

import pytest
from fluent.syntax import FluentParser, ast

from bot import locales
from bot.chat.command_table import COMMANDS, TELEGRAM, Where, commands_for
from bot.locales import say, tongue_of, tongues
from tests.helpers.paths import ROOT

CATALOGS = Path(locales.__file__).parent


def messages(tongue: str) -> dict[str, ast.Message]:
    found: dict[str, ast.Message] = {}
    for file in (CATALOGS / tongue).glob("*.ftl"):
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
    said = set(re.findall(r'\bsay\([^()"]*(?:\([^()]*\))?[^()"]*,\s*"([\w-]+)"', source()))
    assert len(said) > 50
    assert said <= set(messages("en"))


def test_every_english_key_is_said_somewhere() -> None:
    code = source()
    for key in messages("en"):
        stems = [key[: place + 1] for place, mark in enumerate(key) if mark == "-"]
        made = any(f"f{quote}{stem}{{" in code for stem in stems for quote in "\"'")
        assert f'"{key}"' in code or f"'{key}'" in code or made, f"nobody says {key}"


@pytest.mark.parametrize("tongue", [one for one in tongues() if one != "en"])
def test_another_language_says_what_english_says_with_the_same_values(tongue: str) -> None:
    english = messages("en")
    for key, message in messages(tongue).items():
        assert key in english, f"{tongue} has {key}, which nobody says"
        assert values(message) <= values(english[key]), key


def test_what_a_language_lacks_is_said_in_english() -> None:
    assert say("de", "command-balance") != say("en", "command-balance")
    assert say("tlh", "command-balance") == say("en", "command-balance")
    with pytest.raises(KeyError):
        say("en", "nothing-of-that-name")


def test_values_stand_in_a_text_as_they_are() -> None:
    assert (
        say("en", "name-ask", speaker="{ $x } <b>") == "What is { $x } <b> called? Reply to this message with the name."
    )


@pytest.mark.parametrize("tongue", [one for one in tongues() if one != "en"])
def test_every_language_says_everything(tongue: str) -> None:
    assert set(messages(tongue)) == set(messages("en"))


@pytest.mark.parametrize(("code", "tongue"), [("de-AT", "de"), ("ES", "es"), ("pt-br", "en"), ("", "en"), (None, "en")])
def test_people_are_spoken_to_in_their_platform_s_language(code: str | None, tongue: str) -> None:
    assert tongue_of(code) == tongue


def test_every_command_says_what_it_does_in_every_language() -> None:
    for tongue in tongues():
        for command in COMMANDS:
            assert f"command-{command.name}" in messages(tongue)
            assert 1 <= len(command.says(tongue)) <= 100


def test_commands_of_payment_are_shown_only_where_there_is_any() -> None:
    def shown(payment: bool) -> set[str]:
        return {one.name for one in commands_for(Where.PRIVATE, payment, TELEGRAM)}

    assert shown(payment=True) - shown(payment=False) == {"topup", "paysupport"}
