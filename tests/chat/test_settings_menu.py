"""Settings: with menus and without, of a user, a chat, a channel and a server."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from bot.chat.presses import PressOutcome
from bot.chat.replies import Notice, Overwrite
from bot.people.preferences import Choice, Mode, Source
from tests.helpers.chat import DESK, Chat, button, caller, in_group, in_server, labels, menus, open_chat

pytestmark = pytest.mark.asyncio(loop_scope="module")
UNKNOWN = Notice("This button is out of date. Please ask again.")
MANAGERS = "Only managers of this channel (or of the server, for the whole server) may change that."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chat(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chat]:
    async with open_chat(tmp_path_factory.mktemp("chat")) as chat:
        yield chat


def over(outcome: PressOutcome) -> Overwrite:
    assert isinstance(outcome, Overwrite), outcome
    return outcome


async def test_without_menus_a_button_for_each_choice_leads_to_its_values_and_back(chat: Chat) -> None:
    ada = caller()
    shown = await chat.said(ada, "settings")
    assert shown.page.text.startswith("Your settings\n\nLanguage: automatic (default)\n")
    assert labels(shown.buttons)[:2] == ["Language", "Model"]
    assert "Voice messages here" not in labels(shown.buttons)
    values = over(await chat.pressed(ada, button(shown.buttons, "Language")))
    assert values.page.text.startswith("Language: automatic (default)\n\nThe language spoken in recordings.")
    assert labels(values.buttons)[-2:] == ["Default", "Back"]
    changed = over(await chat.pressed(ada, button(values.buttons, "Spanish")))
    assert changed.notice == "Language: Spanish (your choice)"
    assert "Language: Spanish (your choice)" in changed.page.text
    assert labels(changed.buttons) == labels(shown.buttons)
    reset = over(await chat.pressed(ada, button(values.buttons, "Default")))
    assert "Language: automatic (default)" in reset.page.text
    assert over(await chat.pressed(ada, button(values.buttons, "Back"))).buttons == shown.buttons


async def test_with_menus_a_page_of_them_is_shown_at_once(chat: Chat) -> None:
    ada = caller(can=DESK)
    shown = await chat.said(ada, "settings")
    assert [menu.title.split(":")[0] for menu in menus(shown.buttons)] == [
        "Language",
        "Model",
        "Speakers",
        "Text as",
    ]
    changed = over(await chat.pressed(ada, button((shown.buttons[0],), "Spanish")))
    assert changed.notice == "", "the menu shows it"
    assert menus(changed.buttons)[0].selected == "es"
    further = over(await chat.pressed(ada, button(changed.buttons, "More")))
    assert [menu.title for menu in menus(further.buttons)] == [
        "Ask before spending: never (default)",
        "My language: as in your app (default)",
    ]
    first = over(await chat.pressed(ada, button(further.buttons, "More")))
    assert first.buttons == changed.buttons
    assert "Default" in [entry.label for entry in menus(first.buttons)[0].entries]


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("language russian", "Language: Russian (your choice)"),
        ("language Klingon", "There is no language 'Klingon'"),
        ("model paid-later", "Model: paid-later (your choice)"),
        ("speakers on", "Speakers: told apart (your choice)"),
        ("format srt", "Text as: SRT file (your choice)"),
        ("language reset", "Language: automatic (default)"),
    ],
)
async def test_a_value_after_its_command_is_chosen_or_refused_with_the_reason(
    chat: Chat, command: str, answer: str
) -> None:
    assert (await chat.said(caller(), command)).page.text.startswith(answer)


async def test_a_command_without_a_value_shows_what_can_be_chosen(chat: Chat) -> None:
    on_phone = await chat.said(caller(), "model")
    assert "paid-later" in labels(on_phone.buttons)
    assert len(menus((await chat.said(caller(can=DESK), "model")).buttons)) == 4


async def test_a_language_that_is_chosen_is_spoken_at_once_and_the_apps_after_a_reset(chat: Chat) -> None:
    ada = replace(caller(), locale="en", language="ru-RU")
    german = over(await chat.chosen(ada, "tongue=de"))
    assert german.page.text.startswith("Deine Einstellungen") or "Sprache" in german.page.text
    assert german.notice.startswith("Ich spreche") or "Deutsch" in german.notice
    russian = over(await chat.chosen(replace(ada, locale="de"), "tongue=reset"))
    assert "Язык" in russian.page.text


async def test_a_group_reads_its_own_settings_and_only_its_admins_change_them(chat: Chat) -> None:
    ada = caller()
    await chat.said(ada, "language es")
    member = in_group(ada)
    admin = replace(member, scopes=(replace(member.scopes[0], may_change=True),))
    shown = await chat.said(member, "settings")
    assert shown.page.text.startswith("Settings of this chat\n\nVoice messages here: ")
    assert "Language: automatic (default)" in shown.page.text, "the reader's own are no matter of the group"
    refused = "Only admins of this group may change that."
    assert await chat.pressed(member, button(shown.buttons, "Voice messages here")) == Notice(refused)
    assert (await chat.said(member, "language es")).page.text == refused
    values = over(await chat.pressed(admin, button(shown.buttons, "Voice messages here")))
    changed = over(await chat.pressed(admin, button(values.buttons, "all")))
    assert changed.notice == "Voice messages here: all (chosen for this chat)"
    assert (await chat.said(admin, "language ru")).page.text == "Language: Russian (chosen for this chat)"
    chosen = await chat.core.preferences.of("", member.group)
    assert (chosen.mode, chosen.values[Choice.LANGUAGE]) == (Mode.AUTO, "ru")
    assert (await chat.core.preferences.of(ada.account)).values[Choice.LANGUAGE] == "es"


async def test_a_channel_and_its_server_are_set_up_by_those_who_manage_them(chat: Chat) -> None:
    ada = caller(can=DESK)
    mia = in_server(ada, manages_channel=True)
    for refused in (in_server(ada), ada):
        assert (await chat.said(refused, "setup")).page.text == MANAGERS
    assert (await chat.said(mia, "setup server")).page.text == MANAGERS
    shown = await chat.said(mia, "setup")
    assert shown.page.text.startswith("Settings of this channel\n\nVoice messages here: ")
    changed = over(await chat.pressed(mia, button((shown.buttons[0],), "all")))
    assert "all (chosen for this chat)" in changed.page.text
    gus = replace(mia, scopes=(mia.scopes[0], mia.scopes[1], replace(mia.scopes[2], may_change=True)))
    server = await chat.said(gus, "setup server")
    assert server.page.text.startswith("Settings of this server\n\nVoice messages here: on request")
    over(await chat.pressed(gus, button((server.buttons[0],), "none")))
    of_channel, of_server = mia.scopes[1], mia.scopes[2]
    both = await chat.core.preferences.of("", of_channel.owner, server=of_server.owner)
    assert (both.mode, both.sources[Choice.MODE]) == (Mode.AUTO, Source.CHAT)
    assert (await chat.core.preferences.of("", server=of_server.owner)).mode is Mode.OFF
    late = replace(mia, scopes=(mia.scopes[0], replace(of_channel, may_change=False)))
    assert await chat.pressed(late, button((changed.buttons[0],), "none")) == Notice(MANAGERS)


async def test_buttons_of_the_release_before_are_understood(chat: Chat) -> None:
    ada = in_server(caller(can=DESK), manages_channel=True, manages_server=True)
    own = over(await chat.chosen(ada, "own:language=es"))
    assert "Language: Spanish (your choice)" in own.page.text
    assert len(menus(over(await chat.chosen(ada, "own:1")).buttons)) == 2
    channel = over(await chat.chosen(ada, "channel:mode=off"))
    assert "(chosen for this chat)" in channel.page.text
    assert over(await chat.chosen(ada, "server:1")).page.text.startswith("Settings of this server")
    bob = caller()
    assert over(await chat.chosen(bob, "all")).page.text.startswith("Your settings")
    assert over(await chat.chosen(bob, "language=es")).notice == "Language: Spanish (your choice)"


@pytest.mark.parametrize(
    "forged", ["", "mode=auto", "server:1", "channel:mode=off", "x:y", "=", ":", "own:", "own:x=y"]
)
async def test_a_forged_choice_brings_nothing_but_a_notice(chat: Chat, forged: str) -> None:
    assert await chat.chosen(caller(), forged) == UNKNOWN


async def test_a_value_that_cannot_be_chosen_leaves_the_menu_as_it_is(chat: Chat) -> None:
    told = await chat.chosen(caller(), "language=%")
    assert isinstance(told, Notice)
    assert told.text.startswith("There is no language '%'")
    assert (await chat.chosen(caller(), "model=a:b")) != UNKNOWN, "a value may have a colon in it"


async def test_an_unknown_format_is_answered_with_those_that_there_are(chat: Chat) -> None:
    told = (await chat.said(caller(), "format pdf")).page.text
    assert told == "There is no format 'pdf'; there are: text, times, txt, srt, vtt, docx."


@pytest.mark.parametrize("typed", ["немецкий", "deutsch", "German", "alemán", "de", "DEUTSCH"])
async def test_a_language_is_known_by_its_name_in_any_language_of_the_interface_and_in_itself(
    chat: Chat, typed: str
) -> None:
    assert (await chat.said(caller(), f"language {typed}")).page.text == "Language: German (your choice)"


async def test_a_language_is_known_by_its_own_name(chat: Chat) -> None:
    assert (await chat.said(caller(), "language українська")).page.text == "Language: Ukrainian (your choice)"
    assert "There is no language 'klingon'" in (await chat.said(caller(), "language klingon")).page.text
