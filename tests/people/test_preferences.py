"""Choices: a chat's goes before its user's, and that before the deployment's."""

from pathlib import Path

import pytest

from bot.domain.catalog import Catalog, ModelInfo
from bot.domain.errors import BadOptions, UnableModel, UnknownLanguage, UnknownModel
from bot.domain.money import Micros
from bot.domain.note import Options
from bot.domain.vocabulary import LONGEST_PROMPT, LONGEST_TERM, MOST_TERMS
from bot.people.preferences import Choice, Mode, Preferences, Source, with_speakers
from bot.storage.database import Database

ADA, CLUB = "folder:ada", "folder:-100"
PLAIN = ModelInfo("plain", "local", languages=frozenset({"en", "es"}))
VOICES = ModelInfo("voices", "local", speakers=True)


@pytest.fixture
def preferences(database: Database) -> Preferences:
    return Preferences(database, Catalog([PLAIN, VOICES]), {Choice.ASK_ABOVE: "0.50"})


async def test_the_chat_goes_before_the_user_and_the_user_before_the_operator(preferences: Preferences) -> None:
    await preferences.choose(ADA, Choice.LANGUAGE, "Spanish")
    await preferences.choose(ADA, Choice.MODEL, "voices")
    await preferences.choose(CLUB, Choice.LANGUAGE, "en")
    chosen = await preferences.of(ADA, CLUB)
    assert (chosen.values[Choice.LANGUAGE], chosen.sources[Choice.LANGUAGE]) == ("en", Source.CHAT)
    assert (chosen.values[Choice.MODEL], chosen.sources[Choice.MODEL]) == ("voices", Source.USER)
    assert (chosen.values[Choice.ASK_ABOVE], chosen.sources[Choice.ASK_ABOVE]) == ("0.50", Source.DEFAULT)
    assert (await preferences.of(ADA)).values[Choice.LANGUAGE] == "es"
    assert chosen.mode is Mode.ASK


async def test_of_several_chats_the_nearest_goes_first_and_all_go_before_their_server(preferences: Preferences) -> None:
    thread, channel, server = "folder:thread", "folder:channel", "folder:server"
    for owner, mode in ((ADA, "ask"), (server, "auto"), (channel, "off"), (thread, "ask")):
        await preferences.choose(owner, Choice.MODE, mode)

    async def found(*chats: str) -> tuple[Mode, Source]:
        chosen = await preferences.of(ADA, *chats, server=server)
        return chosen.mode, chosen.sources[Choice.MODE]

    assert await found("folder:other") == (Mode.AUTO, Source.SERVER)
    assert await found(channel) == (Mode.OFF, Source.CHAT)
    assert await found(thread, channel) == (Mode.ASK, Source.CHAT)
    assert (await preferences.of(ADA)).sources[Choice.MODE] is Source.USER


async def test_terms_of_the_chat_the_user_and_the_deployment_are_merged_the_nearest_first(database: Database) -> None:
    catalog = Catalog([PLAIN])
    preferences = Preferences(database, catalog, {Choice.VOCABULARY: "Earmark, Dashwood"})
    await preferences.choose(ADA, Choice.VOCABULARY, "Zoë;  Dashwood\nIAX2")
    await preferences.choose(CLUB, Choice.VOCABULARY, "Chess Club")
    await preferences.choose(CLUB, Choice.PROMPT, "Minutes of\nthe club.")
    options = (await preferences.of(ADA, CLUB)).options(catalog)
    assert options.vocabulary == ("Chess Club", "Zoë", "Dashwood", "IAX2", "Earmark")
    assert options.prompt == "Minutes of the club."
    elsewhere = (await preferences.of("folder:bob")).options(catalog)
    assert (elsewhere.vocabulary, elsewhere.prompt) == (("Earmark", "Dashwood"), "")


async def test_a_note_gets_a_bounded_number_of_terms(preferences: Preferences) -> None:
    for owner in (ADA, CLUB):
        await preferences.choose(owner, Choice.VOCABULARY, ", ".join(f"{owner} {n}" for n in range(MOST_TERMS)))
    assert len((await preferences.of(ADA, CLUB)).vocabulary) == MOST_TERMS


async def test_a_choice_can_be_changed_and_taken_back(preferences: Preferences) -> None:
    for language in ("en", "es"):
        await preferences.choose(ADA, Choice.LANGUAGE, language)
    assert (await preferences.of(ADA)).values[Choice.LANGUAGE] == "es"
    await preferences.choose(ADA, Choice.LANGUAGE, None)
    assert (await preferences.of(ADA)).sources[Choice.LANGUAGE] is Source.DEFAULT


@pytest.mark.parametrize(
    ("choice", "value", "error"),
    [
        (Choice.LANGUAGE, "Klingon", UnknownLanguage),
        (Choice.MODEL, "x" * 100_000, UnknownModel),
        (Choice.SPEAKERS, "perhaps", BadOptions),
        (Choice.ASK_ABOVE, "much", BadOptions),
        (Choice.ASK_ABOVE, "-1", BadOptions),
        (Choice.ASK_ABOVE, "1_000", BadOptions),
        (Choice.FORMAT, "pdf", BadOptions),
        (Choice.MODE, "'; DROP TABLE preference", BadOptions),
        (Choice.LOCALE, "x" * 100_000, BadOptions),
        (Choice.VOCABULARY, "x" * (LONGEST_TERM + 1), BadOptions),
        (Choice.VOCABULARY, ", ".join(f"term {number}" for number in range(MOST_TERMS + 1)), BadOptions),
        (Choice.PROMPT, "x" * (LONGEST_PROMPT + 1), BadOptions),
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_changes(
    preferences: Preferences, choice: Choice, value: str, error: type[BadOptions]
) -> None:
    with pytest.raises(error):
        await preferences.choose(ADA, choice, value)
    assert (await preferences.of(ADA)).sources[choice] is Source.DEFAULT


async def test_speakers_take_a_model_that_can_tell_them_apart(preferences: Preferences) -> None:
    await preferences.choose(ADA, Choice.SPEAKERS, "on")
    options = (await preferences.of(ADA)).options(Catalog([PLAIN, VOICES]))
    assert options == Options("voices", speakers=True, ask_above=Micros(500_000))


async def test_a_price_limit_of_thousands_is_read_again_as_it_was_chosen(preferences: Preferences) -> None:
    """It is stored as it is shown, "$1,500.00"."""
    await preferences.choose(ADA, Choice.ASK_ABOVE, "1500")
    assert (await preferences.of(ADA)).options(Catalog([PLAIN])).ask_above == Micros(1_500_000_000)


async def test_the_form_of_the_text_is_chosen_and_makes_no_other_transcript(preferences: Preferences) -> None:
    await preferences.choose(CLUB, Choice.FORMAT, "SRT")
    options = (await preferences.of(ADA, CLUB)).options(Catalog([PLAIN, VOICES]))
    assert options == Options("plain", ask_above=Micros(500_000), format="srt")
    assert options.result == Options("plain").result


def test_speakers_stay_with_the_provider_of_the_model_where_it_can_tell_them_apart() -> None:
    cloud, scribe = ModelInfo("cloud", "far"), ModelInfo("scribe", "far", speakers=True)
    catalog = Catalog([VOICES, cloud, scribe])
    assert with_speakers(Options("cloud"), catalog).model == "scribe"
    assert with_speakers(Options("voices"), catalog).model == "voices"
    assert with_speakers(Options("cloud"), Catalog([VOICES, cloud])).model == "voices"


async def test_where_no_model_can_speakers_cannot_be_chosen(database: Database) -> None:
    preferences = Preferences(database, Catalog([PLAIN]), {})
    with pytest.raises(UnableModel, match="model='plain', what='speakers', able='none'"):
        await preferences.choose(ADA, Choice.SPEAKERS, "on")


async def test_a_model_that_is_gone_since_is_the_usual_one(preferences: Preferences) -> None:
    await preferences.choose(ADA, Choice.MODEL, "voices")
    await preferences.choose(ADA, Choice.SPEAKERS, "on")
    options = (await preferences.of(ADA)).options(Catalog([PLAIN]))
    assert (options.model, options.speakers) == ("plain", False)


async def test_forgotten_choices_are_gone(preferences: Preferences, tmp_path: Path) -> None:
    await preferences.choose(ADA, Choice.LANGUAGE, "en")
    await preferences.choose(CLUB, Choice.MODE, "auto")
    await preferences.forget(ADA)
    chosen = await preferences.of(ADA, CLUB)
    assert chosen.sources[Choice.LANGUAGE] is Source.DEFAULT
    assert chosen.mode is Mode.AUTO


@pytest.mark.parametrize(
    ("mine", "chats", "holds"),
    [
        (None, "0.10", "$0.10"),
        (None, "5", "0.50"),
        (None, "never", "0.50"),
        ("never", "5", "$5.00"),
        ("0.05", "never", "$0.05"),
        ("never", None, "never"),
    ],
)
async def test_a_chat_has_its_people_asked_sooner_but_never_later(
    preferences: Preferences, mine: str | None, chats: str | None, holds: str
) -> None:
    await preferences.choose(ADA, Choice.ASK_ABOVE, mine)
    await preferences.choose(CLUB, Choice.ASK_ABOVE, chats)
    chosen = await preferences.of(ADA, CLUB)
    assert chosen.values[Choice.ASK_ABOVE] == holds
    asked = chosen.options(Catalog([PLAIN])).ask_above
    assert (asked is None) == (holds == "never")


async def test_a_group_s_own_limit_is_no_member_s(preferences: Preferences) -> None:
    usual = (await preferences.of("", CLUB)).group_limit
    for mine in ("never", "0.01"):
        await preferences.choose(ADA, Choice.ASK_ABOVE, mine)
        assert (await preferences.of(ADA, CLUB)).group_limit == usual
    await preferences.choose(CLUB, Choice.ASK_ABOVE, "0.05")
    assert (await preferences.of(ADA, CLUB)).group_limit == 50_000
