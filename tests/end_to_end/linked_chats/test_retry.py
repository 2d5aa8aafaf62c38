"""Another run of a recording that failed through no fault of its sender's, by the button under the refusal."""

import pytest

from bot.domain.errors import EarmarkError, InternalError, ProviderFailed
from tests.doubles.discord.server import Channel
from tests.doubles.discord.server import Seen as Shown
from tests.helpers.discord import plain as without_markup
from tests.helpers.linked_chats import VOICE, Chats
from tests.helpers.services import PRICE
from tests.helpers.telegram import BOT, SAID

pytestmark = pytest.mark.asyncio(loop_scope="module")

FAILED = ProviderFailed(reason="gave-up")
REFUSAL = (
    "The speech service could not transcribe this recording (it gave up). It is not your fault. Nothing was charged."
)


def of_notes(channel: Channel) -> list[Shown]:
    """Return the bot's messages without its greeting, which a new server may get before or after them."""
    return [seen for seen in channel.answers if not seen.text.startswith("I transcribe voice messages")]


def public(answers: list[Shown]) -> list[str]:
    """Return the messages that all readers of a Discord channel see."""
    return [without_markup(seen.text) for seen in answers if not seen.ephemeral]


@pytest.mark.parametrize(
    ("error", "refusal"),
    [
        (FAILED, REFUSAL),
        (
            InternalError(reference="7f3a"),
            "Something went wrong on our side, not on yours. The operator can look it up: 7f3a. Nothing was charged.",
        ),
    ],
)
async def test_the_text_takes_the_place_of_the_refusal(chats: Chats, error: EarmarkError, refusal: str) -> None:
    ada, chat = chats.ada()
    adas = chats.discord.person("Ada")
    dm = chats.discord.dm(adas)
    for account in (f"telegram:{ada.id}", f"discord:{adas.id}"):
        await chats.give(account, 1_000_000)
    chats.provider.error = error
    chat.say(ada, voice=VOICE)
    dm.say(adas, voice=VOICE, seconds=16)
    await chats.telegram.eventually(lambda: [seen.text for seen in chat.answers] == [refusal], 20)
    await chats.discord.eventually(lambda: public(dm.answers) == [refusal], 20)
    await chats.idle()
    [refused] = dm.answers
    chats.provider.error = None
    assert await chats.press(ada, chat, "Try again") == "Transcribing again."
    assert (await chats.answered(adas.press(refused, "Try again"))).content == "Transcribing again."
    await chats.telegram.eventually(lambda: SAID in chat.answers[0].text, 20)
    await chats.discord.eventually(lambda: SAID in dm.answers[0].text, 20)
    await chats.idle()
    assert len(chat.answers) == len(public(dm.answers)) == 1
    assert "Try again" not in [*chat.answers[0].labels, *dm.answers[0].buttons]
    for account in (f"telegram:{ada.id}", f"discord:{adas.id}"):
        assert await chats.available(account) == 1_000_000 - PRICE


async def test_a_member_of_a_group_that_pays_tries_their_own_recording_again_and_no_other_member_does(
    chats: Chats,
) -> None:
    ada, bea = chats.telegram.person("Ada"), chats.telegram.person("Bea")
    club = chats.telegram.group("Club", members=[ada, bea], bot="administrator")
    adas, beas = chats.discord.person("Ada"), chats.discord.person("Bea")
    home = chats.discord.guild("Home", owner=chats.discord.person("Gus"))
    home.join(adas)
    home.join(beas)
    channel = home.channel("talk")
    groups = (f"telegram:{club.id}", f"discord:server:{home.id}")
    for group in groups:
        await chats.give(group, 1_000_000)
    chats.provider.error = FAILED
    club.say(ada, text=f"/transcribe@{BOT}", reply_to=club.say(ada, voice=VOICE))
    channel.say(adas, voice=VOICE, seconds=16, mentions_bot=True)
    await chats.telegram.eventually(lambda: [seen.text for seen in club.answers] == [REFUSAL], 20)
    await chats.discord.eventually(lambda: public(of_notes(channel)) == [REFUSAL], 20)
    await chats.idle()
    [refused] = of_notes(channel)
    chats.provider.error = None
    no = "The group pays for this: only its admins may confirm."
    assert await chats.press(bea, club, "Try again") == no
    assert (await chats.answered(beas.press(refused, "Try again"))).content == no
    assert await chats.press(ada, club, "Try again") == "Transcribing again."
    assert (await chats.answered(adas.press(refused, "Try again"))).content == "Transcribing again."
    await chats.telegram.eventually(lambda: SAID in club.answers[0].text, 20)
    await chats.discord.eventually(lambda: SAID in of_notes(channel)[0].text, 20)
    await chats.idle()
    assert len(club.answers) == len(public(of_notes(channel))) == 1
    assert [await chats.available(group) for group in groups] == [1_000_000 - PRICE] * 2


@pytest.mark.parametrize("entry", ["Transcribe", "Transcribe privately"])
async def test_the_answer_to_a_menu_that_was_a_refusal_becomes_the_text_for_the_same_readers(
    chats: Chats, entry: str
) -> None:
    adas = chats.discord.person("Ada")
    away = chats.discord.foreign_guild("Away", adas).channel("x")
    await chats.give(f"discord:{adas.id}", 1_000_000)
    chats.provider.error = FAILED
    use = adas.menu(entry, away.say(adas, voice=VOICE))
    await chats.discord.eventually(lambda: use.response and without_markup(use.response.text) == REFUSAL, 20)
    await chats.idle()
    chats.provider.error = None
    assert use.response is not None
    adas.press(use.response, "Try again")
    await chats.discord.eventually(lambda: use.response and SAID in use.response.text, 20)
    await chats.idle()
    assert len(public(away.answers)) == (entry == "Transcribe")


async def test_a_guest_s_refusal_becomes_the_text(chats: Chats) -> None:
    ada, _ = chats.ada()
    await chats.give(f"telegram:{ada.id}", 1_000_000)
    club = chats.telegram.group("Elsewhere", members=[ada], bot="left")
    chats.provider.error = FAILED
    chats.telegram.guest_mention(ada, club, f"@{BOT}", reply_to=club.say(ada, voice=VOICE))
    await chats.telegram.eventually(lambda: [seen.text for seen in club.answers] == [REFUSAL], 20)
    await chats.idle()
    chats.provider.error = None
    assert await chats.press(ada, club, "Try again") == "Transcribing again."
    await chats.telegram.eventually(lambda: SAID in club.answers[0].text, 20)
    await chats.idle()
    assert len(club.answers) == 1
