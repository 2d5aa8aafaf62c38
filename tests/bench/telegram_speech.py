"""Time from a voice note on Telegram to its text by the embedded engine: `make bench PARTS=telegram_speech`.

`earmark run` in a process of its own, as a user starts it, and the tests' Bot API in this one. Recordings of 5 s, one
after the other: the service has nothing else to do. Moments are taken when the update goes out and when the text comes.
"""

import random
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bot.media.ffmpeg import find_ffmpeg
from tests.bench.table import Row
from tests.doubles.telegram.server import BotApi, Private
from tests.helpers.corpus import VOICE_NOTE, ffmpeg
from tests.helpers.terminal import Terminal, running

WARM, MEASURED = 2, 15
SECONDS = 5
APART_SECONDS = (2.0, 2.5)
"""Between two notes: longer than Telegram's pace of a chat, and not always the same."""
_LIMIT_SECONDS = 60


def measure() -> Iterator[Row]:
    """Yield the median, and the longest, of notes that nothing else is in the way of."""
    with TemporaryDirectory() as name, BotApi() as telegram:
        folder = Path(name)
        where = {
            "EARMARK_TELEGRAM_TOKEN": telegram.token,
            "EARMARK_TELEGRAM_BASE_URL": telegram.base_url,
            "EARMARK_TELEGRAM_BASE_FILE_URL": telegram.base_file_url,
        }
        chat = telegram.private(telegram.person("Ada", language="en"), started=True)
        with running(Terminal(folder / "data", where), folder / "log"):
            turns = [_turn(telegram, chat, _cut(folder, number)) for number in range(WARM + MEASURED)][WARM:]
    what = f"a voice note of {SECONDS} s on Telegram: update to its text by the embedded engine"
    yield f"{what}, p50", f"{median(turns):.2f} s", "<= 1.0 s"
    yield f"{what}, longest of {MEASURED}", f"{max(turns):.2f} s", ""


def _cut(folder: Path, number: int) -> Path:
    """Return 5 s of the voice note of the samples, each time others: a recording that is known costs nothing."""
    path = folder / f"{number}.ogg"
    ffmpeg(find_ffmpeg(None), "-ss", f"{number / 2:.1f}", "-i", VOICE_NOTE, "-t", str(SECONDS), "-c", "copy", path)
    return path


def _turn(telegram: BotApi, chat: Private, voice: Path) -> float:
    """Return the seconds from a note's update to the message with its text."""
    moments: list[tuple[str, float]] = []
    telegram.moment = lambda moment: moments.append((moment, time.time()))
    before = len(_texts(chat))
    chat.say(chat.person, voice=voice, seconds=SECONDS)
    telegram.until(lambda: len(_texts(chat)) > before, _LIMIT_SECONDS)
    asked = [at for name, at in moments if name in ("sendMessage is asked", "editMessageText is asked")]
    update = max(at for name, at in moments if name == "getUpdates is done" and at < asked[0])
    time.sleep(random.uniform(*APART_SECONDS))
    return asked[-1] - update


def _texts(chat: Private) -> list[str]:
    return [answer.text for answer in chat.answers if "whisper-base" in answer.text and "English" in answer.text]
