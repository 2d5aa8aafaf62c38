"""The catalogs: every key in use is there in every language with the same variables, short, and no key is unused."""

import ast as python
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from fluent.syntax import FluentParser, ast

import adapters.discord
import adapters.telegram  # noqa: F401  # both register catalogs
from bot.chat.command_table import COMMANDS, Feature, Where, commands_for
from bot.domain.errors import EarmarkError, Language, Names, NoSound, NotNow, UnableModel
from bot.domain.languages import NAMES
from bot.domain.money import Micros
from bot.domain.waiting import WaitReason
from bot.locales import error_text, folders, language_name, locale_of, locales, money, text
from tests.domain.test_errors import DEFINE_ERRORS, kinds
from tests.helpers.paths import ROOT

FOLDERS = folders()
OTHERS = [one for one in locales() if one != "en"]
SAMPLES: dict[object, Any] = {
    str: "abc",
    int: 3,
    float: 4.5,
    Micros: 1_234_500_000,
    Language: "es",
    Names: "one, two",
    WaitReason: WaitReason.PROVIDER_BUSY,
    datetime: datetime(2026, 11, 15, tzinfo=UTC),
}
LONGEST = 160
LONG = {"start", "help", "help-discord", "bot-description"}
"""The texts that may be longer: they explain the whole bot."""


@cache
def messages(locale: str) -> dict[str, ast.Message]:
    found: dict[str, ast.Message] = {}
    for file in (file for folder in FOLDERS for file in (folder / locale).glob("*.ftl")):
        for entry in FluentParser().parse(file.read_text("utf-8")).body:
            assert not isinstance(entry, ast.Junk), f"{file.name}: {entry.content}"
            if isinstance(entry, ast.Message):
                assert entry.id.name not in found, f"{entry.id.name} is there twice"
                found[entry.id.name] = entry
    return found


def parts(node: object) -> Iterator[ast.BaseNode]:
    """The node and all within it."""
    if isinstance(node, ast.BaseNode):
        yield node
        for name, value in vars(node).items():
            if name != "span":
                yield from parts(value)
    elif isinstance(node, list):
        for one in node:
            yield from parts(one)


def variables(message: ast.Message) -> set[str]:
    return {part.id.name for part in parts(message) if isinstance(part, ast.VariableReference)}


def variants(message: ast.Message) -> set[str]:
    return {
        part.key.name
        for part in parts(message)
        if isinstance(part, ast.Variant) and isinstance(part.key, ast.Identifier)
    }


def lengths(message: ast.Message, found: dict[str, ast.Message]) -> int:
    """The characters of the longest way to say it; a variable counts as eight, about what a price or a name takes."""

    def longest(node: object) -> int:
        if isinstance(node, ast.Pattern):
            return sum(longest(part) for part in node.elements)
        if isinstance(node, ast.TextElement):
            return len(node.value)
        if isinstance(node, ast.SelectExpression):
            return max(longest(variant.value) for variant in node.variants)
        if isinstance(node, ast.MessageReference):
            return longest(found[node.id.name].value)
        return longest(node.expression) if isinstance(node, ast.Placeable) else 8

    return longest(message.value)


@cache
def source() -> str:
    return "\n".join(
        path.read_text("utf-8") for folder in ("bot", "adapters") for path in (ROOT / folder).rglob("*.py")
    )


def test_every_key_in_the_code_is_in_the_english_catalog() -> None:
    used = set(re.findall(r'\btext\([^()"]*(?:\([^()]*\))?[^()"]*,\s*"([\w-]+)"', source()))
    assert len(used) > 50
    assert used <= set(messages("en"))


def test_no_key_of_the_english_catalog_is_unused() -> None:
    code = source()
    codes = {"error-EarmarkError", *(f"error-{kind.__name__}" for kind in kinds())}
    for key in set(messages("en")) - codes:
        stems = [key[: place + 1] for place, mark in enumerate(key) if mark == "-"]
        made = any(f"f{quote}{stem}{{" in code for stem in stems for quote in "\"'")
        assert f'"{key}"' in code or f"'{key}'" in code or (made and not key.startswith("error-")), f"{key} is unused"


@pytest.mark.parametrize("locale", OTHERS)
def test_another_language_has_every_english_key_with_the_same_variables(locale: str) -> None:
    english, other = messages("en"), messages(locale)
    assert set(other) == set(english)
    assert {key for key in english if variables(other[key]) != variables(english[key])} == set()


@pytest.mark.parametrize("locale", locales())
def test_a_text_is_short(locale: str) -> None:
    found = messages(locale)
    sizes = {key: lengths(message, found) for key, message in found.items() if key not in LONG}
    assert {key: size for key, size in sizes.items() if size > LONGEST} == {}


@pytest.mark.parametrize("locale", OTHERS)
def test_a_reason_is_told_in_every_language(locale: str) -> None:
    english, other = messages("en"), messages(locale)
    for key in english:
        if key.startswith("error-"):
            assert variants(other[key]) == variants(english[key]), key


def test_every_reason_in_the_code_has_its_words() -> None:
    """A reason of one word with dashes is a code; words from outside, and those for operators, stand as they are."""
    found = messages("en")
    calls = [node for node in python.walk(python.parse(source())) if isinstance(node, python.Call)]
    told = set()
    for call in calls:
        name = call.func.id if isinstance(call.func, python.Name) else ""
        for given in call.keywords:
            if given.arg in ("reason", "what") and isinstance(given.value, python.Constant):
                code = str(given.value.value)
                if f"error-{name}" in found and re.fullmatch(r"[a-z]+(-[a-z]+)*", code):
                    entry = found[f"error-{name}"]
                    assert code in variants(entry), f"{name}: {code}"
                    told.add((name, code))
    assert len(told) > 25


def test_what_a_language_lacks_is_said_in_english() -> None:
    assert text("de", "command-balance") != text("en", "command-balance")
    assert text("tlh", "command-balance") == text("en", "command-balance")
    with pytest.raises(KeyError):
        text("en", "nothing-of-that-name")


def test_values_stand_in_a_text_as_they_are() -> None:
    assert "{ $x } <b>" in text("en", "name-ask", speaker="{ $x } <b>")


@pytest.mark.parametrize(("code", "locale"), [("de-AT", "de"), ("ES", "es"), ("pt-br", "en"), ("", "en"), (None, "en")])
def test_people_are_spoken_to_in_their_platform_s_language(code: str | None, locale: str) -> None:
    assert locale_of(code) == locale


# Errors.


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_every_error_has_an_entry_in_every_language_that_ends_and_tells_its_fields(kind: type[EarmarkError]) -> None:
    assert DEFINE_ERRORS
    error = kind(**{name: SAMPLES[type_] for name, type_ in kind.kinds.items()})
    told = [error_text(locale, error) for locale in locales()]
    assert len(set(told)) == len(told), "each language has its own sentence"
    for sentence, locale in zip(told, locales(), strict=True):
        assert f"error-{kind.__name__}" in messages(locale) or issubclass(kind, NotNow)
        assert sentence.endswith((".", "abc"))
        assert "{" not in sentence


def test_fields_are_written_as_the_reader_s_language_writes_them() -> None:
    short = EarmarkError.from_json({"code": "BudgetShort", "price": 1_234_500_000, "available": 3_500})
    assert error_text("en", short) == "This would cost $1,234.50, and $0.0035 is left to spend. Top up, or send less."
    assert "1.234,50\xa0$" in error_text("de", short)
    unable = UnableModel(model="a", what="language", able=Names("b, c"), language=Language("da"))
    assert error_text("en", unable) == "The model a cannot do that (understand Danish); b or c can."
    assert error_text("de", unable) == "Das Modell a kann das nicht (Dänisch verstehen). Das kann: b oder c."
    long = EarmarkError.from_json({"code": "TooLong", "limit_minutes": 0.5})
    assert [error_text(locale, long).count(half) for locale, half in (("en", "0.5"), ("de", "0,5"))] == [1, 1]


def test_a_wait_is_told_in_the_reader_s_language_by_its_reason() -> None:
    until = datetime(2026, 11, 15, tzinfo=UTC)
    for reason in WaitReason:
        told = {error_text(locale, NotNow(reason, until, "Peer")) for locale in locales()}
        assert len(told) == len(locales())
        assert not any(reason.value in one for one in told)


def test_an_error_of_a_platform_without_an_entry_has_its_parent_s_sentence() -> None:
    class Sleepy(NoSound):
        pass

    del EarmarkError._known["Sleepy"]
    assert error_text("de", Sleepy()) == error_text("de", NoSound())


# Languages and money.


def test_a_language_has_a_name_in_every_language() -> None:
    assert [language_name(locale, "de") for locale in ("en", "de", "es", "ru")] == [
        "German",
        "Deutsch",
        "alemán",
        "немецкий",
    ]
    for locale in locales():
        for code in NAMES:
            assert language_name(locale, code) not in ("", code)
        assert language_name(locale, "tlh") == "tlh"
        assert language_name(locale, "") == ""


@pytest.mark.parametrize(
    ("amount", "english", "german"),
    [(0, "$0.00", "0,00"), (3_500, "$0.0035", "0,0035"), (-1_000_000, "-$1.00", "-1,00"), (10**15, None, None)],
)
def test_money_is_exact_in_every_language(amount: int, english: str | None, german: str | None) -> None:
    assert english in (None, money("en", amount))
    assert german is None or money("de", amount) == f"{german}\xa0$"
    digits = {re.sub(r"\D", "", money(locale, amount)) for locale in locales()}
    assert len(digits) == 1


def test_every_command_says_what_it_does_in_every_language() -> None:
    for locale in locales():
        for command in COMMANDS:
            assert f"command-{command.name}" in messages(locale)
            assert 1 <= len(command.says(locale)) <= 100


def test_commands_of_payment_are_shown_only_where_there_is_any() -> None:
    def shown(*features: Feature) -> set[str]:
        return {one.name for one in commands_for({*features}, Where.PRIVATE)}

    assert shown(Feature.PAYMENT) - shown() == {"topup", "paysupport"}
