"""Large files, and the same file again, through the whole service on Telegram."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.domain.billing import Plan
from bot.domain.money import Micros
from bot.media.ffmpeg import find_ffmpeg
from bot.settings import Settings
from tests.doubles.telegram.server import BotApi
from tests.helpers.corpus import ffmpeg
from tests.helpers.telegram import SAID, on_telegram, telegram_rig

_LARGE = 21 * 1024 * 1024


@pytest.fixture
def telegram() -> Iterator[BotApi]:
    with BotApi() as telegram:
        telegram.limits.private_per_second = None
        yield telegram


@pytest.fixture
def large(tmp_path: Path, voice: Path) -> Path:
    """The voice note as sound that nobody packed: more than Telegram hands to a bot."""
    path = tmp_path / "large.wav"
    ffmpeg(find_ffmpeg(None), "-stream_loop", "7", "-i", voice, "-ar", "48000", "-ac", "2", path)
    assert path.stat().st_size > _LARGE
    return path


async def test_a_large_file_is_one_sentence_before_anything_is_spent(
    telegram: BotApi, settings: Settings, large: Path
) -> None:
    ada = telegram.person("Ada", language="en")
    chat = telegram.private(ada, started=True)
    async with telegram_rig(telegram, on_telegram(settings, telegram)) as rig:
        chat.say(ada, document=large, name="large.wav", mime="audio/wav")
        chat.say(ada, document=large, name="large.wav", mime="audio/wav", file_size=None)
        await rig.answers(chat, 2, "gives bots files of at most 20 MB")
        await rig.idle()
        assert rig.provider.calls() == []
        assert await rig.service.core.ledger.statements.spend() == []
    assert telegram.called("download") == []


async def test_with_a_server_of_one_s_own_it_is_read_where_it_lies(
    telegram: BotApi, settings: Settings, large: Path, tmp_path: Path
) -> None:
    telegram.local = tmp_path
    local = on_telegram(settings, telegram, telegram_local_mode=True, ask_above="")
    ada = telegram.person("Ada", language="en")
    chat = telegram.private(ada, started=True)
    async with telegram_rig(telegram, local) as rig:
        chat.say(ada, document=large, name="large.wav", mime="audio/wav")
        await rig.answers(chat, 1, "What was said in 129")
        await rig.idle()
    assert telegram.called("download") == []
    assert large.exists(), "it is not ours to delete"


async def test_the_same_file_is_paid_once_and_everybody_who_asks_gets_its_text(
    telegram: BotApi, settings: Settings, voice: Path
) -> None:
    prepaid = on_telegram(settings, telegram, plan=Plan.PREPAID, ask_above="", known_files="all")
    people = [telegram.person(name, language="en") for name in ("Ada", "Bea", "Cleo")]
    chats = [telegram.private(person, started=True) for person in people]
    note = telegram.file(voice)
    async with telegram_rig(telegram, prepaid) as rig:
        for person in people:
            await rig.service.core.ledger.credit(f"telegram:{person.id}", Micros(1_000_000), person.name)
        rig.provider.free.clear()
        chats[0].say(people[0], voice=note)
        await rig.provider.busy.wait()
        chats[1].say(people[1], voice=note, forwarded=True)
        await rig.answers(chats[1], 1, "It goes on in a moment.")
        rig.provider.free.set()
        await rig.answers(chats[0])
        await rig.answers(chats[1])
        chats[2].say(people[2], voice=note)
        (known,) = await rig.answers(chats[2])
        assert known.text == f"{SAID}\n\nEnglish · 0:16 · paid", "nobody learns that somebody else had it transcribed"
        spent = [(await rig.service.core.ledger.statements.balance(f"telegram:{one.id}")).spent for one in people]
        assert spent == [161_400, 0, 0]
        assert len(rig.provider.calls()) == 1
