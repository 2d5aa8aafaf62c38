"""Count the modules that run for one request: `make trace` prints them.

A module counts if a body of one of its functions runs between the moment the request is sent to the platform's double
and the moment its last answer is there. The service's periodic tasks are left out: they run beside any request.
"""

import asyncio
import sys
import tempfile
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import FrameType
from typing import Any

from tests.doubles.telegram.server import BotApi, Chat, Person
from tests.helpers.paths import ROOT, SAMPLES
from tests.helpers.settings import make_settings
from tests.helpers.telegram import on_telegram, telegram_rig

LIMITS = {"a Telegram voice note": 40, "/balance on Telegram": 16}
_PACKAGES = (str(ROOT / "bot"), str(ROOT / "adapters"))
_PERIODIC = (
    "places", "housekeeping", "forgetting", "sweeping links", "watching", "measuring", "auditing", "telegram commands",
)  # fmt: skip
_SECONDS = 60.0
_AFTERWARDS = 0.5
"""Seconds in which what follows an answer is done: the note's end, the update's."""

Request = Callable[[BotApi, Chat, Person], Awaitable[None]]


class Tracer:
    """Records the modules whose functions run, in all threads, until it is stopped."""

    def __init__(self) -> None:
        self.modules: dict[str, set[str]] = {}

    def __enter__(self) -> "Tracer":
        threading.setprofile(self._called)
        sys.setprofile(self._called)
        return self

    def __exit__(self, *_error: object) -> None:
        sys.setprofile(None)
        threading.setprofile(None)

    def _called(self, frame: FrameType, event: str, _argument: Any) -> None:
        code = frame.f_code
        if event != "call" or not code.co_filename.startswith(_PACKAGES) or code.co_name == "<module>":
            return
        if _is_periodic():
            return
        module = str(Path(code.co_filename).relative_to(ROOT))
        self.modules.setdefault(module, set()).add(code.co_qualname)


def _is_periodic() -> bool:
    try:
        task = asyncio.current_task()
    except RuntimeError:  # a thread without a loop
        return False
    return task is not None and task.get_name().startswith(_PERIODIC)


async def traced(request: Request) -> dict[str, set[str]]:
    """Return the functions, by module, that ran for a request to a service that has answered the same once before."""
    with BotApi() as telegram, tempfile.TemporaryDirectory() as folder:
        settings = on_telegram(make_settings(Path(folder) / "data"), telegram)
        ada = telegram.person("Ada", language="en")
        chat = telegram.private(ada, started=True)
        # Begun first, so that the threads of the service are seen too.
        with Tracer() as tracer:
            async with telegram_rig(telegram, settings) as rig:
                await request(telegram, chat, ada)  # what happens once for each user (their menu) is no part of it
                await rig.idle()
                tracer.modules.clear()
                await request(telegram, chat, ada)
                await confirmed(telegram)
                modules = {module: set(functions) for module, functions in tracer.modules.items()}
    return modules


async def confirmed(telegram: BotApi) -> None:
    """Wait until the service confirmed every update; the double knows, so that the asking is not counted."""
    await telegram.eventually(lambda: not telegram.pending, _SECONDS)


async def voice_note(telegram: BotApi, chat: Chat, user: Person) -> None:
    """Send a voice note that was not sent before, and wait for its text and its end."""
    before = len(chat.answers)
    chat.say(user, voice=SAMPLES / "voice-note.ogg", seconds=16)
    await telegram.eventually(lambda: any("What was said" in seen.text for seen in chat.answers[before:]), _SECONDS)
    await asyncio.sleep(_AFTERWARDS)


async def balance(telegram: BotApi, chat: Chat, user: Person) -> None:
    """Ask for the balance, and wait for the answer."""
    before = len(chat.answers)
    chat.say(user, text="/balance")
    await telegram.eventually(lambda: len(chat.answers) > before, _SECONDS)
    await asyncio.sleep(_AFTERWARDS)


REQUESTS = {"a Telegram voice note": voice_note, "/balance on Telegram": balance}


def main() -> int:
    """Print the modules of each request with their functions; 1 if there are more than the limit."""
    failed = False
    for name, request in REQUESTS.items():
        modules = asyncio.run(traced(request))
        failed |= len(modules) > LIMITS[name]
        print(f"{name}: {len(modules)} modules (at most {LIMITS[name]})")
        for module, functions in sorted(modules.items()):
            print(f"  {module}: {', '.join(sorted(functions))}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
